import Commands
import Daemon
import Domain
import Fleet
import Glibc
import Journal
import Logging
import NIOCore
import NIOSSL
import Runner
import Server
import ServerClient
import Settings
import Store
import Wire

extension LocalMachine {
    private var serverHome: ServerHome { ServerHome(root: host.stateDirectory) }

    func openQueue() async throws -> (any TaskQueue)? {
        let isNamed = try ownConfiguration().server?.isEmpty == false
        guard let client = try findServer() else {
            guard isNamed || OwnerLock.owner(serverHome.lock) == nil else { throw ServerBetween() }
            return nil
        }
        let pages = isNamed ? nil : try SecretFile.read(serverHome.pages)
        return RemoteQueue(client: client, pages: pages, clock: ContinuousClock()) { try findServer() }
    }

    /// The server that commands go through, where it is now; `nil` also while that of this machine is on its way.
    private func findServer() throws -> ServerClient? {
        let (url, token): (String, String?)
        let configuration = try ownConfiguration()
        if let named = configuration.server, !named.isEmpty {
            let file = configuration.serverTokenFile.map(expanded) ?? serverHome.token
            (url, token) = (named, try SecretFile.read(file))
            guard token != nil else {
                let message = isThere(file) ? "It is empty" : "There is none"
                throw SecretFileError(path: file, message: message, use: .personToken)
            }
        } else {
            guard OwnerLock.owner(serverHome.lock) != nil, let here = try SecretFile.read(serverHome.address) else {
                return nil
            }
            (url, token) = (here, try SecretFile.read(serverHome.token))
        }
        guard let token else {
            throw SecretFileError(path: serverHome.token, message: "There is none", use: .ownersToken)
        }
        let authority = configuration.serverAuthority.map(expanded)
        return try ServerClient(try ClientAddress(url: url, token: token, authority: authority), by: connections)
    }

    func tasksOfSleepingServer() async throws -> Int? {
        let home = serverHome
        guard try ownConfiguration().server == nil, isThere(home.store), OwnerLock.owner(home.lock) == nil else {
            return nil
        }
        let store = try await SQLiteTaskStore.open(home.store, settings: StoreSettings(leases: LeaseRules()))
        var filter = TaskFilter()
        let open: [TaskStatus] = [.pending, .initializing, .starting, .running, .waiting]
        filter.statuses = Set(open)
        return try await store.tasks(filter, after: nil, limit: 1000).tasks.count
    }

    func attempt(of task: TaskID) async throws -> LocalAttempt? {
        let path = serverHome.daemonJournal
        guard isThere(path) else { return nil }
        let journal = try await DaemonJournal.open(path, makeToken: Self.drawToken)
        guard let held = try await journal.held(task) else { return nil }
        let goesOn = held.isToGoOn && OwnerLock.owner(StateDirectory(root: host.stateDirectory).daemonLock) == nil
        return LocalAttempt(number: held.attempt, isHeld: held.phase != .fenced, goesOn: goesOn)
    }

    func leaveWish(_ wish: LocalWish, for task: TaskID) async throws -> Bool {
        let state = StateDirectory(root: host.stateDirectory)
        // A daemon that is started meanwhile reads the wish, or does not yet run the task.
        guard isThere(serverHome.daemonJournal), let lock = try OwnerLock.acquire(state.daemonLock) else {
            return false
        }
        defer { lock.release() }
        let journal = try await DaemonJournal.open(serverHome.daemonJournal, makeToken: Self.drawToken)
        guard let held = try await journal.held(task), held.phase == .accepted || held.phase == .working else {
            return false
        }
        let wished: AttemptWish =
            switch wish {
            case .stop(let force): .stop(force: force)
            case .pause: .pause
            }
        return try await journal.change(held, "wish") { $0.note.wish = $0.note.wish.followed(by: wished) } != nil
    }

    func ownDaemon() async throws -> String? {
        let path = serverHome.daemonJournal
        guard isThere(path) else { return nil }
        return try await DaemonJournal.open(path, makeToken: Self.drawToken).identity.daemon.rawValue
    }

    /// A path of the configuration; one that is not absolute begins at the current directory.
    func expanded(_ path: String) -> String {
        if path.hasPrefix("~/") { return host.home + path.dropFirst() }
        return path.hasPrefix("/") ? path : "\(host.currentDirectory)/\(path)"
    }

    func serve(_ options: ServerOptions, _ following: FleetFollowing) async throws {
        let options = Serving(options, try ownConfiguration(), expanded)
        if let path = host.relativeStateDirectory { throw RelativeStateDirectory(path: path) }
        let home = serverHome
        try StateDirectory(root: home.root).create()
        guard let lock = try OwnerLock.acquire(home.lock) else { throw ServerRunning(directory: home.root) }
        defer { lock.release() }
        // What an earlier one left leads to whoever has its port now.
        unlink(home.address)
        unlink(home.pages)
        let leases = LeaseRules(timeToLive: options.lease, grace: options.grace)
        let store = try await SQLiteTaskStore.open(home.store, settings: StoreSettings(leases: leases))
        let now = SystemWallClock().now()
        if try await !store.users().contains(where: { $0.id == ServerHome.owner }) {
            try await store.put(UserRecord(ServerHome.owner, name: "Owner", createdAt: now))
        }
        let isNew = try await home.establish(home.token, for: .user(ServerHome.owner), .admin, in: store, at: now)
        let server = MakimaServer(
            store: store,
            settings: try settings(options),
            surroundings: surroundings(options, following),
            machine: try facts(options)
        )
        do {
            try await run(Serve(server: server, options: options, home: home, store: store, isNew: isNew), following)
        } catch let error as IOError where Self.addressErrors.contains(error.errnoCode) {
            throw AddressUnusable(host: options.host, port: options.port, code: error.errnoCode)
        }
    }

    private static let addressErrors = [EADDRINUSE, EADDRNOTAVAIL, EACCES]

    /// What is ready to serve.
    private struct Serve {
        var server: MakimaServer
        var options: Serving
        var home: ServerHome
        var store: any TaskStore
        /// The token was made just now.
        var isNew: Bool
    }

    private func run(_ serve: Serve, _ following: FleetFollowing) async throws {
        let (options, home) = (serve.options, serve.home)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await serve.server.run() }
            let port = try await serve.server.boundPort
            let scheme = options.certificate == nil ? "http" : "https"
            let url = "\(scheme)://\(options.host.contains(":") ? "[\(options.host)]" : options.host):\(port)"
            // Commands of this machine need no certificate, nor the name that it is for.
            let ownPort = try await serve.server.portForOwnMachine
            let ownURL = options.certificate == nil ? url : "http://127.0.0.1:\(ownPort)"
            let pages = options.certificate == nil ? nil : options.names.first.map { options.page(of: $0, port: port) }
            if let pages { try SecretFile.write(pages, to: home.pages) }
            try SecretFile.write(ownURL, to: home.address)
            defer {
                unlink(home.address)
                unlink(home.pages)
            }
            following.ready(ServerStanding(url: url, tokenFile: home.token, isNew: serve.isNew))
            if let daemon = options.daemon {
                group.addTask { try await work(daemon, at: url, in: serve.store, following) }
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

    /// What the pages show of this machine.
    private func facts(_ options: Serving) throws -> ServerMachine {
        let machine = self
        var facts = ServerMachine()
        facts.notifier = try taskNotifier(dashboard: options.dashboard)
        facts.diff = { id, iteration in
            let service = try await machine.makeService()
            do {
                return try await service.diff(id, iteration.map { .iteration($0) } ?? .total).text
            } catch ServiceError.noSuchTask { return nil } catch ServiceError.noSuchIteration { return nil }
        }
        facts.settings = {
            try await machine.loadSettings(for: nil).shown
                .map { shown in
                    var view = SettingView()
                    (view.key, view.value, view.source) = (shown.key, shown.value, shown.source)
                    return view
                }
        }
        facts.objection = { try await machine.objection(to: $0, daemons: $1) }
        facts.checks = { path in
            do {
                guard machine.isThere(path), let found = try await machine.inspectRepository(at: path, base: nil),
                    let base = found.base
                else { return [] }
                let configured = try await machine.loadSettings(for: found).tasks.checks
                let suggested = try await machine.suggestedChecks(at: base, in: found.path)
                let known = Set(configured.map(\.command))
                return (configured + suggested.filter { !known.contains($0.command) }).map(WireCheck.init)
            } catch {
                // Suggestions only: what cannot be read is told by whoever makes a task there.
                return []
            }
        }
        return facts
    }

    /// A server without TLS is for this machine alone.
    private func settings(_ options: Serving) throws -> ServerSettings {
        var settings = ServerSettings(serverID: "server", makimaVersion: MakimaVersion.text)
        settings.host = options.host
        settings.port = options.port
        settings.hostNames = Set(options.names)
        settings.pace.heartbeat = options.lease / 6
        settings.dispatch.mostLoad = options.mostLoad
        settings.pruning.doneTasks = options.keepsTasks
        settings.pruning.events = options.keepsEvents
        settings.origins = Set(options.names.map { "https://\($0)" })
        if let certificate = options.certificate, let key = options.key {
            let tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: try readPEM(certificate, "no certificate in PEM") {
                    let chain = try NIOSSLCertificate.fromPEMFile($0)
                    return chain.isEmpty ? nil : chain.map { .certificate($0) }
                },
                privateKey: .privateKey(
                    try readPEM(key, "no private key in PEM") { try NIOSSLPrivateKey(file: $0, format: .pem) }
                )
            )
            do {
                // Each may be right, and the two not belong together.
                _ = try NIOSSLContext(configuration: tls)
            } catch {
                throw UnusablePEM(path: key, problem: "it is not the key of the certificate in '\(certificate)'")
            }
            settings.tls = tls
        }
        return settings
    }

    func readPEM<Value>(_ path: String, _ problem: String, _ read: (String) throws -> Value?) throws -> Value {
        guard isThere(path) else { throw UnusablePEM(path: path, problem: "there is none") }
        do {
            if let value = try read(path) { return value }
        } catch is NIOSSLError {
        } catch let error as BoringSSLError {
            throw UnusablePEM(path: path, problem: "\(problem) (\(error))")
        }
        throw UnusablePEM(path: path, problem: problem)
    }

    /// Whoever has started `makima up` reads what it tells itself; a server is looked after by its log.
    private func surroundings(_ options: Serving, _ following: FleetFollowing) -> Server.Surroundings {
        var logger =
            switch following.log {
            case .text: Logger(label: "makima") { StreamLogHandler.standardError(label: $0) }
            case .json: Logger(label: "makima") { _ in LineLogHandler(tell: following.tell) }
            }
        logger.logLevel = options.daemon == nil || following.log == .json ? .notice : .warning
        return Server.Surroundings(
            clock: ContinuousClock(),
            wallClock: SystemWallClock(),
            ids: SystemIDs(),
            logger: logger
        )
    }
}
