import Domain
import Fleet
import Store
import Wire

/// What people have ordered about a task and no daemon has carried out.
///
/// An order to a daemon that is gone must not be lost with the attempt: a task that was to stop is not handed out again,
/// and what was said stands until a daemon says that it has told it.
struct StandingOrders: Hashable, Sendable {
    /// It is not to go on by itself.
    var hold: PersonOrder.Kind?
    /// What is to be otherwise when it goes on.
    var changes: ResumeTask?
    /// What people have changed for good, whoever was told: a daemon that has not had the task knows nothing of it.
    var lasting = ResumeTask()
    /// Whether makima itself wants that: then what it says is said again where the daemon that was told is gone.
    var isOwnChange = false
    /// What the agent is to be told.
    var talk = StandingTalk([], [])

    init() {}

    /// Reads the events of the kinds `person` and `note`; orders to end or to go on count from `attempt` on, the last one
    /// that a daemon has ended itself.
    init(_ events: [FleetEvent], attempt: Int, answers: [StandingAnswer] = []) {
        talk = StandingTalk(StandingMessage.all(in: events), answers)
        for event in events where event.event.kind == .person {
            guard let order = PersonOrder(text: event.event.body) else { continue }
            if order.kind == .resume, let changes = order.changes { lasting.keep(changes) }
            guard event.attempt >= attempt else { continue }
            switch order.kind {
            case .stop, .pause: hold = order.kind
            case .resume:
                hold = nil
                // What was to be otherwise before, and never was, still is to be.
                if order.changes != ResumeTask() || changes == nil { take(order) }
            case .message, .interrupt, .answer, .restore, .deleteWorkspace, .change: break
            }
        }
    }

    /// What a person changes comes to what makima has said with work that is to go on: it is still to go on, though it was done.
    private mutating func take(_ order: PersonOrder) {
        let isOwn = order.by == PersonOrder.makima
        guard !isOwn, isOwnChange, let own = changes else {
            (changes, isOwnChange) = (order.changes, isOwn)
            return
        }
        var next = order.changes ?? ResumeTask()
        next.reopen = next.reopen || own.reopen
        let words = [own.message, next.message].compactMap(\.self)
        next.message = words.isEmpty ? nil : words.joined(separator: "\n\n").clipped(to: WireLimits.message)
        changes = next
    }

    /// The attempt from which on orders of people are to be carried out still; none of a later one was.
    static func beginning(_ attempts: [AttemptRecord]) -> Int {
        let heeded = attempts.last { $0.end != .declined && $0.end != .lost }
        return heeded?.attempt ?? 0
    }
}

/// Something that was said to the agent of a task, from when it was said until a daemon has told it.
struct StandingMessage: Hashable, Sendable {
    /// Of its event.
    var position: Int
    var order: PersonOrder
    /// When it was said; of no two messages of a task with the same text, so that a daemon that is told of one twice knows it.
    var sentAt: Timestamp
    var isDelivered = false

    /// All that was said, in order; each once, however often the request came.
    static func all(in events: [FleetEvent]) -> [StandingMessage] {
        var messages: [StandingMessage] = []
        var seen: Set<String> = []
        var delivered: Set<Int> = []
        for event in events {
            switch event.event.kind {
            case .note: if let position = Delivery.position(in: event.event.body) { delivered.insert(position) }
            case .person:
                guard let order = PersonOrder(text: event.event.body), order.kind == .message else { continue }
                if let id = order.orderID, !seen.insert(id).inserted { continue }
                let before = messages.last { $0.order.text == order.text }?.sentAt
                let time = before.map { max(event.event.at, $0 + .milliseconds(1)) } ?? event.event.at
                messages.append(StandingMessage(position: event.position, order: order, sentAt: time))
            default: continue
            }
        }
        return messages.map { message in
            var message = message
            message.isDelivered = delivered.contains(message.position) || message.isOfOldKind
            return message
        }
    }

    /// Written before deliveries were noted: it was told at once or with the next hand-over.
    private var isOfOldKind: Bool { order.orderID == nil }

    /// What tells it to the daemon that has `key`; the same command however often it is made.
    func command(about key: AttemptKey) -> SendMessage {
        var command = SendMessage()
        command.head = CommandHead(
            "\(Delivery.prefix)\(key.task)-\(key.attempt)-\(position)",
            task: key.task,
            attempt: key.attempt
        )
        command.text = order.text ?? ""
        command.by = order.by.asLabel
        command.sentAt = sentAt
        return command
    }

    func newCommand(about key: AttemptKey, to daemon: DaemonID) throws -> NewCommand {
        let command = command(about: key)
        let document = String(decoding: try Frame.encode(command), as: UTF8.self)
        return NewCommand(command.head.id, to: daemon, about: key, document: document)
    }
}

/// That a daemon has told an agent what somebody said.
enum Delivery {
    /// With which the ids of commands begin that tell something.
    static let prefix = "message-"
    private static let answerPrefix = "answer-"
    private static let word = "message_delivered"
    private static let answerWord = "answer_delivered"

    /// A question of a task.
    struct Question: Hashable, Sendable {
        /// In which it was asked.
        var attempt: Int
        var number: Int
    }

    /// Of the command that tells an answer in an attempt.
    static func id(of question: QuestionKey, about key: AttemptKey) -> String {
        "\(answerPrefix)\(key.task)-\(key.attempt)-\(question.attempt.attempt)-\(question.number)"
    }

    /// The event that notes it; `nil` for another command.
    static func event(of command: String, at time: Timestamp) -> NewEvent? {
        let numbers = command.split(separator: "-").dropFirst(2).compactMap { Int($0) }
        let body: JSONValue
        if command.hasPrefix(prefix), let position = numbers.last {
            body = .object(["event": .string(word), "position": .integer(Int64(position))])
        } else if command.hasPrefix(answerPrefix), numbers.count == 3 {
            body = .object([
                "event": .string(answerWord), "attempt": .integer(Int64(numbers[1])),
                "question": .integer(Int64(numbers[2])),
            ])
        } else {
            return nil
        }
        return NewEvent(.note, at: time, body: JSONWriter.write(body))
    }

    /// Of which an answer was told.
    static func question(in body: String) -> Question? {
        guard body.contains(answerWord), let json = EventBody.value(body), json["event"]?.string == answerWord,
            let attempt = json["attempt"]?.int, let number = json["question"]?.int
        else { return nil }
        return Question(attempt: attempt, number: number)
    }

    /// Of the event of what was said.
    static func position(in body: String) -> Int? {
        guard body.contains(word), let json = EventBody.value(body), json["event"]?.string == word else { return nil }
        return json["position"]?.int
    }
}

/// The body of an event of the kind `person`.
struct PersonOrder: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable, CaseIterable {
        case stop
        case pause
        case resume
        case interrupt
        case message
        case answer
        case restore
        case deleteWorkspace = "delete_workspace"
        case change
    }

    var kind: Kind
    var by: String
    var text: String?
    var number: Int?
    /// Of the command to a daemon, where one was told.
    var commandID: String?
    /// Of the request, for ``Kind/message``: the same for one that is sent again.
    var orderID: String?
    /// Of ``Kind/resume``.
    var changes: ResumeTask?

    /// The author of what makima orders by itself.
    static let makima = "makima"

    init(_ kind: Kind, by author: String) {
        self.kind = kind
        by = author
    }

    /// `nil` for what makima has not written, or will write later.
    init?(text: String) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONParser.parse(text)
        } catch { return nil }
        guard let kind = json["order"]?.string.flatMap(Kind.init(rawValue:)) else { return nil }
        self.kind = kind
        by = json["by"]?.string ?? ""
        self.text = json["text"]?.string
        number = json["number"]?.int
        commandID = json["commandId"]?.string
        orderID = json["orderId"]?.string
        guard let found = json["changes"] else { return }
        do throws(WireError) {
            changes = try APIText.decode(JSONWriter.bytes(of: found), as: ResumeRequest.self).changes
        } catch { return nil }
    }

    func event(at time: Timestamp) throws -> NewEvent {
        var members = [
            JSONMember(key: "order", value: .string(kind.rawValue)), JSONMember(key: "by", value: .string(by)),
        ]
        if let text { members.append(JSONMember(key: "text", value: .string(text))) }
        if let number { members.append(JSONMember(key: "number", value: .integer(Int64(number)))) }
        if let commandID { members.append(JSONMember(key: "commandId", value: .string(commandID))) }
        if let orderID { members.append(JSONMember(key: "orderId", value: .string(orderID))) }
        if let changes {
            var request = ResumeRequest()
            request.changes = changes
            members.append(JSONMember(key: "changes", value: try APIText.value(request)))
        }
        return NewEvent(.person, at: time, body: JSONWriter.write(.object(members)))
    }
}
