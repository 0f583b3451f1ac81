import Domain
import Fleet
import Store
import Wire

/// What an order is answered, as it is kept under the key of its request.
struct OrderReply: Hashable, Sendable {
    var outcome: OrderOutcome
    private(set) var commandID: String?
    /// What was said or answered, and is told to whoever has the task.
    private(set) var standing: StandingTalk.Name?

    init(_ outcome: OrderOutcome) {
        self.outcome = outcome
    }

    init(_ outcome: OrderOutcome, message id: String) {
        self.outcome = outcome
        standing = .message(id)
    }

    init(_ outcome: OrderOutcome, question: QuestionKey) {
        self.outcome = outcome
        standing = .answer(question)
    }

    /// A daemon was told by this command.
    mutating func tell(_ command: String) {
        outcome = .told
        commandID = command
    }

    /// Of a later version nothing more is read than that there was an answer.
    init(text: String) {
        let json = EventBody.value(text)
        outcome = json?["outcome"]?.string.flatMap(OrderOutcome.init(rawValue:)) ?? .nothing
        commandID = json?["commandId"]?.string
        if let id = json?["message"]?.string {
            standing = .message(id)
        } else if let number = json?["question"]?.int, let attempt = json?["attempt"]?.int,
            let task = json?["taskId"]?.string.flatMap(TaskID.init(rawValue:))
        {
            standing = .answer(QuestionKey(AttemptKey(task, attempt), number))
        }
    }

    var text: String {
        var members = [JSONMember(key: "outcome", value: .string(outcome.rawValue))]
        if let commandID { members.append(JSONMember(key: "commandId", value: .string(commandID))) }
        switch standing {
        case nil: break
        case .message(let id): members.append(JSONMember(key: "message", value: .string(id)))
        case .answer(let key):
            members += [
                JSONMember(key: "taskId", value: .string(key.attempt.task.rawValue)),
                JSONMember(key: "attempt", value: .integer(Int64(key.attempt.attempt))),
                JSONMember(key: "question", value: .integer(Int64(key.number))),
            ]
        }
        return JSONWriter.write(.object(members))
    }
}
