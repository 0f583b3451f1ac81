import Domain

extension Usage {
    /// At most a thousand million dollars and as many million tokens: figures come out of a program's output, and sums
    /// of what is larger would overflow.
    var clamped: Usage {
        Usage(
            cost: cost.map { USD(microdollars: min($0.microdollars, 1_000_000_000_000_000)) },
            tokens: tokens.map { min($0, 1_000_000_000_000_000) }
        )
    }
}
