import Fleet
import Synchronization

/// What daemons have of the work that goes before commands: they are not sent it again after each reconnect.
///
/// In memory only: after a restart of the server all of it is sent again, of which a daemon takes what it has not.
final class ReceiptBook: Sendable {
    private struct Load {
        let command: String
        /// The daemon has the command, and so all that went before it.
        var isWhole = false
        var parts: Set<String> = []
    }

    private let state = Mutex<[DaemonID: [Load]]>([:])

    /// Of a daemon; the oldest is forgotten, and sent again.
    private static let mostLoads = 64

    /// Work is to go before a command: what the daemon says of it counts from now on.
    func open(_ command: String, to daemon: DaemonID) {
        state.withLock { state in
            var loads = state[daemon] ?? []
            guard !loads.contains(where: { $0.command == command }) else { return }
            loads.append(Load(command: command))
            state[daemon] = loads.suffix(Self.mostLoads)
        }
    }

    /// A daemon has written a command or a part down; others than those of open loads mean nothing.
    func note(_ id: String, by daemon: DaemonID) {
        state.withLock { state in
            guard let loads = state[daemon],
                let index = loads.firstIndex(where: { id == $0.command || id.hasPrefix("\($0.command).") })
            else { return }
            if id == loads[index].command {
                state[daemon]?[index].isWhole = true
            } else {
                state[daemon]?[index].parts.insert(id)
            }
        }
    }

    /// Whether the daemon has a part that goes before `command`.
    func has(_ part: String, of command: String, _ daemon: DaemonID) -> Bool {
        state.withLock { state in
            guard let load = state[daemon]?.first(where: { $0.command == command }) else { return false }
            return load.isWhole || load.parts.contains(part)
        }
    }

    /// A command was answered.
    func close(_ command: String, of daemon: DaemonID) {
        state.withLock { $0[daemon]?.removeAll { $0.command == command } }
    }

    /// The daemon has lost what it had.
    func forget(_ daemon: DaemonID) {
        state.withLock { $0[daemon] = nil }
    }
}
