import Domain
import Fleet
import Store
import Wire

/// What people have said and answered, and no daemon has told the agent yet.
struct StandingTalk: Hashable, Sendable {
    /// Names something that was said.
    enum Name: Hashable, Sendable {
        /// By the order.
        case message(String)
        case answer(QuestionKey)
    }

    enum Said: Hashable, Sendable {
        case message(StandingMessage)
        case answer(StandingAnswer)

        var name: Name {
            switch self {
            case .message(let message): .message(message.order.orderID ?? "")
            case .answer(let answer): .answer(answer.question)
            }
        }

        /// What tells it; `nil` where that means nothing to the daemon.
        ///
        /// `isResumed` says that the daemon goes on in its own workspace.
        func command(about key: AttemptKey, to daemon: DaemonID, isResumed: Bool) throws -> NewCommand? {
            switch self {
            case .message(let message): try message.newCommand(about: key, to: daemon)
            case .answer(let answer): try answer.newCommand(about: key, to: daemon, isResumed: isResumed)
            }
        }
    }

    /// In the order in which it was said, answers before messages.
    var said: [Said]

    init(_ messages: [StandingMessage], _ answers: [StandingAnswer]) {
        said = answers.map(Said.answer) + messages.filter { !$0.isDelivered }.map(Said.message)
    }
}

/// An answer of a person to a question of the agent, until a daemon has told it.
struct StandingAnswer: Hashable, Sendable {
    var question: QuestionKey
    /// Which has asked.
    var daemon: DaemonID?
    var asked: String
    /// Whether the agent wanted to be allowed something: to another agent that says nothing.
    var isPermission: Bool
    var answer: QuestionEntry.Answer

    /// Those that nobody has heard, by the history of the task.
    static func all(_ questions: [QuestionEntry], _ attempts: [AttemptRecord], _ events: [FleetEvent])
        -> [StandingAnswer]
    {
        guard questions.contains(where: { $0.answer != nil }) else { return [] }
        let daemons = Dictionary(attempts.map { ($0.attempt, $0.daemon) }, uniquingKeysWith: { first, _ in first })
        let settled = Settled(events, daemons)
        return questions.compactMap { entry in
            let attempt = entry.key.attempt.attempt
            guard let answer = entry.answer, !entry.isWithdrawn, !settled.contains(entry.key, of: daemons[attempt])
            else {
                return nil
            }
            let report = EventBody.value(entry.document)
            return StandingAnswer(
                question: entry.key,
                daemon: daemons[attempt],
                asked: report?["text"]?.string ?? "",
                isPermission: report?["permission"] != nil,
                answer: answer
            )
        }
    }

    /// The questions to which nothing is to be told any more.
    private struct Settled {
        /// By the attempts in which they were asked.
        private var told: Set<Delivery.Question> = []
        /// By daemons, which count their questions.
        private var reported: Set<String> = []

        init(_ events: [FleetEvent], _ daemons: [Int: DaemonID]) {
            for event in events {
                switch event.event.kind {
                case .note: if let question = Delivery.question(in: event.event.body) { told.insert(question) }
                case .question:
                    guard event.event.body.contains("answeredBy"), let json = EventBody.value(event.event.body),
                        json["answeredBy"] != nil, let number = json["question"]?.int,
                        let daemon = daemons[event.attempt]
                    else { continue }
                    reported.insert("\(daemon)/\(number)")
                default: continue
                }
            }
        }

        func contains(_ key: QuestionKey, of daemon: DaemonID?) -> Bool {
            told.contains(Delivery.Question(attempt: key.attempt.attempt, number: key.number))
                || daemon.map { reported.contains("\($0)/\(key.number)") } ?? false
        }
    }

    /// Tells whoever has asked by the question's number, and anybody else in words.
    func newCommand(about key: AttemptKey, to daemon: DaemonID, isResumed: Bool) throws -> NewCommand? {
        let head = CommandHead(Delivery.id(of: question, about: key), task: key.task, attempt: key.attempt)
        let document: [UInt8]
        if isResumed, daemon == self.daemon {
            var command = AnswerQuestion()
            (command.head, command.question, command.text) = (head, question.number, answer.text)
            (command.by, command.answeredAt) = (answer.author.asLabel, answer.at)
            document = try Frame.encode(command)
        } else {
            guard !isPermission else { return nil }
            var command = SendMessage()
            (command.head, command.text) = (head, words)
            (command.by, command.sentAt) = (answer.author.asLabel, answer.at)
            document = try Frame.encode(command)
        }
        return NewCommand(head.id, to: daemon, about: key, document: String(decoding: document, as: UTF8.self))
    }

    /// The question as far as there is room for it, and the answer.
    private var words: String {
        let text = "You have asked: \(asked.prefix(2000))\n\nThe answer is: \(answer.text)"
        return text.utf8.count <= WireLimits.message ? text : answer.text
    }
}
