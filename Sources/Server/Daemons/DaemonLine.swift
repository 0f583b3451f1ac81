import Domain
import Fleet
import Synchronization
import Wire

/// One open connection of a daemon, as the rest of the server has it.
final class DaemonLine: Sendable {
    /// Why the server ends a connection.
    enum Ending: Hashable, Sendable {
        /// Another connection of the daemon has begun.
        case fenced
        /// Its token was revoked, or the daemon removed.
        case revoked
        case shuttingDown
    }

    let daemon: DaemonID
    /// Of the token that it came with.
    let tokenID: String
    /// Rings when there may be commands.
    let commands = Bell()
    /// Rings when there is an ending.
    let endings = Bell()
    private let stored = Mutex<Ending?>(nil)

    init(_ daemon: DaemonID, tokenID: String) {
        self.daemon = daemon
        self.tokenID = tokenID
    }

    /// The first one stays.
    var ending: Ending? { stored.withLock { $0 } }

    func end(_ ending: Ending) {
        stored.withLock { $0 = $0 ?? ending }
        endings.ring()
    }
}

/// The open connections of daemons.
final class DaemonLines: Sendable {
    private struct State {
        var lines: [DaemonID: DaemonLine] = [:]
        /// All, also those that have not said `hello` yet.
        var all: [ObjectIdentifier: DaemonLine] = [:]
        var isShuttingDown = false
    }

    private let state = Mutex(State())
    /// Rings when the server ends and nobody is connected any more.
    let empty = Bell()

    /// Lets a connection be ended, from its handshake on.
    func register(_ line: DaemonLine) {
        let isShuttingDown = state.withLock { state in
            state.all[ObjectIdentifier(line)] = line
            return state.isShuttingDown
        }
        if isShuttingDown { line.end(.shuttingDown) }
    }

    /// Lets a connection that is welcome be found; the one of the same daemon before it is fenced.
    func open(_ line: DaemonLine) {
        let (before, isShuttingDown) = state.withLock { state in
            (state.lines.updateValue(line, forKey: line.daemon), state.isShuttingDown)
        }
        before?.end(.fenced)
        if isShuttingDown { line.end(.shuttingDown) }
    }

    func close(_ line: DaemonLine) {
        let isEmpty = state.withLock { state in
            if state.lines[line.daemon] === line { state.lines[line.daemon] = nil }
            state.all[ObjectIdentifier(line)] = nil
            return state.isShuttingDown && state.all.isEmpty
        }
        if isEmpty { empty.ring() }
    }

    /// Lets the daemon's connection look for commands, where it has one here.
    func ring(_ daemon: DaemonID) { state.withLock { $0.lines[daemon] }?.commands.ring() }

    /// Ends all connections of a daemon.
    func end(_ daemon: DaemonID, _ ending: DaemonLine.Ending) {
        for line in all where line.daemon == daemon { line.end(ending) }
    }

    /// Ends the connections that came with a token.
    func end(tokenID: String) {
        for line in all where line.tokenID == tokenID { line.end(.revoked) }
    }

    func shutDown() {
        let lines = state.withLock { state in
            state.isShuttingDown = true
            return Array(state.all.values)
        }
        for line in lines { line.end(.shuttingDown) }
        if lines.isEmpty { empty.ring() }
    }

    private var all: [DaemonLine] { state.withLock { Array($0.all.values) } }

    var count: Int { state.withLock { $0.lines.count } }
    var isShuttingDown: Bool { state.withLock { $0.isShuttingDown } }
}
