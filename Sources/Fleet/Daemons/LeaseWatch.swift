package import Domain

/// Since when somebody has looked at leases without a longer break.
///
/// A server that was down, or a machine that slept, was not there for daemons to come back to.
package struct LeaseWatch: Hashable, Sendable {
    /// A longer time between two looks is a break.
    private let longestBreak: Duration
    private var begun: Timestamp?
    private var lastLook: Timestamp?

    package init(longestBreak: Duration) {
        self.longestBreak = longestBreak
    }

    /// Since when looking has been going on; `nil` before the first look.
    package var since: Timestamp? { begun }

    /// Looks once more; returns since when that has been going on.
    package mutating func look(at time: Timestamp) -> Timestamp {
        let isGoingOn = lastLook.map { time - $0 <= longestBreak } ?? false
        lastLook = time
        guard isGoingOn, let begun else {
            begun = time
            return time
        }
        return begun
    }
}
