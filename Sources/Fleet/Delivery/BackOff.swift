import Domain

/// How long to wait before the next of several tries.
package struct BackOff: Hashable, Sendable {
    package var first: Duration
    /// By how much each wait is longer than the one before.
    package var factor: Double
    package var most: Duration
    /// Which part of a wait chance decides, from 0 to 1.
    package var spread: Double

    package init(
        first: Duration = .milliseconds(500),
        factor: Double = 2,
        most: Duration = .seconds(30),
        spread: Double = 0.5
    ) {
        self.first = first
        self.factor = factor
        self.most = most
        self.spread = spread
    }

    /// The wait after so many tries that failed.
    ///
    /// `jitter` is what chance says, from 0 to 1; 1 is the longest wait.
    package func delay(after tries: Int, jitter: Double) -> Duration {
        guard tries > 0 else { return .zero }
        var whole = Double(first.milliseconds)
        let longest = Double(most.milliseconds)
        var step = 1
        while step < tries, whole < longest {
            whole *= max(factor, 1)
            step += 1
            // A factor of 1 never gets there.
            if factor <= 1 { break }
        }
        let part = min(max(spread, 0), 1)
        let chance = min(max(jitter.isNaN ? 1 : jitter, 0), 1)
        return .milliseconds(Int64(min(whole, longest) * (1 - part + part * chance)))
    }
}
