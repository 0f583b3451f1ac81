import Commands
import Domain
import Fleet
import Journal
import Logging
import NIOSSL
import Runner
import Server
import ServerClient
import Store

extension LocalMachine {
    private var serverHome: ServerHome { ServerHome(root: host.stateDirectory) }

    func openQueue() async throws -> (any TaskQueue)? {
        let (url, token): (String, String?)
        if let named = host.variables["MAKIMA_SERVER"], !named.isEmpty {
            let file = host.variables["MAKIMA_SERVER_TOKEN_FILE"] ?? serverHome.token
            (url, token) = (named, try SecretFile.read(file))
            guard token != nil else { throw SecretFileError(path: file, message: "It holds no token") }
        } else {
            guard OwnerLock.owner(serverHome.lock) != nil, let here = try SecretFile.read(serverHome.address) else {
                return nil
            }
            (url, token) = (here, try SecretFile.read(serverHome.token))
        }
        guard let token else { return nil }
        let client = ServerClient(try ClientAddress(url: url, token: token), by: connections)
        return RemoteQueue(client: client, clock: ContinuousClock())
    }

    func serve(_ options: ServerOptions, _ following: FleetFollowing) async throws {
        if let path = host.relativeStateDirectory { throw RelativeStateDirectory(path: path) }
        let home = serverHome
        try StateDirectory(root: home.root).create()
        guard let lock = try OwnerLock.acquire(home.lock) else { throw ServerRunning(directory: home.root) }
        defer { lock.release() }
        let leases = LeaseRules(timeToLive: options.lease, grace: options.grace)
        let store = try await SQLiteTaskStore.open(home.store, settings: StoreSettings(leases: leases))
        let now = SystemWallClock().now()
        if try await !store.users().contains(where: { $0.id == ServerHome.owner }) {
            try await store.put(UserRecord(ServerHome.owner, name: "Owner", createdAt: now))
        }
        let isNew = try await home.establish(home.token, for: .user(ServerHome.owner), .admin, in: store, at: now)
        let server = MakimaServer(store: store, settings: try settings(options), surroundings: serverSurroundings)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let port = try await server.boundPort
            let scheme = options.certificate == nil ? "http" : "https"
            let url = "\(scheme)://\(options.host.contains(":") ? "[\(options.host)]" : options.host):\(port)"
            try SecretFile.write(url, to: home.address)
            following.ready(ServerStanding(url: url, tokenFile: home.token, isNew: isNew))
            if let daemon = options.daemon {
                group.addTask { try await work(daemon, at: url, in: store, following) }
            } else {
                group.addTask { for await _ in following.stops.stream { break } }
            }
            // Whichever ends first ends the other.
            try await group.next()
            following.stops.finish()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// A server without TLS is for this machine alone.
    private func settings(_ options: ServerOptions) throws -> ServerSettings {
        var settings = ServerSettings(serverID: "server", makimaVersion: MakimaVersion.text)
        settings.host = options.host
        settings.port = options.port
        settings.hostNames = Set(options.names)
        settings.leases = LeaseRules(timeToLive: options.lease, grace: options.grace)
        settings.pace.heartbeat = options.lease / 6
        settings.dispatch.mostLoad = options.mostLoad
        settings.origins = Set(options.names.map { "https://\($0)" })
        if let certificate = options.certificate, let key = options.key {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
            settings.tls = .makeServerConfiguration(
                certificateChain: chain,
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
            )
        }
        return settings
    }

    private var serverSurroundings: Server.Surroundings {
        var logger = Logger(label: "makima") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return Server.Surroundings(
            clock: ContinuousClock(),
            wallClock: SystemWallClock(),
            ids: SystemIDs(),
            logger: logger
        )
    }
}
