/// Dollars for a million tokens of one model, by kind.
package struct TokenPrices: Hashable, Sendable, Codable {
    package var input: USD?
    package var output: USD?
    /// Of what was read from a cache; as ``input`` where not given.
    package var cacheRead: USD?
    /// Of what was written into a cache; as ``input`` where not given.
    package var cacheWrite: USD?

    package init(input: USD? = nil, output: USD? = nil, cacheRead: USD? = nil, cacheWrite: USD? = nil) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
    }
}

/// The tokens that one process of an agent used of one model, by kind; each token is of one kind only.
package struct ModelTokens: Hashable, Sendable, Codable {
    /// `nil` where the agent does not say: then it is the model it was told to use.
    package var model: String?
    package var input: Int
    package var output: Int
    package var cacheRead: Int
    package var cacheWrite: Int

    package init(model: String? = nil, input: Int = 0, output: Int = 0, cacheRead: Int = 0, cacheWrite: Int = 0) {
        self.model = model
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
    }

    /// The sum, of the model that the first names, or else the second.
    ///
    /// Beyond all measure a figure stays at the largest number: agents say what they like.
    package static func + (lhs: ModelTokens, rhs: ModelTokens) -> ModelTokens {
        ModelTokens(
            model: lhs.model ?? rhs.model,
            input: lhs.input.addingSaturating(rhs.input),
            output: lhs.output.addingSaturating(rhs.output),
            cacheRead: lhs.cacheRead.addingSaturating(rhs.cacheRead),
            cacheWrite: lhs.cacheWrite.addingSaturating(rhs.cacheWrite)
        )
    }

    /// The tokens of all kinds together.
    package var total: Int {
        [output, cacheRead, cacheWrite].reduce(input) { $0.addingSaturating($1) }
    }
}
