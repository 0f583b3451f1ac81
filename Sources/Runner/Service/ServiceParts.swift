package import Agents
package import Domain
import Glibc
package import Journal
package import Processes
package import Workspaces

/// Everything that ``LocalTaskService`` works with.
///
/// Chosen in `makima`, or by a test.
package struct ServiceParts: Sendable {
    package var surroundings: Surroundings
    package var state: StateDirectory
    package var journal: any TaskJournal
    package var agents: AgentCatalog
    package var supervisor: Supervisor
    package var git: HostGit
    /// Finds out whether bubblewrap works here.
    package var sandbox: ProbedSandbox
    /// The machine's `hard_limit`; asked for only where a limit is weighed, so that a configuration that cannot be read is in
    /// nobody's way who wants to look or to stop.
    package var ceiling: @Sendable () throws -> Int
    /// The agents as they are configured now, for the values of their variables, which no task keeps; asked for only where
    /// programs are started.
    package var configuredAgents: @Sendable () throws -> [AgentConfiguration]
    /// The `PATH` for checks.
    package var searchPath: String
    /// Says whether there is room to start something.
    package var disk: DiskGuard
    /// Whether the daemon of this machine has the task, and its server does not know its end yet.
    ///
    /// Default: there is no daemon; also for the daemon itself.
    package var isHeldByDaemon: @Sendable (TaskID) async throws -> Bool = { _ in false }
    /// How long an agent may work on at most whose makima is gone, whatever its task says; `nil` is as long as that.
    package var orphanCeiling: @Sendable () -> Duration? = { nil }
    /// How long is waited, at least, between two imports of checkpoints into the repository while a run goes on.
    package var importInterval = Duration.seconds(60)
    /// Carries out what the agents of supervisors call for; `nil` where there is no server.
    package var leaderLine: (any LeaderLine)?
    /// Where work is put to review.
    ///
    /// Default: every remote is a plain one.
    package var forge: any ForgeGateway = NoForge()
    /// Whether systemd runs here, which can give makima a control group.
    package var hasServiceManager: @Sendable () -> Bool = { access("/run/systemd/system", F_OK) == 0 }

    package init(
        surroundings: Surroundings,
        state: StateDirectory,
        journal: any TaskJournal,
        agents: AgentCatalog,
        supervisor: Supervisor,
        git: HostGit,
        sandbox: ProbedSandbox,
        ceiling: @escaping @Sendable () throws -> Int,
        configuredAgents: @escaping @Sendable () throws -> [AgentConfiguration],
        searchPath: String,
        disk: DiskGuard = .off
    ) {
        self.disk = disk
        self.surroundings = surroundings
        self.state = state
        self.journal = journal
        self.agents = agents
        self.supervisor = supervisor
        self.git = git
        self.sandbox = sandbox
        self.ceiling = ceiling
        self.configuredAgents = configuredAgents
        self.searchPath = searchPath
    }
}

extension ServiceParts {
    /// Returns `spec` with the values of its agents' variables, as far as they are configured now.
    func withValues(_ spec: TaskSpec) throws -> TaskSpec {
        guard spec.lacksValues else { return spec }
        var filled = spec
        filled.takeValues(from: try configuredAgents())
        return filled
    }

    /// Chooses the sandbox of a task: never a weaker one than was asked for.
    func confinement(for spec: TaskSpec) async throws(ServiceError) -> Confinement {
        guard spec.sandbox.mode != .off || spec.networks == [.full] else {
            throw .sandboxUnavailable("The network can be narrowed in a sandbox only, and the sandbox is off.")
        }
        var confinement = try await confinement(for: spec.sandbox, in: state.task(spec.id))
        confinement.secrets = secrets(of: spec)
        if spec.role == .supervisor { confinement.leaderProgram = agents.ownProgram }
        return confinement
    }

    /// What the programs of a task may know and must not leave in what is stored of their output.
    private func secrets(of spec: TaskSpec) -> Secrets {
        let names = Set(spec.redactedVariables ?? [])
        var secrets = agents.secrets(naming: names)
        for agent in spec.agents {
            // An agent that cannot be started knows nothing; why it cannot, its start says.
            if let invocation = try? probe(agent, of: spec) { secrets.add(invocation.secrets(naming: names)) }
        }
        return secrets
    }

    /// The same for what is no task, with a directory of its own.
    func confinement(for spec: SandboxSpec, in directory: TaskDirectory) async throws(ServiceError) -> Confinement {
        let (sandbox, state) = try await choose(spec)
        return Confinement(
            sandbox: sandbox,
            state: state,
            spec: spec,
            directory: directory,
            searchPath: searchPath
        )
    }

    private func choose(_ spec: SandboxSpec) async throws(ServiceError) -> (any Sandbox, SandboxState) {
        if spec.mode == .off {
            guard spec.network == .full else {
                throw .sandboxUnavailable("The network can be narrowed in a sandbox only, and the sandbox is off.")
            }
            return (NoSandbox(), .off)
        }
        switch await sandbox.availability() {
        case .available(let sandbox, let version):
            let missing = sandbox.missingLayers(for: spec.exceptions)
            guard spec.mode == .auto || missing.isEmpty else {
                throw .sandboxUnavailable(SandboxLayer.sentence(missing: missing))
            }
            // Without a control group the kernel counts them by user, and exempts root from it.
            let lacksLimit = spec.limits.processes != nil && geteuid() == 0 && !supervisor.countsProcesses
            guard spec.mode == .auto || !lacksLimit else {
                throw .sandboxUnavailable("'max_processes' does not hold for root. Run makima as an ordinary user.")
            }
            let without = missing.map(\.rawValue) + (lacksLimit ? ["the limit of processes, as root"] : [])
            return (sandbox, .bubblewrap(version: version, without: without))
        case .unavailable(let reason): throw .sandboxUnavailable("\(reason). \(reason.hint)")
        }
    }

    /// Refuses limits that cannot be kept here; to be asked before anything is started that has them.
    func requireLimits(of spec: SandboxSpec) throws(ServiceError) {
        guard let obstacle = supervisor.obstacle(to: spec.limits) else { return }
        throw .limitsUnavailable(
            UnkeptLimits(spec.limits, because: obstacle.clause, hasServiceManager: hasServiceManager())
        )
    }

    func gate(of agent: AgentConfiguration, for task: TaskID) -> AccountGate {
        let account = agents.account(of: agent)
        return AccountGate(
            account: account,
            task: task,
            journal: journal,
            lock: state.probeLock(of: account),
            wallClock: surroundings.wallClock
        )
    }

    func workspaces(_ confinement: Confinement) -> any WorkspaceProvider {
        var limits = WorkspaceLimits()
        // What a task may not have on the disk it may not bring into the repository either.
        if let mebibytes = confinement.spec.limits.diskMiB { limits.checkpointBytes = mebibytes << 20 }
        return SplitCloneProvider(
            git: git,
            sandbox: confinement.sandbox,
            wallClock: surroundings.wallClock,
            limits: limits
        )
    }

    func site(of spec: TaskSpec) -> WorkspaceSite {
        WorkspaceSite(
            task: spec.id,
            name: spec.name,
            repository: spec.repository,
            directory: state.task(spec.id).root
        )
    }

    /// Looks whether the programs of the task's agents are there, without starting anything.
    ///
    /// Returns how the present one is started.
    func probeAgent(_ spec: TaskSpec) throws -> AgentInvocation {
        for other in spec.agents.dropFirst() { _ = try probe(other, of: spec) }
        return try probe(spec.agent, of: spec)
    }

    private func probe(_ agent: AgentConfiguration, of spec: TaskSpec) throws -> AgentInvocation {
        let request = AgentRequest(
            configuration: agent,
            plan: spec.plan,
            prompt: "",
            taskID: spec.id,
            iteration: 1,
            maxIterations: spec.limits.maxIterations,
            site: .confined
        )
        do {
            return try agents.agent(of: agent.kind).invocation(request)
        } catch AgentError.programNotFound(let program, _) {
            throw ServiceError.agentMissing(agent: agent.name, agent.kind, program: program)
        }
    }
}
