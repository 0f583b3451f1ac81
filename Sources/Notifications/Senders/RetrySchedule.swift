/// When a message is sent again that did not arrive.
package struct RetrySchedule: Hashable, Sendable {
    package var mostRetries = 5
    package var first = Duration.seconds(2)
    /// How long after the first try the last one begins, at most.
    package var whole = Duration.seconds(120)

    package init() {}

    /// The pause after so many tries, each twice the one before; `nil` where it is given up.
    ///
    /// `elapsed` is since the first try began, `wish` what the receiver asked for.
    package func pause(after tries: Int, elapsed: Duration, wish: Duration?) -> Duration? {
        guard (1...mostRetries).contains(tries) else { return nil }
        let pause = max(first * (1 << (tries - 1)), wish ?? .zero)
        return elapsed + pause <= whole ? pause : nil
    }
}
