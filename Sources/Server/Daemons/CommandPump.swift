import Domain
import Fleet
import Logging
import NIOCore
import Store
import WebSockets
import Wire

/// Sends a daemon its commands, in their order, each once on a connection.
struct CommandPump: Sendable {
    let conversation: DaemonConversation
    let session: DaemonConversation.Session

    private var store: any TaskStore { conversation.services.store }

    /// So many are read at once.
    private static let page = 32

    func run() async throws {
        var order = 0
        order = try await send(after: order)
        for await _ in conversation.line.commands.rings { order = try await send(after: order) }
    }

    /// Sends all that come after `order`; returns the order of the last.
    private func send(after order: Int) async throws -> Int {
        var last = order
        while true {
            let commands = try await store.unacknowledged(by: session.key.daemon, after: last, limit: Self.page)
            for queued in commands {
                try await send(queued)
                last = queued.order
            }
            guard commands.count == Self.page else { return last }
        }
    }

    private func send(_ queued: QueuedCommand) async throws {
        let bytes = Array(queued.command.document.utf8)
        if queued.isHandOver || queued.isMerge { try await sendWork(before: bytes) }
        try await conversation.sender.send(ByteBuffer(bytes: bytes))
    }

    // MARK: - Work

    /// Sends the work that a command needs, where it does not stand in the command itself.
    private func sendWork(before bytes: [UInt8]) async throws {
        let message: ToDaemon
        do throws(WireError) {
            message = try Frame.decode(bytes)
        } catch {
            conversation.services.logger.error("A stored command cannot be read.", metadata: ["error": "\(error)"])
            return
        }
        switch message {
        case .spawnTask(let spawn): try await sendWork(of: spawn)
        case .mergeTasks(let merge): try await sendWork(of: merge)
        default: break
        }
    }

    /// The work that a task begins with.
    private func sendWork(of spawn: SpawnTask) async throws {
        guard let patch = spawn.patch, patch.data == nil else { return }
        let owners = [spawn.head.taskId, spawn.continueFromTaskId].compactMap { $0.flatMap(TaskID.init(rawValue:)) }
        try await send(patch, ofOneOf: owners) { index, piece in
            var part = DeliverPart()
            (part.head, part.part) = (spawn.head, piece)
            part.head.id = "\(spawn.head.id).\(index)"
            try await conversation.send(part)
        }
    }

    /// The work that is merged.
    private func sendWork(of merge: MergeTasks) async throws {
        var sent: Set<String> = []
        for (number, entry) in merge.entries.enumerated() {
            guard let patch = entry.patch, patch.data == nil, let task = TaskID(rawValue: entry.taskId),
                sent.insert(patch.sha256).inserted
            else { continue }
            try await send(patch, ofOneOf: [task]) { index, piece in
                var part = MergePart()
                (part.id, part.lane, part.part) = ("\(merge.id).\(number).\(index)", merge.lane, piece)
                try await conversation.send(part)
            }
        }
    }

    /// Hands the pieces of a patch to `send`, in order; the task of which it is the work is the first that has it.
    private func send(
        _ patch: WirePatch,
        ofOneOf tasks: [TaskID],
        by send: (Int, PatchPart) async throws -> Void
    ) async throws {
        guard patch.size > 0, let digest = SHA256Digest(hex: patch.sha256) else { return }
        guard let owner = try await owner(of: digest, tasks) else { return missing(patch) }
        for (index, range) in PatchPart.ranges(of: patch.size).enumerated() {
            let limit = range.count
            guard let data = try await store.readBlob(digest, of: owner, at: range.lowerBound, limit: limit),
                data.count == limit
            else { return missing(patch) }
            var piece = PatchPart()
            (piece.sha256, piece.size, piece.offset) = (patch.sha256, patch.size, range.lowerBound)
            piece.data = data
            try await send(index, piece)
        }
    }

    private func owner(of digest: SHA256Digest, _ tasks: [TaskID]) async throws -> TaskID? {
        for id in tasks where try await store.readBlob(digest, of: id, at: 0, limit: 1) != nil { return id }
        return nil
    }

    /// The daemon refuses the command for its patch, and it is tried elsewhere, or again.
    private func missing(_ patch: WirePatch) {
        conversation.services.logger.error("Work of a task is not there.", metadata: ["sha256": "\(patch.sha256)"])
    }
}
