/// A point of time that two runs of a daemon can compare: of one boot, on a clock that counts suspension.
package struct MachineTime: Hashable, Sendable, Codable {
    /// Names the boot.
    package var boot: String
    /// Since then.
    package var milliseconds: Int64

    package init(boot: String, milliseconds: Int64) {
        self.boot = boot
        self.milliseconds = milliseconds
    }
}

/// Until when attempts are surely the daemon's own.
package struct LeaseEnd: Hashable, Sendable, Codable {
    package var at: MachineTime

    package init(_ time: MachineTime) {
        at = time
    }

    /// The end of a lease that was asked for `ago` and holds for `lasting` from then on.
    package init(now: MachineTime, ago: Duration, lasting: Duration) {
        at = now
        at.milliseconds += (lasting - ago).wholeMilliseconds
    }

    package enum Standing: Hashable, Sendable {
        case holds
        case over
        /// It is of another boot: nobody can say how long that is ago.
        case unknown
    }

    package func standing(at now: MachineTime) -> Standing {
        guard now.boot == at.boot else { return .unknown }
        return now.milliseconds < at.milliseconds ? .holds : .over
    }
}

extension Duration {
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
