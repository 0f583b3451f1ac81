import Domain

extension Verdict {
    /// So much later than the stated time a wait may end: the spread that keeps many tasks from waking at once.
    private static let spread = Duration.seconds(120)

    mutating func compareWaits(_ played: Played, _ expected: Expectation.Waits) {
        let waits = played.waits
        compare("waits", expected.count, waits.count)
        if let until = expected.until { compareEnd(of: waits.first, until) }
        if let longest = expected.longest { compareLengths(waits, atMost: longest) }
        if let least = expected.leastGap {
            let shortest = waits.map(\.length).min()
            if (shortest ?? .zero) < least { note("shortest wait", "\(least) or more", shortest.shown) }
        }
        if let most = expected.mostGap { compareLengths(waits, atMost: most) }
        if expected.backoff?.contains("exponential") == true { compareBackoff(waits) }
    }

    private mutating func compareEnd(of wait: Witness.Wait?, _ until: LocalTime) {
        guard let wait else { return note("wait", "until \(until.time.shown)", "none") }
        let late = wait.end - until.time
        if late < .zero || late > Self.spread { note("wait", "until \(until.time.shown)", "until \(wait.end.shown)") }
    }

    private mutating func compareLengths(_ waits: [Witness.Wait], atMost most: Duration) {
        let longest = waits.map(\.length).max()
        if (longest ?? .zero) > most { note("longest wait", "\(most) or less", longest.shown) }
    }

    private mutating func compareBackoff(_ waits: [Witness.Wait]) {
        let lengths = waits.map(\.length)
        let grows = zip(lengths, lengths.dropFirst()).allSatisfy { $0 <= $1 + .milliseconds(10) }
        let hasGrown = lengths.count < 2 || lengths[0] < lengths[lengths.count - 1]
        if !grows || !hasGrown { note("waits", "longer and longer", lengths.map { "\($0)" }.joined(separator: ", ")) }
    }
}

extension Duration? {
    fileprivate var shown: String { map { "\($0)" } ?? "no wait" }
}

extension Timestamp {
    fileprivate var shown: String { "\(millisecondsSince1970 / 1000) s" }
}
