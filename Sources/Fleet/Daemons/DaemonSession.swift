package import Domain

/// One connection of a daemon, and with it the lease on everything that the daemon has.
package struct DaemonSession: Hashable, Sendable, Codable {
    package var daemon: DaemonID
    /// Counted by the server, never used twice.
    package var number: Int
    /// The server that has the connection.
    package var server: String
    package var startedAt: Timestamp
    /// By the clock of whoever writes leases, and of nobody else.
    package var leaseUntil: Timestamp
    package var end: End?

    package init(daemon: DaemonID, number: Int, server: String, startedAt: Timestamp, leaseUntil: Timestamp) {
        self.daemon = daemon
        self.number = number
        self.server = server
        self.startedAt = startedAt
        self.leaseUntil = leaseUntil
    }

    package var key: SessionKey { SessionKey(daemon, number) }

    /// That it is over.
    package struct End: Hashable, Sendable, Codable {
        package var cause: SessionEnd
        package var at: Timestamp

        package init(_ cause: SessionEnd, at time: Timestamp) {
            self.cause = cause
            self.at = time
        }
    }
}

/// Why a session is over.
package enum SessionEnd: String, Hashable, Sendable, Codable, CaseIterable {
    /// The connection was closed.
    case closed
    /// Nothing was heard until the lease was over.
    case expired
    /// The same daemon has connected once more.
    case fenced
    /// Its token was revoked.
    case revoked
}

/// Names a session.
package struct SessionKey: Hashable, Sendable, Codable {
    package var daemon: DaemonID
    package var number: Int

    package init(_ daemon: DaemonID, _ number: Int) {
        self.daemon = daemon
        self.number = number
    }
}
