import Commands
import Daemon
import Domain
import Fleet
import Glibc
import NIOPosix
import NIOSSL
import Runner
import Settings
import Store
import Wire

extension LocalMachine {
    func work(_ options: DaemonOptions, _ following: FleetFollowing) async throws {
        var options = options
        let work = try ownConfiguration().daemon
        options.server = options.server ?? work.server
        options.tokenFile = options.tokenFile ?? work.tokenFile.map(expanded)
        options.authority = options.authority ?? work.authority.map(expanded)
        options.id = options.id ?? work.id
        guard options.tokenFile != nil else { throw TokenFileUnnamed() }
        guard let named = options.server, let address = Daemon.ServerAddress(named) else {
            throw ServerUnnamed(text: options.server ?? "")
        }
        guard address.isSecure || address.isLoopback else { throw ServerUnnamed(text: named) }
        let transport = WebSocketTransport(
            to: address,
            tokenFile: options.tokenFile ?? "",
            authority: options.authority,
            group: .singleton
        )
        if let authority = options.authority {
            _ = try readPEM(authority, "no certificate in PEM") {
                let chain = try NIOSSLCertificate.fromPEMFile($0)
                return chain.isEmpty ? nil : chain
            }
        }
        // A token that cannot be used is an error now, not at each try to connect.
        _ = try TokenFile.read(options.tokenFile ?? "")
        let id = try options.id.map { try daemonID($0) } ?? daemonID(Self.hostName)
        let journal = try await openDaemonJournal(as: id)
        try await makeDaemon(options, journal, transport, following)
            .run(stops: following.stops) { following.tell(LogLine(.notice, .daemon, event: "ending", Self.farewell)) }
    }

    /// The daemon in the process of its server.
    func work(
        _ options: DaemonOptions,
        at url: String,
        in store: any TaskStore,
        _ following: FleetFollowing
    ) async throws {
        guard let address = Daemon.ServerAddress(url) else { throw ServerUnnamed(text: url) }
        let home = ServerHome(root: host.stateDirectory)
        let id = try daemonID("local")
        let journal = try await openDaemonJournal(as: id)
        let now = SystemWallClock().now()
        if try await store.daemon(id) == nil {
            try await store.put(DaemonRecord(id, name: options.name ?? Self.hostName, enrolledAt: now))
        }
        _ = try await home.establish(home.daemonToken, for: .daemon(id), .daemon, in: store, at: now)
        let transport = WebSocketTransport(to: address, tokenFile: home.daemonToken, group: .singleton)
        // Whoever may ask this server is this machine's user, or has a token of theirs.
        try await makeDaemon(options, journal, transport, following, trust: .owner)
            .run(stops: following.stops) { following.tell(LogLine(.notice, .daemon, event: "ending", Self.farewell)) }
    }

    private static let farewell =
        "Ending: agents at work are stopped, everything is kept, and their tasks go on by themselves at the next start."

    private func openDaemonJournal(as id: DaemonID) async throws -> DaemonJournal {
        if let path = host.relativeStateDirectory { throw RelativeStateDirectory(path: path) }
        let state = StateDirectory(root: host.stateDirectory)
        try state.create()
        return try await DaemonJournal.open(
            ServerHome(root: state.root).daemonJournal,
            as: id,
            makeToken: Self.drawToken
        )
    }

    private func makeDaemon(
        _ options: DaemonOptions,
        _ journal: DaemonJournal,
        _ transport: WebSocketTransport,
        _ following: FleetFollowing,
        trust: RequestTrust = .stranger
    ) async throws -> MakimaDaemon {
        let machine = self
        let configuration = try ownConfiguration()
        // Where the system does not tell, no lease outlives this process.
        let boot = try SecretFile.readPlain("/proc/sys/kernel/random/boot_id") ?? Self.drawToken()
        var settings = DaemonSettings(
            name: options.name ?? configuration.daemon.name ?? Self.hostName,
            makimaVersion: MakimaVersion.text,
            platform: "linux-\(Self.architecture)"
        ) { try machine.daemonDefaults() }
        settings.trust = trust
        settings.offers = { await machine.agentOffers() }
        try configure(&settings, options)
        let probe = MachineProbe(directory: host.stateDirectory) {
            // What cannot be read reserves nothing: the next start of a task says what is wrong with it.
            (try? machine.ownConfiguration().diskReserve) ?? 0
        }
        var parts = DaemonParts(
            settings: settings,
            service: try await makeParts(passing: Array(settings.repositories.variables.keys)),
            journal: journal,
            transport: transport,
            machineTime: { Self.machineTime(boot: boot) },
            load: { probe.look() }
        )
        parts.service.leaderLine = SupervisorCalls(
            journal: journal,
            post: ServerPost(
                tokenFile: transport.tokenFile,
                url: transport.httpURL,
                authority: options.authority,
                connections
            )
        )
        parts.tell = { event in
            if case .acknowledged = event { return }
            following.tell(LogLine(event))
        }
        return MakimaDaemon(parts)
    }

    /// The command line, then the configuration.
    private func configure(_ settings: inout DaemonSettings, _ options: DaemonOptions) throws {
        let configuration = try ownConfiguration()
        let work = configuration.daemon
        settings.labels = (work.labels + options.labels)
            .reduce(into: []) { labels, label in
                if !labels.contains(label) { labels.append(label) }
            }
        settings.slots = options.slots ?? work.slots
        settings.repositories.paths = try (work.paths.map(expanded) + options.paths).map(Self.withoutLinks)
        settings.repositories.variables = host.variables.filter { work.passEnvironment.contains($0.key) }
        settings.repositories.autoClone = try configuration.autoClone.map { text in
            guard let url = RepositoryURL(text) else { throw UnusableRepositoryURL(text: text) }
            return url
        }
    }

    private func daemonDefaults() throws -> Daemon.TaskDefaults {
        let configuration = try ownConfiguration()
        var defaults = Daemon.TaskDefaults()
        defaults.limits = configuration.limits
        defaults.timeouts = configuration.timeouts
        defaults.sandbox = configuration.sandbox
        defaults.agents = configuration.agents
        defaults.forge = configuration.forge.task
        return defaults
    }

    private func daemonID(_ text: String) throws -> DaemonID {
        guard let id = DaemonID(rawValue: text) else { throw MalformedDaemonID(text: text) }
        return id
    }

    // MARK: - The machine

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "daemon" }
        let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.isEmpty ? "daemon" : text
    }

    private static var architecture: String {
        #if arch(arm64)
        "aarch64"
        #else
        "x86_64"
        #endif
    }

    /// Counts the time in which the machine sleeps, unlike a clock for waits.
    private static func machineTime(boot: String) -> MachineTime {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return MachineTime(
            boot: boot,
            milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        )
    }

    private static func withoutLinks(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw MissingDirectory(path: path) }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// '--server' names none that a daemon could connect to.
struct ServerUnnamed: ExplainedError, Hashable {
    var text: String

    var description: String { "'\(text)' is no server that a daemon may connect to." }
    var errorCode: ErrorCode { .usage }
    var hint: String { "Name it as 'https://HOST:PORT'; without TLS only on this machine, as 'http://127.0.0.1:7420'." }
}

struct MalformedDaemonID: ExplainedError, Hashable {
    var text: String

    var description: String { "'\(text)' cannot be the id of a daemon." }
    var errorCode: ErrorCode { .usage }
    var hint: String { "Name one with '--id': letters, digits, '-', '_' and '.', as 'build-1'." }
}

struct MissingDirectory: ExplainedError, Hashable {
    var path: String

    var description: String { "There is no directory '\(path)'." }
    var errorCode: ErrorCode { .usage }
    var hint: String { "Name one that is there with '--repo-path'." }
}

/// A daemon cannot prove who it is.
struct TokenFileUnnamed: ExplainedError, Hashable {
    var description: String { "No file with the daemon's token is named." }
    var errorCode: ErrorCode { .usage }
    var hint: String {
        "Make a token at the server with 'makima token --daemon ID', save it in a file for your eyes only, and name that with "
            + "'--token-file', or as 'daemon.token_file' in config.toml."
    }
}

/// A URL of `repos.auto_clone`.
struct UnusableRepositoryURL: ExplainedError, Hashable {
    var text: String

    var description: String { "'\(text)', of 'repos.auto_clone', is no URL that a daemon clones from." }
    var errorCode: ErrorCode { .usage }
    var hint: String { "Name one as https://example.org/project.git, or ssh://git@example.org/project.git." }
}

extension LocalMachine {
    /// The configured agents whose programs are there; none where the configuration cannot be read, as the next start of a task says.
    fileprivate func agentOffers() async -> [WireAgentOffer] {
        var offers: [WireAgentOffer] = []
        for agent in (try? daemonDefaults().agents) ?? [] where await report(on: agent).program != nil {
            var offer = WireAgentOffer()
            (offer.name, offer.kind, offer.model) = (agent.name, agent.kind, agent.model)
            offers.append(offer)
        }
        return offers
    }
}
