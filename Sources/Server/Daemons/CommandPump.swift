import Domain
import Fleet
import Logging
import NIOCore
import Store
import WebSockets
import Wire

/// Sends a daemon its commands, each once on a connection; those whose work has to go first hold up no others.
struct CommandPump: Sendable {
    let conversation: DaemonConversation
    let session: DaemonConversation.Session
    /// Of the last command that was read.
    private var order = 0
    private var lanes = CommandLanes()

    init(conversation: DaemonConversation, session: DaemonConversation.Session) {
        (self.conversation, self.session) = (conversation, session)
    }

    private var store: any TaskStore { conversation.services.store }
    private var receipts: ReceiptBook { conversation.services.receipts }

    /// So many are read at once.
    private static let page = 32

    mutating func run() async throws {
        try await sendAll()
        for await _ in conversation.line.commands.rings { try await sendAll() }
    }

    private mutating func sendAll() async throws {
        try await sendNew()
        while let load = lanes.first {
            try await send(load)
            for command in lanes.finish() { try await send(command) }
        }
    }

    /// Sends what has come; what work has to go before waits for its turn.
    private mutating func sendNew() async throws {
        while true {
            let commands = try await store.unacknowledged(by: session.key.daemon, after: order, limit: Self.page)
            for command in commands {
                if lanes.add(command, shipments(before: command)) { try await send(command) }
                order = command.order
            }
            guard commands.count == Self.page else { return }
        }
    }

    private func send(_ queued: QueuedCommand) async throws {
        try await conversation.sender.send(ByteBuffer(string: queued.command.document))
    }

    // MARK: - Work

    private func shipments(before queued: QueuedCommand) -> [Shipment] {
        guard queued.isHandOver || queued.isMerge else { return [] }
        do throws(WireError) {
            return Shipment.all(before: try Frame.decode(Array(queued.command.document.utf8)))
        } catch {
            conversation.services.logger.error("A stored command cannot be read.", metadata: ["error": "\(error)"])
            return []
        }
    }

    private mutating func send(_ load: CommandLanes.Load) async throws {
        let id = load.command.command.id
        // It may have waited long for what was before it.
        guard let now = try await store.command(id), !now.isWithdrawn, now.acknowledgedAt == nil else { return }
        receipts.open(id, to: session.key.daemon)
        for shipment in load.shipments { try await send(shipment, before: id) }
        try await send(load.command)
    }

    /// Sends the parts that the daemon has not, in order; what comes meanwhile goes between them.
    private mutating func send(_ shipment: Shipment, before command: String) async throws {
        let patch = shipment.patch
        guard let digest = SHA256Digest(hex: patch.sha256) else { return }
        guard let owner = try await owner(of: digest, shipment.owners) else { return missing(patch) }
        for (index, range) in PatchPart.ranges(of: patch.size).enumerated() {
            if receipts.has(shipment.id(ofPart: index), of: command, session.key.daemon) { continue }
            try await sendNew()
            let limit = range.count
            guard let data = try await store.readBlob(digest, of: owner, at: range.lowerBound, limit: limit),
                data.count == limit
            else { return missing(patch) }
            try await conversation.send(shipment.part(index, at: range.lowerBound, data))
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
