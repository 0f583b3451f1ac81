import Domain
import Runner
import Synchronization
import Wire

/// A task of the server that commands go through.
struct QueuedTask: Sendable {
    let queue: any TaskQueue
    let view: TaskView
    let id: TaskID

    /// How it can be called on the command line.
    var name: String { id.short }

    /// Gives an order about it, and tells what came of that.
    func carryOut(
        _ order: QueueOrder,
        in environment: CommandEnvironment,
        _ format: FormatOptions
    ) async throws -> ExitStatus {
        let before = try await wish(before: order)
        let answer = try await queue.give(order, to: id)
        if format.json {
            environment.answers.print(json: try APIText.value(answer))
            return .success
        }
        environment.answers.print(StyledLine(words(for: order, answer, before: before)))
        return .success
    }

    /// What was wanted of the attempt that is under way before somebody wants it to end gently; `nil` where that is new.
    private func wish(before order: QueueOrder) async throws -> StopWish? {
        guard order == .stop(force: false) || order == .pause, view.daemonId != nil else { return nil }
        var wish: StopWish?
        for event in try await queue.history(of: id).events where event.kind == "person" {
            switch event.body["order"]?.string {
            case "resume": wish = nil
            case "stop" where event.attempt == view.attempt: wish = wish ?? StopWish(request: .gentle, at: event.at)
            case "pause" where event.attempt == view.attempt: wish = wish ?? StopWish(request: .pause, at: event.at)
            default: continue
            }
        }
        return wish
    }

    /// What came of an order; `before` is what was wanted of the attempt before.
    func words(for order: QueueOrder, _ answer: OrderView, before: StopWish? = nil) -> String {
        let task = answer.task
        let daemon = "the daemon '\(task.daemonId ?? view.daemonId ?? "")'"
        switch (order, answer.outcome) {
        case (.say, .changed): return "The message is queued: the agent of task \(name) hears it when the task goes on."
        case (.say, .told): return "The message is on its way to the agent of task \(name), at \(daemon)."
        case (.answer, .told): return "Question answered; task \(name) hears of it, at \(daemon)."
        case (.answer, .changed): return "The answer is kept: task \(name) hears of it when it goes on."
        case (.stop, .told) where before != nil, (.pause, .told) where before != nil:
            let since = before.map { " \($0.request.participle) already, since \($0.at.formattedUTC)" } ?? ""
            return "Task \(name) is being\(since), at \(daemon)."
        case (.stop(let force), .told):
            return "Task \(name) is being \(force ? "killed" : "stopped"), at \(daemon)."
        case (.pause, .told): return "Task \(name) is being paused, at \(daemon)."
        case (.resume, .changed): return "Task \(name) is queued again."
        case (_, .told): return "\(daemon.capitalizedFirst) of task \(name) is told."
        case (_, .changed): return "Task \(name) is now '\(task.status.words)'."
        case (.stop, .nothing) where answer.task.isStoppedByPerson,
            (.pause, .nothing) where answer.task.isStoppedByPerson:
            let ended = answer.task.status == .paused ? "paused" : "stopped"
            return "Task \(name) was \(ended) already, at \(answer.task.updatedAt.formattedUTC)."
        case (_, .nothing): return "Nothing is to be done: task \(name) is '\(task.status.words)'."
        }
    }

    /// Tells its events, from the first.
    func narrator() async throws -> EventNarrator {
        // One that cannot be read speaks as most do.
        let kind = try await queue.document(of: id)?.agent.kind
        return EventNarrator(callName: name, speaksInPieces: kind.map { !$0.isVendorProgram } ?? false)
    }

    /// The number of the question that has waited longest; throws where there is none, or where it asks for a permission, which
    /// is to be named.
    func oldestQuestion() async throws -> Int {
        let open = try await queue.questions(of: id).filter { $0.answer == nil && !$0.withdrawn }
        guard let first = open.min(by: { $0.askedAt < $1.askedAt }) else { throw ServiceError.nothingAsked(id) }
        let page = ServerDossier(view: view, history: TaskHistory(questions: open), callName: name)
        let asked = page.dossier?.talk.questions.first { $0.number == first.question }
        if let request = asked?.permission { throw ServiceError.questionUnnamed(id, first.question, request) }
        return first.question
    }

    /// Follows the task until it stops, or the person at the terminal does not look on any longer; the exit status is that of
    /// its end.
    func follow(in environment: CommandEnvironment, _ format: FormatOptions, _ quiet: QuietOptions, after: Int = 0)
        async throws -> ExitStatus
    {
        let stops = environment.listenForStops()
        defer { stops.finish() }
        let looking = QueueFollowing(task: self, environment: environment, format: format, quiet: quiet)
        let isOver = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await looking.run(after: after)
                return true
            }
            group.addTask {
                for await _ in stops.stream { break }
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        guard isOver else {
            environment.notes(quiet)
                .print([
                    StyledLine("Looking on ended; task \(name) goes on at the server."),
                    StyledLine("Hint: ", .accent)
                        + StyledLine("See more with 'makima attach \(name)'; stop it with 'makima stop \(name)'."),
                ])
            return .interrupted
        }
        guard let ended = try await queue.task(id) else { throw ServiceError.noSuchTask(id.rawValue) }
        guard let reason = ended.reason?.reason(of: ended.status) else {
            if !format.json { environment.answers.print(EventNarrator.summary(of: ended)) }
            return .failure
        }
        try await QueuedTask(queue: queue, view: ended, id: id).tellEnd(reason, in: environment, format, quiet)
        return ExitStatus(reason)
    }

    /// Tells how the task ended, as `makima run` does.
    private func tellEnd(
        _ reason: Reason,
        in environment: CommandEnvironment,
        _ format: FormatOptions,
        _ quiet: QuietOptions
    ) async throws {
        let lookup = TaskLookup(environment: environment)
        let found = try await lookup.finding(self, of: lookup.service())
        var dossier = found.dossier
        // What this machine has of it may be older than its end.
        (dossier.task.status, dossier.task.reason) = (view.status, reason)
        let end = RunSummary(dossier: dossier, reason: reason, server: found.server)
        RunFollowing(environment: environment, format: format, quiet: quiet).show(end)
    }
}

/// Shows what happens to a task of the server.
struct QueueFollowing: Sendable {
    let task: QueuedTask
    let environment: CommandEnvironment
    let format: FormatOptions
    let quiet: QuietOptions

    /// Returns when the task rests.
    func run(after position: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await tell(after: position) }
            if !format.json { group.addTask { await tellWaits() } }
            // The telling of waits has no end of its own.
            try await group.next()
            group.cancelAll()
        }
    }

    /// Tells why nobody begins the task, each time that this is something else.
    private func tellWaits() async {
        var told: [String] = []
        while true {
            do {
                try await environment.clock.sleep(for: Self.pause)
                let view = try await task.queue.task(task.id)
                let waits = view?.status == .pending ? view?.waitsFor ?? [] : []
                if waits != told {
                    environment.notes(quiet).print(waits.map { StyledLine("It waits: \($0)", .faint) })
                }
                told = waits
            } catch is CancellationError {
                return
            } catch {
                // That the server is away is told by whoever follows its events.
                continue
            }
        }
    }

    private static let pause = Duration.seconds(3)

    private func tell(after position: Int) async throws {
        let printer = format.json ? environment.answers : environment.notes(quiet)
        let complaints = environment.complaints
        let narrator = Mutex(try await task.narrator())
        // An event comes again where the server went away before it was wholly dealt with.
        let shown = Mutex(position)
        let (isJSON, task) = (format.json, task)
        try await task.queue.follow(task.id, after: position) { step in
            if let words = step.words { complaints.print(words) }
            guard case .event(let event) = step else { return true }
            let isNew = shown.withLock { last in
                defer { last = max(last, event.position) }
                return event.position > last
            }
            if !isNew {
                return try await !task.isOver(event)
            } else if isJSON {
                printer.print(json: try APIText.value(event))
            } else {
                printer.print(narrator.withLock { $0.tell(event) })
            }
            return try await !task.isOver(event)
        }
    }

    /// Tells that there is something new, until the task rests; what comes while it is looked at is told together.
    static func news(of task: QueuedTask, in environment: CommandEnvironment) -> AsyncThrowingStream<Void, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let complaints = environment.complaints
            let following = Task {
                do {
                    try await task.queue.follow(task.id, after: 0) { step in
                        if let words = step.words { complaints.print(words) }
                        continuation.yield()
                        guard case .event(let event) = step else { return true }
                        return try await !task.isOver(event)
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in following.cancel() }
        }
    }
}

extension QueuedTask {
    /// What is past may have been any status: the task rests where the last one is told.
    fileprivate func isOver(_ event: EventView) async throws -> Bool {
        guard event.kind == "status", let now = try await queue.task(id) else { return false }
        return now.status.isAtRest && event.body["status"]?.string == now.status.rawValue
            && now.attempt == event.attempt
    }
}

extension QueueStep {
    /// What is told of the connection; `nil` for an event.
    fileprivate var words: [StyledLine]? {
        switch self {
        case .event: nil
        case .away(let message):
            [
                StyledLine("Warning: ", .warning) + StyledLine(message),
                StyledLine("It is tried again every second; Ctrl-C ends the looking on only.", .faint),
            ]
        case .back: [StyledLine("The server is there again.", .faint)]
        }
    }
}

extension TaskView {
    /// Whether it stands still because a person wants that.
    fileprivate var isStoppedByPerson: Bool {
        let reason = reason?.reason(of: status)
        return reason == .interrupted(.person) || reason == .paused
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension CommandEnvironment {
    /// The task of the server that `name` stands for; `nil` where there is no server, or where it knows none of that name.
    func queued(_ name: String) async throws -> QueuedTask? {
        guard let queue = try await machine.openQueue() else { return nil }
        do {
            let view = try await QueueLookup(queue: queue).find(name)
            return TaskID(rawValue: view.taskId).map { QueuedTask(queue: queue, view: view, id: $0) }
        } catch ServiceError.noSuchTask {
            return nil
        }
    }
}
