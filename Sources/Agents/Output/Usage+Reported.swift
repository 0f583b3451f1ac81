import Domain

extension Usage {
    /// At most a thousand million dollars and as many million tokens: figures come out of a program's output, and sums
    /// of what is larger would overflow.
    var clamped: Usage {
        var clamped = self
        clamped.cost = cost.map { USD(microdollars: min($0.microdollars, Self.most)) }
        clamped.tokens = tokens.map { min($0, Int(Self.most)) }
        clamped.unpricedTokens = unpricedTokens.map { min($0, Int(Self.most)) }
        return clamped
    }

    private static let most: Int64 = 1_000_000_000_000_000
}
