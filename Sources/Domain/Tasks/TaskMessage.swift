/// What a person says to the agent of a task; kept until the agent has it.
package struct TaskMessage: Hashable, Sendable, Codable {
    /// Counted by the journal over all tasks; never used again.
    package var number: Int
    package var text: String
    package var sentAt: Timestamp
    /// The number of the question that it answers; `nil` for what a person says unasked.
    package var answers: Int?
    /// `nil` while the message is queued.
    package var receipt: Receipt?

    package init(number: Int, text: String, sentAt: Timestamp, answers: Int? = nil, receipt: Receipt? = nil) {
        self.answers = answers
        self.number = number
        self.text = text
        self.sentAt = sentAt
        self.receipt = receipt
    }

    /// When and how the agent got a message.
    package struct Receipt: Hashable, Sendable, Codable {
        package var way: Way
        /// The iteration in which it got it.
        package var iteration: Int
        package var at: Timestamp

        package init(_ way: Way, iteration: Int, at: Timestamp) {
            self.way = way
            self.iteration = iteration
            self.at = at
        }
    }

    /// Whether no agent has heard it.
    ///
    /// What answers a question is heard where that was asked.
    package var isUnheard: Bool { receipt == nil && answers == nil }

    /// How a message reaches an agent.
    package enum Way: String, Hashable, Sendable, Codable, CaseIterable {
        /// In the prompt of an iteration that counted.
        case prompt
        /// While the agent was working, as its program acknowledged.
        case live
    }
}
