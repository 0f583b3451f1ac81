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
    }
}

extension TaskQuestion {
    /// What holds where nobody answers: the task's default, else the agent's own, else that it decides itself.
    package func fallback(_ policy: QuestionPolicy?) -> String {
        policy?.fallback ?? asked.fallback ?? "Decide yourself."
    }

    /// What the agent is told.
    package func message(_ answer: Answer) -> String {
        let question = "You asked: \(asked.text.firstLine(upTo: 1000))\n\n"
        return switch answer.source {
        case .person: question + "A person answers: \(answer.text)"
        case .nobody: question + "Nobody answered in time. So this holds: \(answer.text)"
        }
    }
}
