import Dispatch
import Domain
import Fleet
import Glibc
import Logging
import Server
import Store

/// A store in a directory, with a token of each scope, and the server of it.
struct ServedStore: Sendable {
    struct Tokens: Sendable {
        var admin = ""
        var operatorToken = ""
        var viewer = ""
        var daemon = ""

        func json(port: Int) -> String {
            JSONWriter.write(
                .object([
                    "port": .integer(Int64(port)), "admin": .string(admin), "operator": .string(operatorToken),
                    "viewer": .string(viewer), "daemon": .string(daemon),
                ])
            )
        }
    }

    let store: SQLiteTaskStore
    let tokens: Tokens
    private let surroundings: Surroundings

    static func open(_ directory: String) async throws -> ServedStore {
        let store = try await SQLiteTaskStore.open("\(directory)/store.sqlite")
        let surroundings = Surroundings(
            clock: ContinuousClock(),
            wallClock: RealWallClock(),
            ids: SystemIDs(),
            logger: Logger(label: "server") { label in
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = .warning
                return handler
            }
        )
        let time = surroundings.wallClock.now()
        try await store.put(UserRecord("alice", name: "Alice", createdAt: time))
        var tokens = Tokens()
        tokens.admin = try await grant(.user, .user("alice"), .admin, store)
        tokens.operatorToken = try await grant(.user, .user("alice"), .operator, store)
        tokens.viewer = try await grant(.user, .user("alice"), .viewer, store)
        tokens.daemon = try await daemon("anna", store)
        return ServedStore(store: store, tokens: tokens, surroundings: surroundings)
    }

    /// Makes a daemon known; returns its token.
    static func daemon(_ name: String, _ store: SQLiteTaskStore) async throws -> String {
        guard let id = DaemonID(rawValue: name) else { preconditionFailure("'\(name)' is no daemon's id.") }
        try await store.put(DaemonRecord(id, name: name, enrolledAt: RealWallClock().now()))
        return try await grant(.daemon, .daemon(id), .daemon, store)
    }

    private static func grant(
        _ kind: AccessToken.Kind,
        _ owner: TokenOwner,
        _ scope: AccessScope,
        _ store: SQLiteTaskStore
    ) async throws -> String {
        let token = SystemIDs().token(kind)
        let time = RealWallClock().now()
        try await store.addToken(TokenRecord(token, label: "bench", owner: owner, scopes: [scope], createdAt: time))
        return token.text
    }

    /// Serves while `body` runs.
    func serve(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        var settings = ServerSettings(serverID: "bench", makimaVersion: "bench")
        settings.limits.requestsPerSecond = 1_000_000
        settings.limits.requestBurst = 1_000_000
        settings.limits.failuresPerMinute = 1_000_000
        settings.dispatch.mostLoad = 1_000_000
        let server = MakimaServer(store: store, settings: settings, surroundings: surroundings)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await server.run()
                return false
            }
            group.addTask {
                try await body(try await server.boundPort)
                return true
            }
            while let isBody = try await group.next() { if isBody { group.cancelAll() } }
        }
    }

    /// Waits until nobody writes to the standard input any more.
    func endOfInput() async {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "input")
                .async {
                    while getchar() != EOF {}
                    continuation.resume()
                }
        }
    }
}

/// The machine's clock.
struct RealWallClock: WallClock {
    func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
