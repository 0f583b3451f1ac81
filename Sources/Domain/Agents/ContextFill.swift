/// How full an agent's conversation was when its process ended.
package struct ContextFill: Hashable, Sendable, Codable {
    /// Tokens of the last request, cached ones included.
    package var tokens: Int
    /// How many the model can take; `nil` where nobody says.
    package var window: Int?

    package init(tokens: Int, window: Int? = nil) {
        self.tokens = tokens
        self.window = window
    }

    /// The used share of the window, 100 at most; `nil` where the window is not known.
    package var percent: Int? {
        guard let window, window > 0 else { return nil }
        return Int(Double(min(max(tokens, 0), window)) * 100 / Double(window))
    }
}
