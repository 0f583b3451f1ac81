import Domain
import Fleet
import Logging
import NIOHTTP1
import Store
import TestSupport
import Testing
import Wire

@testable import Server

/// A server on a free port with a store of its own, a token of each scope and a daemon that it knows.
struct ServerBench: Sendable {
    let store: SQLiteTaskStore
    let server: MakimaServer
    let port: Int
    let clock: ManualClock
    let wallClock: ManualWallClock
    let surroundings: Surroundings
    let tokens: Tokens

    /// Waits until the server has seen that a daemon is gone.
    func gone(_ daemon: String) async throws {
        while try await viewer.get("/api/v1/daemons/\(daemon)").json["connected"]?.bool != false {}
    }

    /// Looks at leases as the server does every second.
    func rescue(watchedSince watch: Timestamp? = nil) async throws {
        try await LeaseRescuer(store: store, surroundings: surroundings).rescue(watchedSince: watch)
    }

    struct Tokens: Sendable {
        var admin = ""
        var operatorToken = ""
        var viewer = ""
        var daemon = ""
        var secondDaemon = ""
    }

    var admin: HTTPClient { HTTPClient(port: port, token: tokens.admin) }
    var person: HTTPClient { HTTPClient(port: port, token: tokens.operatorToken) }
    var viewer: HTTPClient { HTTPClient(port: port, token: tokens.viewer) }
    var anna: FakeDaemon { FakeDaemon(port: port, token: tokens.daemon) }
    var berta: FakeDaemon { FakeDaemon(port: port, token: tokens.secondDaemon, id: "berta", outbox: "o9") }

    static func run<Result: Sendable>(
        _ change: (inout ServerSettings) -> Void = { _ in },
        machine: ServerMachine = ServerMachine(),
        _ body: @escaping @Sendable (ServerBench) async throws -> Result
    ) async throws -> Result {
        let directory = TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        return try await run(in: directory.path, change, machine: machine, body)
    }

    /// The same in a directory that outlives the server.
    static func run<Result: Sendable>(
        in directory: String,
        _ change: (inout ServerSettings) -> Void = { _ in },
        machine: ServerMachine = ServerMachine(),
        _ body: @escaping @Sendable (ServerBench) async throws -> Result
    ) async throws -> Result {
        var settings = ServerSettings(serverID: "server-1", makimaVersion: "test")
        change(&settings)
        let store = try await SQLiteTaskStore.open("\(directory)/store.sqlite")
        let (clock, wallClock) = (ManualClock(), ManualWallClock())
        let tokens = try await grant(store, at: wallClock.now())
        let surroundings = Surroundings(
            clock: clock,
            wallClock: wallClock,
            ids: SystemIDs(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let server = MakimaServer(store: store, settings: settings, surroundings: surroundings, machine: machine)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await server.run()
                return nil
            }
            group.addTask {
                let bench = ServerBench(
                    store: store,
                    server: server,
                    port: try await server.boundPort,
                    clock: clock,
                    wallClock: wallClock,
                    surroundings: surroundings,
                    tokens: tokens
                )
                return try await body(bench)
            }
            var result: Result?
            while let next = try await group.next() {
                guard let next else { continue }
                result = next
                group.cancelAll()
            }
            return try #require(result)
        }
    }

    /// The code of the refusal that `body` gets.
    static func refusal(_ body: @escaping @Sendable (ServerBench) async throws -> ToDaemon?) async throws -> String? {
        let said: ToDaemon? = try await run { bench in try await body(bench) }
        guard case .refused(let refused)? = said else { return nil }
        return refused.code
    }

    private static func grant(_ store: SQLiteTaskStore, at time: Timestamp) async throws -> Tokens {
        try await store.put(UserRecord("alice", name: "Alice", createdAt: time))
        for name in ["anna", "berta"] {
            let id = try #require(DaemonID(rawValue: name))
            if try await store.daemon(id) == nil { try await store.put(DaemonRecord(id, name: name, enrolledAt: time)) }
        }
        func token(_ kind: AccessToken.Kind, _ owner: TokenOwner, _ scope: AccessScope) async throws -> String {
            let token = SystemIDs().token(kind)
            let record = TokenRecord(token, label: "test", owner: owner, scopes: [scope], createdAt: time)
            try await store.addToken(record)
            return token.text
        }
        let (anna, berta) = (DaemonID(rawValue: "anna"), DaemonID(rawValue: "berta"))
        return Tokens(
            admin: try await token(.user, .user("alice"), .admin),
            operatorToken: try await token(.user, .user("alice"), .operator),
            viewer: try await token(.user, .user("alice"), .viewer),
            daemon: try await token(.daemon, .daemon(try #require(anna)), .daemon),
            secondDaemon: try await token(.daemon, .daemon(try #require(berta)), .daemon)
        )
    }

    // MARK: - Tasks

    static func request(_ name: String = "one", _ more: String = "") -> String {
        """
        {"taskName":"\(name)","plan":"Do it.","repoUrl":"https://example.org/r.git","agent":{"name":"claude"}\(more)}
        """
    }

    /// Makes a contract of planned tasks that nobody leads; returns its id.
    func addContract(_ tasks: [String], _ more: String = "") async throws -> String {
        let body = """
            {"template":\(Self.request("goal")),"targets":["main"],"supervised":false,
            "tasks":[\(tasks.joined(separator: ","))]\(more)}
            """
        let reply = try await person.post("/api/v1/contracts", body)
        #expect(reply.status == 201, "\(reply.text)")
        return try #require(reply.json["contract"]?["contractId"]?.string)
    }

    /// Makes a task; returns its id.
    func add(_ name: String = "one", _ more: String = "") async throws -> String {
        let reply = try await person.post("/api/v1/tasks", Self.request(name, more))
        #expect(reply.status == 201, "\(reply.text)")
        return try #require(reply.json["tasks"]?[0]?["taskId"]?.string)
    }

    func task(_ id: String) async throws -> JSONValue { try await viewer.get("/api/v1/tasks/\(id)").json }

    /// Looks at a task until it is as wanted.
    func wait(_ id: String, until wanted: (JSONValue) -> Bool) async throws -> JSONValue {
        try await viewer.stream("/api/v1/tasks/\(id)/stream?kinds=status") { events in
            while try await events.next() != nil {
                let task = try await task(id)
                if wanted(task) { return task }
            }
            return .null
        }
    }
}
