/// What a sender remembers of its numbered entries.
package struct OutboxState: Hashable, Sendable, Codable {
    /// The number of the entry made last; 0 before the first.
    ///
    /// Never falls, and no number is used twice.
    package private(set) var lastMade: Int
    /// Up to here the receiver has them.
    package private(set) var acknowledged: Int
    /// Up to here they were sent on the present connection.
    package private(set) var sent: Int

    package init(lastMade: Int = 0, acknowledged: Int = 0) {
        self.lastMade = max(lastMade, acknowledged)
        self.acknowledged = acknowledged
        self.sent = acknowledged
    }

    /// The numbers that are to be sent now; empty when there are none.
    package var unsent: Range<Int> { sent + 1..<lastMade + 1 }

    /// The number of a new entry.
    package mutating func make() -> Int {
        lastMade += 1
        return lastMade
    }

    /// Takes in that entries were made by somebody else, up to this number.
    package mutating func noteMade(upTo number: Int) {
        lastMade = max(lastMade, number)
    }

    package mutating func noteSent(upTo number: Int) {
        sent = min(max(sent, number), lastMade)
    }

    /// What an acknowledgement says.
    package enum Acknowledgement: Hashable, Sendable {
        /// The entries up to there may go.
        case released(upTo: Int)
        /// Nothing new.
        case repetition
        /// The receiver claims to have what was never made: it is not this sender's receiver.
        case impossible
    }

    package mutating func acknowledge(upTo number: Int) -> Acknowledgement {
        guard number <= lastMade else { return .impossible }
        guard number > acknowledged else { return .repetition }
        acknowledged = number
        sent = max(sent, number)
        return .released(upTo: number)
    }

    /// Begins a connection to a receiver that has taken the entries up to `lastTaken`: what comes after is sent again.
    ///
    /// Returns `impossible` where the receiver has more than was made, or has lost what it had acknowledged.
    package mutating func connect(lastTaken: Int) -> Acknowledgement {
        guard lastTaken >= acknowledged else { return .impossible }
        let acknowledgement = acknowledge(upTo: lastTaken)
        sent = acknowledged
        return acknowledgement
    }
}
