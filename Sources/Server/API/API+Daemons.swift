import Domain
import Fleet
import HTTPTypes
import Store
import Wire

extension API {
    var daemons: [Endpoint] { [listDaemons, addDaemon, getDaemon, drainDaemon, removeDaemon, connectDaemon] }

    private func view(_ record: DaemonRecord) async throws -> DaemonView {
        let state = try await store.connected(at: surroundings.now()).first { $0.id == record.id }
        return DaemonView(record, state)
    }

    private func known(_ call: Call) async throws -> DaemonRecord {
        let id = try call.daemonID()
        guard let record = try await store.daemon(id) else { throw APIError.missing("daemon", id.rawValue) }
        return record
    }

    private var listDaemons: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/daemons",
            name: "listDaemons",
            summary: "List daemons",
            scope: .viewer,
            success: Endpoint.Success(record: DaemonListView.self, meaning: "All of them.")
        ) { _ in
            let states = try await store.connected(at: surroundings.now())
            let byID = Dictionary(states.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            var view = DaemonListView()
            view.daemons = try await store.daemons().map { DaemonView($0, byID[$0.id]) }
            return try .json(view)
        }
    }

    private var addDaemon: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/daemons",
            name: "addDaemon",
            summary: "Let a daemon in; it needs a token besides",
            scope: .admin,
            body: DaemonRequest.self,
            success: Endpoint.Success(status: 201, record: DaemonView.self, meaning: "The server knows it."),
            problems: [409]
        ) { call in
            let request = try call.record(DaemonRequest.self)
            guard let id = DaemonID(rawValue: request.daemonId) else {
                throw APIError(422, "malformed_identifier", "That is no id of a daemon.", field: "daemonId")
            }
            if try await store.daemon(id) != nil {
                throw APIError(409, "exists", "There is a daemon '\(id)' already.")
            }
            let record = DaemonRecord(id, name: request.daemonName ?? request.daemonId, enrolledAt: call.at)
            try await store.put(record)
            try await audit(call, "daemon.added", id.rawValue)
            return try .json(DaemonView(record, nil), status: 201)
        }
    }

    private var getDaemon: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/daemons/{daemonId}",
            name: "getDaemon",
            summary: "Show a daemon",
            scope: .viewer,
            success: Endpoint.Success(record: DaemonView.self, meaning: "The daemon.")
        ) { call in try .json(try await view(try await known(call))) }
    }

    private var drainDaemon: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/daemons/{daemonId}/drain",
            name: "drainDaemon",
            summary: "Let a daemon take no new tasks, or some again",
            scope: .admin,
            body: DrainRequest.self,
            isBodyOptional: true,
            takesKey: true,
            success: Endpoint.Success(record: DaemonView.self, meaning: "The daemon as it is now.")
        ) { call in
            let request = try call.record(DrainRequest.self)
            let id = try call.daemonID()
            let key = try call.requestKey()
            let isRepetition = try await isAnswered(key)
            var command = Drain()
            command.id = newOrder()
            command.draining = request.draining
            command.stopAfterMilliseconds = request.stopAfterMilliseconds
            let document = String(decoding: try Frame.encode(command), as: UTF8.self)
            let record = try await store.drain(
                id,
                request.draining,
                command: NewCommand(command.id, to: id, document: document),
                reply: key.map { KeyedReply($0, "{}") },
                at: call.at
            )
            guard let record else { throw APIError.missing("daemon", id.rawValue) }
            lines.ring(record.id)
            if !isRepetition {
                try await audit(call, request.draining ? "daemon.drained" : "daemon.filled", record.id.rawValue)
            }
            return try .json(try await view(record))
        }
    }

    private func isAnswered(_ key: RequestKey?) async throws -> Bool {
        guard let key else { return false }
        return try await store.reply(to: key) != nil
    }

    private var removeDaemon: Endpoint {
        Endpoint(
            method: .delete,
            path: "\(Self.root)/daemons/{daemonId}",
            name: "removeDaemon",
            summary: "Forget a daemon that has no task, with its tokens",
            scope: .admin,
            success: Endpoint.Success(record: HealthView.self, meaning: "It is forgotten."),
            problems: [409]
        ) { call in
            let record = try await known(call)
            if try await store.connected(at: call.at).contains(where: { $0.id == record.id }) {
                throw APIError(409, "connected", "The daemon is connected.", hint: "End it first, where it runs.")
            }
            guard try await store.removeDaemon(record.id) else {
                throw APIError(409, "at_work", "The daemon has tasks.", hint: "Drain it, or stop them first.")
            }
            lines.end(record.id, .revoked)
            try await audit(call, "daemon.removed", record.id.rawValue)
            return try .json(HealthView())
        }
    }

    /// What is here is answered to a request that is no handshake; see ``DaemonGate``.
    private var connectDaemon: Endpoint {
        Endpoint(
            method: .get,
            path: Self.daemonPath,
            name: "connectDaemon",
            summary: "The WebSocket of daemons; see PROTOCOL.md",
            scope: .daemon,
            success: Endpoint.Success(status: 101, meaning: "Both sides speak WebSocket."),
            problems: [426]
        ) { _ in
            var error = APIError(426, "upgrade_required", "This address speaks WebSocket only.")
            error.headers[.upgrade] = "websocket"
            throw error
        }
    }
}
