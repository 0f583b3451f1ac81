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
        if queued.isHandOver { try await sendPatch(before: bytes) }
        try await conversation.sender.send(ByteBuffer(bytes: bytes))
    }

    /// Sends the work that a task begins with, where it does not stand in the command itself.
    private func sendPatch(before bytes: [UInt8]) async throws {
        let message: ToDaemon
        do throws(WireError) {
            message = try Frame.decode(bytes)
        } catch {
            conversation.services.logger.error("A stored command cannot be read.", metadata: ["error": "\(error)"])
            return
        }
        guard case .spawnTask(let spawn) = message, let patch = spawn.patch, patch.data == nil, patch.size > 0,
            let digest = SHA256Digest(hex: patch.sha256)
        else { return }
        guard let owner = try await owner(of: digest, spawn) else { return missing(patch) }
        for (index, range) in PatchPart.ranges(of: patch.size).enumerated() {
            let limit = range.count
            guard let data = try await store.readBlob(digest, of: owner, at: range.lowerBound, limit: limit),
                data.count == limit
            else { return missing(patch) }
            var part = DeliverPart()
            part.head = spawn.head
            part.head.id = "\(spawn.head.id).\(index)"
            part.part.sha256 = patch.sha256
            part.part.size = patch.size
            part.part.offset = range.lowerBound
            part.part.data = data
            try await conversation.send(part)
        }
    }

    /// The task whose blob the patch is: its own where it was at work before, else the one that it continues.
    private func owner(of digest: SHA256Digest, _ spawn: SpawnTask) async throws -> TaskID? {
        for id in [spawn.head.taskId, spawn.continueFromTaskId].compactMap({ $0.flatMap(TaskID.init(rawValue:)) })
        where try await store.readBlob(digest, of: id, at: 0, limit: 1) != nil { return id }
        return nil
    }

    /// The daemon refuses the task for its patch, and it is begun elsewhere.
    private func missing(_ patch: WirePatch) {
        conversation.services.logger.error("Work of a task is not there.", metadata: ["sha256": "\(patch.sha256)"])
    }
}
