/// A question of an agent, as it was asked.
package struct AskedQuestion: Hashable, Sendable, Codable {
    package var text: String
    /// The answers to choose from; empty where any is wanted.
    package var options: [String]
    /// What the agent would do if nobody answers.
    package var fallback: String?

    package init(text: String, options: [String] = [], fallback: String? = nil) {
        self.text = text
        self.options = options
        self.fallback = fallback
    }
}

/// What becomes of an agent's questions.
///
/// Where a task has none, nobody answers: the agent is told to decide itself.
package struct QuestionPolicy: Hashable, Sendable, Codable {
    /// How long an answer is waited for, from the question on; `nil` is until a person answers.
    package var deadline: Duration?
    /// What the agent is told when the deadline is over; `nil` is the agent's own default, or to decide itself.
    package var fallback: String?
    /// How long an agent that waits for a permission is kept waiting, before it is ended and the task waits; `nil` is
    /// ``defaultPatience``.
    package var patience: Duration?

    package static let defaultPatience = Duration.seconds(300)

    package init(deadline: Duration? = nil, fallback: String? = nil) {
        self.deadline = deadline
        self.fallback = fallback
    }
}

/// A question that is put to people.
package struct TaskQuestion: Hashable, Sendable, Codable {
    /// Counted by the journal over all tasks; never used again.
    package var number: Int
    package var asked: AskedQuestion
    package var iteration: Int
    package var askedAt: Timestamp
    /// `nil` while it is open.
    package var answer: Answer?
    /// What the agent wants to be allowed; `nil` where it asks something else.
    package var permission: PermissionRequest?

    package init(number: Int, asked: AskedQuestion, iteration: Int, askedAt: Timestamp, answer: Answer? = nil) {
        self.number = number
        self.asked = asked
        self.iteration = iteration
        self.askedAt = askedAt
        self.answer = answer
    }

    package struct Answer: Hashable, Sendable, Codable {
        package var text: String
        package var source: Source
        package var at: Timestamp

        package init(_ text: String, from source: Source, at: Timestamp) {
            self.text = text
            self.source = source
            self.at = at
        }
    }

    /// Who answered.
    package enum Source: String, Hashable, Sendable, Codable, CaseIterable {
        case person
        /// The task's or the agent's default holds.
        case nobody
        /// The agent does not wait for it any more: there is no answer, and none is told.
        case withdrawn
    }
}

extension TaskQuestion {
    /// What holds where nobody answers: the task's default, else the agent's own, else that it decides itself.
    ///
    /// A permission that nobody gives is not given.
    package func fallback(_ policy: QuestionPolicy?) -> String {
        permission == nil ? policy?.fallback ?? asked.fallback ?? "Decide yourself." : "no"
    }

    /// Whether the agent has taken it back, so that nobody needs to answer any more.
    package var isWithdrawn: Bool { answer?.source == .withdrawn }

    /// What the agent is told; nothing of what it has withdrawn.
    package func message(_ answer: Answer) -> String {
        if let permission { return Self.message(answer, about: permission) }
        let question = "You asked: \(asked.text.firstLine(upTo: 1000))\n\n"
        return switch answer.source {
        case .person: question + "A person answers: \(answer.text)"
        case .nobody: question + "Nobody answered in time. So this holds: \(answer.text)"
        case .withdrawn: ""
        }
    }
}

extension TaskQuestion {
    /// How a request for a permission is put to people.
    package static func asking(_ request: PermissionRequest) -> AskedQuestion {
        AskedQuestion(
            text: "May the agent use \(request.words)? (yes; always, for \(request.reach); or no)",
            options: PermissionAnswer.options,
            fallback: "no"
        )
    }

    private static func message(_ answer: Answer, about request: PermissionRequest) -> String {
        let wish = "You wanted to use \(request.words)\n\n"
        switch (PermissionAnswer(answer.text) ?? .refused(answer.text), answer.source) {
        case (.once, .person): return wish + "A person allows it, once: do it now if it is still needed."
        case (.always, .person): return wish + "A person allows it for this task: do it now if it is still needed."
        case (.refused(let words), .person):
            return wish + "A person does not allow it." + (words.isEmpty ? "" : " They say: \(words)")
        case (_, .withdrawn): return ""
        case (_, .nobody): return wish + "Nobody has answered: ask again if it is still needed."
        }
    }
}

extension [TaskQuestion] {
    /// What people have allowed: for the task, and for one use of which `messages` say that the agent does not know yet.
    package func grants(unheard messages: [TaskMessage]) -> [PermissionGrant] {
        let unheard = Set(messages.compactMap(\.answers))
        return compactMap { question in
            guard let request = question.permission, let answer = question.answer, answer.source == .person else {
                return nil
            }
            switch PermissionAnswer(answer.text) {
            case .always: return PermissionGrant(request, isLasting: true)
            case .once where unheard.contains(question.number): return PermissionGrant(request, isLasting: false)
            case .once, .refused, nil: return nil
            }
        }
    }
}
