package import Domain
package import Fleet
package import Logging

/// What everything in a server needs of the world.
package struct Surroundings: Sendable {
    /// Measures waits.
    package var clock: any Clock<Duration>
    /// Tells the time that is stored; all servers of one store use the same.
    package var wallClock: any WallClock
    package var ids: any ServerIDs
    package var logger: Logger
    /// Counts what is done with it.
    let meter = Meter()

    package init(clock: any Clock<Duration>, wallClock: any WallClock, ids: any ServerIDs, logger: Logger) {
        self.clock = clock
        self.wallClock = wallClock
        self.ids = ids
        self.logger = logger
    }

    func now() -> Timestamp { wallClock.now() }
}

/// Draws what must be new.
package protocol ServerIDs: Sendable {
    func taskID() -> TaskID
    /// An identifier that nobody can guess.
    func word() -> String
    func token(_ kind: AccessToken.Kind) -> AccessToken
}

/// Draws from the system's source of chance.
package struct SystemIDs: ServerIDs {
    package init() {}

    package func taskID() -> TaskID {
        var chance = SystemRandomNumberGenerator()
        return TaskID(using: &chance)
    }

    package func word() -> String {
        var chance = SystemRandomNumberGenerator()
        return (0..<2).map { _ in String(chance.next(), radix: 36) }.joined()
    }

    package func token(_ kind: AccessToken.Kind) -> AccessToken {
        var chance = SystemRandomNumberGenerator()
        return AccessToken(kind, using: &chance)
    }
}
