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
}
