/// An amount of money in millionths of a US dollar, so that sums are exact.
package struct USD: Hashable, Sendable, Codable, Comparable {
    package var microdollars: Int64

    package init(microdollars: Int64) {
        self.microdollars = microdollars
    }

    /// Rounds `dollars` to the nearest microdollar; `nil` for values that are negative, not finite or absurdly large.
    package init?(dollars: Double) {
        guard dollars.isFinite, dollars >= 0, dollars < 1e12 else { return nil }
        microdollars = Int64((dollars * 1e6).rounded())
    }

    package init(from decoder: any Decoder) throws {
        microdollars = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microdollars)
    }

    package var dollars: Double { Double(microdollars) / 1e6 }

    package static let zero = USD(microdollars: 0)

    package static func < (lhs: USD, rhs: USD) -> Bool { lhs.microdollars < rhs.microdollars }
    /// The sum; beyond all measure it stays at the largest amount, because agents say what they like.
    package static func + (lhs: USD, rhs: USD) -> USD {
        USD(microdollars: lhs.microdollars.addingSaturating(rhs.microdollars))
    }
}

/// What one agent process, or a whole task, has spent.
package struct Usage: Hashable, Sendable, Codable {
    /// `nil` while no agent has reported a cost and none could be computed from a price.
    package var cost: USD?
    /// Input, output and cache tokens together; `nil` while none were reported.
    package var tokens: Int?
    /// Those of ``tokens`` whose cost nobody has told and that are not in ``cost``; `nil` is none.
    package var unpricedTokens: Int?
    /// What of ``cost`` makima made of tokens, by prices, where the agent told none; `nil` is nothing.
    package var pricedCost: USD?
    /// How many processes worked and told nothing of what they spent; `nil` is none.
    package var untold: Int?

    package init(cost: USD? = nil, tokens: Int? = nil, unpricedTokens: Int? = nil) {
        self.cost = cost
        self.tokens = tokens
        self.unpricedTokens = unpricedTokens
    }

    /// Takes silence for something that was spent and not told.
    package mutating func noteUntold() {
        if cost == nil, tokens == nil { untold = 1 }
    }

    /// Whether ``cost`` is all there is.
    package var isCostComplete: Bool { (unpricedTokens ?? 0) == 0 && areTokensComplete }

    /// Whether ``tokens`` are all there are.
    package var areTokensComplete: Bool { (untold ?? 0) == 0 }

    /// The sum.
    ///
    /// What an agent claims about itself may be anything: negative amounts count as zero, and a sum beyond all measure
    /// stays at the largest number.
    package static func + (lhs: Usage, rhs: Usage) -> Usage {
        var total = Usage(
            cost: sum(lhs.cost?.microdollars, rhs.cost?.microdollars).map(USD.init(microdollars:)),
            tokens: sum(lhs.tokens, rhs.tokens),
            unpricedTokens: sum(lhs.unpricedTokens, rhs.unpricedTokens)
        )
        total.pricedCost = sum(lhs.pricedCost?.microdollars, rhs.pricedCost?.microdollars).map(USD.init(microdollars:))
        total.untold = sum(lhs.untold, rhs.untold)
        return total
    }

    private static func sum<Amount: FixedWidthInteger>(_ left: Amount?, _ right: Amount?) -> Amount? {
        guard left != nil || right != nil else { return nil }
        return max(left ?? 0, 0).addingSaturating(max(right ?? 0, 0))
    }
}

extension FixedWidthInteger {
    /// The sum; beyond all measure it stays at the largest number.
    func addingSaturating(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        guard overflow else { return sum }
        return other < 0 ? .min : .max
    }
}
