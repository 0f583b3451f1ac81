import Domain
import Wire

/// Work that goes in parts before the command that needs it.
struct Shipment: Hashable, Sendable {
    /// For whom the parts are.
    enum Receiver: Hashable, Sendable {
        case attempt(CommandHead)
        case lane(String)
    }

    let receiver: Receiver
    let patch: WirePatch
    /// The tasks whose work it may be; the first that has it counts.
    let owners: [TaskID]
    /// With which the ids of its parts begin.
    let name: String

    /// The work that does not stand in the command itself.
    static func all(before message: ToDaemon) -> [Shipment] {
        switch message {
        case .spawnTask(let spawn): all(before: spawn)
        case .mergeTasks(let merge): all(before: merge)
        default: []
        }
    }

    /// The work that a task begins with.
    private static func all(before spawn: SpawnTask) -> [Shipment] {
        guard let patch = spawn.patch, patch.data == nil, patch.size > 0 else { return [] }
        let owners = [spawn.head.taskId, spawn.continueFromTaskId].compactMap { $0.flatMap(TaskID.init(rawValue:)) }
        return [Shipment(receiver: .attempt(spawn.head), patch: patch, owners: owners, name: spawn.head.id)]
    }

    /// The work that is merged.
    private static func all(before merge: MergeTasks) -> [Shipment] {
        var known: Set<String> = []
        return merge.entries.enumerated()
            .compactMap { number, entry in
                guard let patch = entry.patch, patch.data == nil, patch.size > 0,
                    let task = TaskID(rawValue: entry.taskId), known.insert(patch.sha256).inserted
                else { return nil }
                let name = "\(merge.id).\(number)"
                return Shipment(receiver: .lane(merge.lane), patch: patch, owners: [task], name: name)
            }
    }

    func id(ofPart index: Int) -> String { "\(name).\(index)" }

    /// The message that brings `data`.
    func part(_ index: Int, at offset: Int, _ data: [UInt8]) -> any WireMessage {
        var piece = PatchPart()
        (piece.sha256, piece.size, piece.offset) = (patch.sha256, patch.size, offset)
        piece.data = data
        switch receiver {
        case .attempt(let head):
            var part = DeliverPart()
            (part.head, part.part) = (head, piece)
            part.head.id = id(ofPart: index)
            return part
        case .lane(let lane):
            var part = MergePart()
            (part.id, part.lane, part.part) = (id(ofPart: index), lane, piece)
            return part
        }
    }
}
