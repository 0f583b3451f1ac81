import Agents
import Commands
import Daemon
import Domain
import Forge
import Glibc
import Journal
import LoopCore
import Processes
import Runner
import ServerClient
import Settings
import Workspaces

/// This machine, as the commands see it.
struct LocalMachine: Machine {
    let host: HostFacts
    /// One for everything that is started: it is a thread.
    private let loop: EventLoop
    let launcher: PosixSpawnLauncher
    let connections = ServerConnections()
    private let forgeConnections = ForgeConnections()
    /// One for all, because it remembers what it found out about a repository.
    let git: HostGit

    init(host: HostFacts) {
        self.host = host
        loop = EventLoop()
        launcher = PosixSpawnLauncher(loop: loop)
        git = HostGit.found(
            in: host.searchPath,
            launcher: launcher,
            user: UserHome(home: host.home, configurationHome: host.variables["XDG_CONFIG_HOME"])
        )
    }

    private var agentHost: AgentHost {
        var agents = AgentHost(
            environment: host.variables,
            home: host.home,
            directory: host.currentDirectory,
            executable: host.executable
        )
        agents.isRoot = geteuid() == 0
        return agents
    }

    private var probe: SandboxProbe {
        SandboxProbe(launcher: launcher, path: host.searchPath, room: host.stateDirectory)
    }

    // MARK: - Settings and service

    func loadSettings(for repository: RepositoryFacts?) async throws -> Settings {
        var committed: [UInt8]?
        if let repository, let base = repository.base {
            committed = try await RepositoryReader(git: git).file("makima.toml", at: base, in: repository.path)
        }
        let loader = ConfigurationLoader(host: host)
        var sources = try loader.sources(repositoryFile: committed)
        if let repository, let base = repository.base {
            let reader = RepositoryReader(git: git)
            for reference in sources.namedTemplates where reference.place == .repository && reference.isInside {
                sources.templates[reference] = try await reader.file(reference.path, at: base, in: repository.path)
            }
        }
        var settings = Settings(try MakimaConfiguration(reading: sources))
        if let repository, loader.checkoutDiffers(at: repository.path, from: committed) {
            settings.warnings = [
                "The makima.toml in your checkout differs from the committed one; the commit counts."
            ]
        }
        return settings
    }

    func makeService() async throws -> any TaskService {
        var parts = try await makeParts()
        // A daemon's own service discards what its server says.
        let daemonJournal = ServerHome(root: parts.state.root).daemonJournal
        parts.isHeldByDaemon = { try await DaemonJournal.holds($0, at: daemonJournal) }
        return LocalTaskService(parts)
    }

    /// What the tasks of this machine are run with, by whomever; `passed` are names of variables that git gets besides.
    func makeParts(passing passed: [String] = []) async throws -> ServiceParts {
        if let path = host.relativeStateDirectory { throw RelativeStateDirectory(path: path) }
        let state = StateDirectory(root: host.stateDirectory)
        try state.create()
        try state.requireJournal()
        var parts = ServiceParts(
            surroundings: Surroundings(
                clock: ContinuousClock(),
                wallClock: SystemWallClock(),
                jitter: { Double.random(in: 0...1) },
                token: Self.drawToken
            ),
            state: state,
            journal: try await openJournal(state.journal),
            agents: AgentCatalog(host: agentHost),
            supervisor: Supervisor(
                shimPath: try host.shimPath(unpackedInto: state.root),
                loop: loop,
                groups: ControlGroups(ControlGroupProbe().find())
            ),
            git: git,
            sandbox: ProbedSandbox(probe),
            ceiling: { try ownConfiguration().limits.ceiling },
            configuredAgents: { try ownConfiguration().agents },
            searchPath: host.searchPath,
            disk: DiskGuard(reserve: { DiskReserve(try ownConfiguration().diskReserve) })
        )
        parts.forge = forge(passing: passed)
        return parts
    }

    /// `passed` are the names of further variables for git.
    func forge(passing passed: [String] = []) -> GitHubGateway {
        var parts = GitHubGateway.Parts(
            variables: host.variables.merging(["HOME": host.home]) { own, _ in own },
            launcher: launcher,
            connections: forgeConnections,
            clock: ContinuousClock(),
            wallClock: SystemWallClock()
        )
        parts.address = { try ownConfiguration().forge.apiURL.flatMap(ForgeAddress.init) }
        parts.tokenVariable = { try ownConfiguration().forge.tokenVariable }
        return GitHubGateway(parts, passing: passed)
    }

    static let drawToken: @Sendable () -> String = {
        (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }

    private func openJournal(_ path: String) async throws -> any TaskJournal {
        let journal = try await SQLiteJournal.open(path)
        #if DEBUG
        if let point = FaultPoint(host.variables[FaultPoint.variable]) { return FatalJournal(journal, dyingAt: point) }
        #endif
        return journal
    }

    /// Without what a repository sets, which is neither the machine's ceiling nor an agent's variables.
    func ownConfiguration() throws -> MakimaConfiguration {
        try MakimaConfiguration(reading: ConfigurationLoader(host: host).sources(repositoryFile: nil))
    }

    func inspectRepository(at path: String, base: String?) async throws -> RepositoryFacts? {
        try await RepositoryReader(git: git).start(at: path, revision: base)
            .map {
                RepositoryFacts(path: $0.path, base: $0.base, baseBranch: $0.branch, otherBranches: $0.others)
            }
    }

    /// The checks that the repository's files speak of, beside those that are configured.
    func suggestedChecks(at base: CommitID, in path: String) async throws -> [CheckDefinition] {
        let reader = RepositoryReader(git: git)
        let names = try await reader.rootNames(at: base, in: path)
        var contents: [String: String] = [:]
        for name in CheckSuggestion.files where names.contains(name) {
            guard let bytes = try await reader.file(name, at: base, in: path) else { continue }
            contents[name] = String(decoding: bytes.prefix(1 << 20), as: UTF8.self)
        }
        return CheckSuggestion.checks(names: names) { contents[$0] }
    }

    func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

    func canMerge(into branch: String, in repository: RepositoryFacts) async throws -> Bool {
        try await RepositoryReader(git: git).canMerge(into: branch, in: repository.path)
    }

    func countUncommittedChanges(in repository: RepositoryFacts) async throws -> CheckoutChanges {
        try await RepositoryReader(git: git).countUncommittedChanges(at: repository.path)
    }

    // MARK: - Inspection

    func diagnose() async -> [Diagnosis] {
        if let path = host.relativeStateDirectory {
            let error = RelativeStateDirectory(path: path)
            return [Diagnosis(subject: "state", verdict: .broken, finding: error.description, hint: error.hint)]
        }
        var doctor = Doctor(host: host, probe: probe, git: git, agents: agentHost, versions: await versionProbe()) {
            try await loadSettings(for: inspectRepository(at: host.currentDirectory, base: nil))
        }
        doctor.inspectForge = { await inspection(of: $0) }
        return await doctor.diagnose()
    }

    func report(on agent: AgentConfiguration) async -> AgentReport {
        AgentInspection(host: agentHost).report(on: agent)
    }

    func reports(on agents: [AgentConfiguration]) async -> [AgentReport] {
        await AgentInspection(host: agentHost).reports(on: agents, asking: versionProbe())
    }

    private func versionProbe() async -> VersionProbe {
        var sandbox: BubblewrapSandbox?
        if case .available(let found, _) = await probe.availability() { sandbox = found }
        return VersionProbe(host: agentHost, launcher: launcher, sandbox: sandbox)
    }

    // MARK: - Transcripts, scenarios, plans

    func makeTranscriptReader(for agent: AgentKind) -> any TranscriptReader {
        SpoolTranscript(host: agentHost, kind: agent)
    }

    func serveTools(_ service: ToolService) async throws {
        var secrets = Secrets()
        // The token marks each line of the file.
        secrets.add(variables: host.variables.filter { $0.key != ToolAccess.tokenVariable })
        try ToolServer(service: service, secrets: secrets).run()
    }

    func callTool(_ call: ToolCallWish, by service: ToolService) async throws -> ToolCallAnswer {
        var secrets = Secrets()
        secrets.add(variables: host.variables.filter { $0.key != ToolAccess.tokenVariable })
        return try ToolServer(service: service, secrets: secrets).call(call)
    }

    func playScenario(at path: String) async throws -> Int32 {
        try await ScriptPlayback(host: host, launcher: launcher).play(path)
    }

    func readStandardInput(upTo limit: Int) throws -> [UInt8] {
        try StandardInput.read(upTo: limit)
    }
}
