import Agents
import Domain
import Glibc
import Journal
import Processes
import Workspaces

/// Everything that one run of one task works with.
struct RunParts: Sendable {
    var surroundings: Surroundings
    var journal: any TaskJournal
    var workspace: any Workspace
    var agents: AgentCatalog
    var confinement: Confinement
    var supervisor: Supervisor
    var directory: TaskDirectory
    var observer: any RunObserver
    var control: ProcessControl
    /// Of the account of the task's present agent.
    var gate: AccountGate
    /// Of the accounts of all agents that may work on the task, by the agents' names.
    var gates: [String: AccountGate]
    var disk: DiskGuard
    var importInterval: Duration
    var orphanCeiling: @Sendable () -> Duration?
    /// Carries out what supervisors call for; `nil` where there is no server.
    var leaderLine: (any LeaderLine)?
    var git: HostGit
    var forge: any ForgeGateway

    /// Follows the task where another agent works from now on.
    mutating func changeAgent(to name: String) {
        if let other = gates[name] { gate = other }
    }

    /// Tells each time that a person wants a wait to end now.
    ///
    /// Where nobody can be heard the wait ends by itself all the same, so that is no reason to say or do anything.
    func listenForWaitBell() -> AsyncStream<Void>? {
        guard (try? Marker.ensure(directory.waitBell)) != nil else { return nil }
        return try? supervisor.changes(of: directory.waitBell)
    }

    /// Takes the checkpoints over into the user's repository.
    ///
    /// What fails is told, and tried again by the next call: until then they are in the task's own store.
    func importCheckpoints() async {
        do {
            for held in try await workspace.importCheckpoints() {
                observer.observe(.notice(.heldBack(held.sentence)))
            }
        } catch is CancellationError {
            return
        } catch {
            observer.observe(.notice(.importFailed("\(error)")))
        }
    }

    /// Tells of what the task's programs were kept from.
    func announceRefusals() {
        for decision in confinement.network?.takeRefusals() ?? [] {
            if let refusal = decision.refusal { observer.observe(.notice(.networkRefused(decision.target, refusal))) }
        }
    }

    /// Tells what the kernel did to a program at its limits.
    func announce(_ hits: LimitHits?) {
        if let hits { observer.observe(.notice(.limitsHit(hits))) }
    }

    /// Says what of the output of a process that has ended could not be kept, and ends what it left behind where its
    /// shim was killed; a sandbox leaves nothing.
    func settle(_ directory: String) async {
        let spool = Spool(directory)
        // A record that cannot be read is told by whoever waits for the end.
        if case .ended(let record)? = try? spool.state(), let code = record.lostOutput {
            observer.observe(.notice(.outputLost(String(cString: strerror(code)))))
        }
        // Nor does one that cannot be read tell that anything is missing.
        if (try? spool.mayLackOutput()) == true { observer.observe(.notice(.outputMayBeMissing)) }
        guard !confinement.sandbox.isConfining else { return }
        let findings = await Strays(of: spool).end(waitingBy: surroundings.clock)
        if findings.ended > 0 { observer.observe(.notice(.straysEnded(findings.ended))) }
        if findings.mayHaveMissed { observer.observe(.notice(.straysPossible)) }
    }
}

extension ServiceParts {
    /// What one run of a task works with.
    func run(
        of spec: TaskSpec,
        in workspace: any Workspace,
        confinement: Confinement,
        observer: any RunObserver,
        control: ProcessControl
    ) -> RunParts {
        RunParts(
            surroundings: surroundings,
            journal: journal,
            workspace: workspace,
            agents: agents,
            confinement: confinement,
            supervisor: supervisor,
            directory: state.task(spec.id),
            observer: observer,
            control: control,
            gate: gate(of: spec.agent, for: spec.id),
            gates: Dictionary(spec.agents.map { ($0.name, gate(of: $0, for: spec.id)) }) { first, _ in first },
            disk: disk,
            importInterval: importInterval,
            orphanCeiling: orphanCeiling,
            leaderLine: leaderLine,
            git: git,
            forge: forge
        )
    }
}

extension RunObserver {
    /// Tells of a checkpoint and of what it could not take along.
    func announce(_ report: CheckpointReport) {
        if !report.isUnchanged { observe(.checkpointTaken(report.checkpoint)) }
        announce(report.notices)
    }

    func announce(_ notices: [WorkspaceNotice]) {
        for notice in notices { observe(.notice(RunNotice(notice))) }
    }
}

extension RunNotice {
    init(_ notice: WorkspaceNotice) {
        switch notice {
        case .nestedRepositories(let paths): self = .nestedRepositories(paths)
        case .filesLeftOut(let paths): self = .filesLeftOut(paths)
        case .agentCommitsUnreadable(let commit): self = .agentCommitsUnreadable(commit)
        case .agentIndexUnreadable: self = .agentIndexUnreadable
        }
    }
}
