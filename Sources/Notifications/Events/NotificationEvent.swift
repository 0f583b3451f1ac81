package import Domain

/// One thing that people are told: what a receiver gets, whatever its format.
package struct NotificationEvent: Hashable, Sendable {
    /// The same for the same thing, however often it is sent.
    package var id: String
    package var at: Timestamp
    package var priority: NotificationPriority
    package var kind: NotificationKind
    /// `nil` where it is about no task.
    package var subject: Subject?
    /// One sentence of makima's or, with a question, the agent's words.
    package var sentence: String
    package var hint: String?
    /// Where it is told from.
    package var origin: NotificationOrigin
    /// How many others were held back before it.
    package var heldBack = 0
    /// The tasks amongst these that need a person.
    package var needing: [TaskID] = []

    /// The task that an event is about.
    package struct Subject: Hashable, Sendable {
        package var task: TaskID
        package var name: String
        package var callName: String
        package var status: TaskStatus
        /// The stable word; `nil` where the status has no reason yet.
        package var reason: String?
        package var attempt: Int
        package var iterations: Int
        package var cost: USD?
        package var repository: String?
        package var branch: String?
        /// What tells this event from others of the same attempt.
        package var mark: String
    }
}

/// The machine that tells.
package struct NotificationOrigin: Hashable, Sendable {
    package var host: String
    /// Of the server's dashboard, without a slash at its end; `nil` where there is none.
    package var dashboard: String?

    package init(host: String, dashboard: String? = nil) {
        self.host = host
        self.dashboard = dashboard
    }
}

extension NotificationEvent {
    /// What is to be told of a moment; `nil` where a task just goes on.
    package init?(_ moment: TaskMoment, from origin: NotificationOrigin) {
        guard let kind = NotificationKind(moment) else { return nil }
        let standstill = kind == .cannotBegin ? moment.standstill : nil
        let explanation = standstill?.told ?? moment.reason?.explanation(task: moment.call)
        let subject = Subject(moment, kind)
        id = Self.id(of: ["\(subject.task)", "\(subject.attempt)", subject.mark])
        at = moment.at
        priority = NotificationPriority(moment, kind)
        self.kind = kind
        self.subject = subject
        let asked = moment.question.map { PlainText.line($0.text, upTo: 600) }
        let said = explanation.map { PlainText.line($0.sentence, upTo: 600) }
        sentence = asked ?? said ?? "The task is \(moment.status.words)."
        hint = (Self.answerHint(moment) ?? explanation?.hint ?? Self.lookHint(moment, kind))
            .map { PlainText.line($0, upTo: 400) }
        self.origin = origin
        // A path or a name may be anything that a file system or git takes.
        self.origin.host = PlainText.line(origin.host, upTo: 100)
    }

    /// Tries a target out.
    package static func test(of target: NotificationTarget, at time: Timestamp, from origin: NotificationOrigin)
        -> NotificationEvent
    {
        NotificationEvent(
            id: id(of: ["test", target.name, "\(time.millisecondsSince1970)"]),
            at: time,
            priority: max(.normal, target.least),
            kind: .test,
            subject: nil,
            sentence: "This is a test of the target '\(target.name)': messages of makima get here.",
            hint: nil,
            origin: origin
        )
    }

    /// Says that some were held back.
    package static func heldBack(
        _ held: NotificationLedger.HeldBack,
        at time: Timestamp,
        from origin: NotificationOrigin
    ) -> NotificationEvent {
        let named = held.needing.prefix(10).map(\.short).joined(separator: ", ")
        let more = held.needing.count > 10 ? " and \(held.needing.count - 10) more" : ""
        let needing = held.needing.isEmpty ? "" : " Of tasks that need you: \(named)\(more)."
        var event = NotificationEvent(
            id: id(of: ["held", "\(time.millisecondsSince1970)"]),
            at: time,
            priority: held.needing.isEmpty ? .normal : .high,
            kind: .heldBack,
            subject: nil,
            sentence: "\(Self.words(for: held.count)) held back, because there were too many within an hour.\(needing)",
            hint: "'makima list' shows all tasks.",
            origin: origin,
            heldBack: held.count
        )
        event.needing = held.needing
        return event
    }

    static func words(for count: Int) -> String {
        count == 1 ? "1 notification was" : "\(count) notifications were"
    }

    private static func id(of parts: [String]) -> String {
        String(SHA256Digest(of: parts.joined(separator: "\n")).description.prefix(24))
    }

    private static func lookHint(_ moment: TaskMoment, _ kind: NotificationKind) -> String? {
        kind == .done ? "Look at it with 'makima diff \(moment.call)'." : nil
    }

    /// An agent that waits is answered while it waits; what has stopped is explained by its reason.
    private static func answerHint(_ moment: TaskMoment) -> String? {
        guard let question = moment.question, moment.status.isActive else { return nil }
        let number = question.number.map { " --question \($0)" } ?? ""
        let words = "Answer with 'makima answer \(moment.call)\(number) \(question.isPermission ? "yes|no" : "TEXT")'"
        guard let until = question.until else { return "\(words)." }
        let fallback = PlainText.line(question.fallback ?? "", upTo: 200)
        return "\(words) until \(until.formattedUTC); after that this holds: \(fallback)"
    }
}

extension NotificationEvent.Subject {
    init(_ moment: TaskMoment, _ kind: NotificationKind) {
        task = moment.id
        name = PlainText.line(moment.name, upTo: 100)
        callName = moment.call.name
        status = moment.status
        reason = kind == .cannotBegin ? moment.standstill?.code : moment.reason?.code
        attempt = moment.attempt
        iterations = moment.iterations
        cost = moment.usage.cost
        repository = moment.repository.map { PlainText.line(SecretMask.text($0), upTo: 300) }
        branch = moment.branch.map { PlainText.line($0, upTo: 200) }
        mark = kind == .cannotBegin ? Self.standstillMark(of: moment) : Self.mark(of: moment)
    }

    /// A task that has worked in between, or stands still for another outage, is told of anew; one that is refused again is not.
    private static func standstillMark(of moment: TaskMoment) -> String {
        let since = moment.standstill?.since.map { "/\($0.millisecondsSince1970)" } ?? ""
        return "cannot_begin/\(moment.standstill?.code ?? "")/\(moment.iterations)\(since)"
    }

    /// The same question is told once while the agent waits, and each question for itself.
    private static func mark(of moment: TaskMoment) -> String {
        let stopped = "\(moment.status.rawValue)/\(moment.reason?.code ?? "")"
        guard let question = moment.question else { return stopped }
        let name = question.number.map { "\($0)" } ?? String(SHA256Digest(of: question.text).description.prefix(16))
        return moment.status.isActive ? "asks/\(name)" : "\(stopped)/\(name)"
    }
}

extension TaskMoment.Standstill {
    /// With how many others it is so.
    fileprivate var told: Explanation {
        guard others > 0 else { return explanation }
        let words = others == 1 ? "Another task stands still for that." : "\(others) more tasks stand still for that."
        return Explanation("\(explanation.sentence) \(words)", hint: explanation.hint)
    }
}
