/// Decides from when on a daemon is silent.
struct Silence: Hashable, Sendable {
    /// After so many heartbeats without a sign of life.
    static let most = 3

    private var beats = 0

    /// Notes a heartbeat's time; returns whether the daemon has been silent for too long.
    ///
    /// While the mailbox is full the daemon is not read: what is not heard then is the server's own slowness.
    mutating func note(_ signs: Int, isFull: Bool) -> Bool {
        beats = signs > 0 || isFull ? 0 : beats + 1
        return beats >= Self.most
    }
}
