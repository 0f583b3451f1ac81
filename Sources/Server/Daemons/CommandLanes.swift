import Fleet
import Store

/// In which order commands go to a daemon: those before which work has to go hold up no others.
///
/// Commands of one lane keep their order: those about one task, and all merges. One load of work goes at a time.
struct CommandLanes: Sendable {
    /// A command, and the work that has to go before it.
    struct Load: Hashable, Sendable {
        var command: QueuedCommand
        var shipments: [Shipment]
    }

    private struct Entry: Sendable {
        var command: QueuedCommand
        /// None where nothing has to go before it but what is in front of it.
        var shipments: [Shipment]
    }

    /// In the order in which they came; the first one has work, and that goes now.
    private var waiting: [Entry] = []

    /// Whose work goes now.
    var first: Load? { waiting.first.map { Load(command: $0.command, shipments: $0.shipments) } }

    /// Takes the next command; returns whether it goes at once.
    mutating func add(_ command: QueuedCommand, _ shipments: [Shipment]) -> Bool {
        let isHeld = waiting.contains { $0.command.lane == command.lane && command.lane != nil }
        guard isHeld || !shipments.isEmpty else { return true }
        waiting.append(Entry(command: command, shipments: shipments))
        return false
    }

    /// The first one has gone; returns those that may follow it at once.
    mutating func finish() -> [QueuedCommand] {
        guard !waiting.isEmpty else { return [] }
        waiting.removeFirst()
        var held: Set<String?> = []
        var free: [QueuedCommand] = []
        waiting.removeAll { entry in
            if entry.shipments.isEmpty, !held.contains(entry.command.lane) {
                free.append(entry.command)
                return true
            }
            held.insert(entry.command.lane)
            return false
        }
        return free
    }
}

extension QueuedCommand {
    /// What keeps its order; `nil` where that is nothing.
    ///
    /// A daemon has a lane for each branch that is merged into. Here all merges are one: their work goes one after the other.
    fileprivate var lane: String? { command.attempt.map { "\($0.task)" } ?? (isMerge ? "merges" : nil) }
}
