import Agents
import Domain
import Journal
import Processes
import TestSupport
import Workspaces

@testable import LoopCore
@testable import Runner

/// One makima and its people, agents, clock and disk, all of which a seed decides.
///
/// The loop, its shell, the resume, the recovery and the account's gate are the real ones; the files, the agents, the
/// checks and, mostly, the journal are doubles. Everything happens in one task, one thing after the other, so that the
/// same seed does the same again.
struct Simulation {
    let parts: ServiceParts
    let journal: FaultyJournal
    let wallClock = ManualWallClock()
    let plant: Plant?
    var dice: Dice
    var agent: SimulatedAgent
    var tasks: [SimulatedTask] = []
    var oracle = Oracle()
    /// What happened; empty where nobody wants to know.
    private(set) var log: [String] = []
    private let isLogging: Bool
    private let directory: TemporaryDirectory

    init(_ options: History.Options) async throws {
        directory = TemporaryDirectory("makima-simulation", in: "/dev/shm")
        dice = Dice(seed: options.seed)
        agent = SimulatedAgent(dice: Dice(seed: options.seed &+ 1))
        plant = options.plant
        isLogging = options.isLogging
        let state = StateDirectory(root: directory.path)
        try state.create()
        let kept: any TaskJournal =
            switch options.journal {
            case .memory: MemoryJournal()
            case .sqlite: try SQLiteJournal(path: state.journal)
            }
        journal = FaultyJournal(kept, plant: options.plant)
        let launcher = PosixSpawnLauncher()
        let host = AgentHost(environment: [:], home: "/nonexistent", directory: "/", executable: "/nonexistent/makima")
        parts = ServiceParts(
            surroundings: Surroundings(
                clock: ManualClock(),
                wallClock: wallClock,
                jitter: { 0.5 },
                token: { "token" }
            ),
            state: state,
            journal: journal,
            agents: AgentCatalog(host: host),
            supervisor: Supervisor(shimPath: "/nonexistent/makima-shim"),
            git: HostGit(launcher: launcher, user: UserHome(home: "/nonexistent")),
            sandbox: ProbedSandbox(SandboxProbe(launcher: launcher, path: "/nonexistent")),
            ceiling: { 50 },
            configuredAgents: { [] },
            searchPath: "/nonexistent"
        )
        for _ in 0...dice.roll(3) { try await addTask() }
    }

    private mutating func addTask() async throws {
        let spec = makeSpec()
        let task = TaskRecord(spec: spec, createdAt: wallClock.now())
        try await journal.insert(task)
        let workspace = SimulatedWorkspace(
            site: parts.site(of: spec),
            tree: SimulatedAgent.tree(0),
            wallClock: wallClock
        )
        let confinement = try await parts.confinement(for: spec)
        tasks.append(SimulatedTask(id: spec.id, workspace: workspace, confinement: confinement))
        oracle.noteLimit(spec.limits.maxIterations, of: spec.id)
        let number = tasks.count - 1
        note("task \(number): \(spec.limits.maxIterations) iterations, agents \(spec.agents.map(\.name))")
    }

    private static let agents = [
        AgentConfiguration(name: "claude", kind: .claude, command: ["/bin/true"]),
        AgentConfiguration(name: "other", kind: .codex, command: ["/bin/false"]),
    ]

    private mutating func makeSpec() -> TaskSpec {
        var spec = TaskSpec(
            id: dice.id(),
            name: "task \(tasks.count)",
            plan: "Mend it.",
            repository: RepositorySpec(path: "/nonexistent", base: nil, baseBranch: "main"),
            limits: LoopLimits(maxIterations: 1 + dice.roll(8), noChangeThreshold: 1 + dice.roll(4)),
            budgets: Budgets(maxCost: dice.chance(3) ? USD(microdollars: Int64(dice.roll(1_000_000))) : nil),
            checks: dice.chance(3) ? [] : [CheckDefinition(name: "unit", command: "make test")],
            agent: Self.agents[0],
            completion: .none,
            sandbox: SandboxSpec(mode: .off),
            waits: !dice.chance(4)
        )
        if dice.chance(3) { spec.onStall = .freshSession }
        if dice.chance(3) { spec.choices = Self.agents }
        if dice.chance(6) {
            spec.onStall = .otherAgent
            spec.otherAgent = Self.agents[1]
        }
        if dice.chance(3) { spec.questions = QuestionPolicy(deadline: dice.chance(2) ? .seconds(600) : nil) }
        return spec
    }

    mutating func note(_ line: @autoclosure () -> String) {
        if isLogging { log.append(line()) }
    }

    // MARK: - Steps

    /// Lets one thing happen.
    mutating func step() async throws {
        let index = dice.roll(tasks.count)
        if !agent.isGood {
            injectFaults()
            if dice.chance(25) { await speak(index) }
        }
        switch tasks[index].phase {
        case .idle: try await begin(index)
        case .agent(let record): await agentStep(record, index)
        case .checks(let number): try await endChecks(number, of: index)
        case .waiting(let wait): try await waitStep(wait, index)
        }
        if journal.isDead { die() }
        var oracle = oracle
        try await oracle.check(index, of: self)
        self.oracle = oracle
    }

    private mutating func injectFaults() {
        switch dice.roll(60) {
        case 0...1:
            journal.die(atWrite: 1 + dice.roll(6), afterIt: dice.chance(2))
            oracle.noteLoss()
            note("the process dies soon")
        case 2:
            journal.fillDisk(forWrites: 1 + dice.roll(3))
            oracle.noteLoss()
            note("the disk is full")
        case 3:
            // A machine that slept, or a clock that was set.
            wallClock.set(wallClock.now() + .seconds(dice.roll(200_000) - 80_000))
            oracle.noteClockJump()
            note("the clock jumps")
        default: break
        }
    }

    // MARK: - What the loop decides

    mutating func decide(_ happening: Happening, _ index: Int) async {
        guard var shell = tasks[index].shell else { return }
        let effects = await shell.decide(happening)
        tasks[index].shell = shell
        guard !journal.isDead else { return }
        for case .finish(let reason) in effects {
            oracle.noteDecision(reason, of: tasks[index].id)
            if case .completed = reason { await oracle.checkHeard(shell.task, in: self) }
        }
        await carryOut(effects, index)
    }

    /// As ``TaskRunner`` does.
    mutating func carryOut(_ effects: [LoopMachine.Effect], _ index: Int) async {
        for effect in effects {
            guard !journal.isDead, tasks[index].shell != nil else { return }
            switch effect {
            case .beginIteration(let number, let attempt, let session):
                await startAgent(number, attempt, session, index)
            case .runChecks(let number): tasks[index].phase = .checks(number)
            case .wait: await wait(index)
            case .finish(let reason): await finish(reason, index)
            case .changeStrategy, .changeAgent, .hearPeople, .interruptAgent, .interruptChecks: break
            }
        }
    }

    private mutating func wait(_ index: Int) async {
        if let event = await tasks[index].shell?.fallOver() {
            note("\(index): instead of a wait: \(event)")
            return await decide(.event(event), index)
        }
        guard !journal.isDead, let wait = tasks[index].shell?.task.wait else { return }
        note("\(index): waits: \(wait.cause.rawValue), \(wait.role.rawValue)")
        tasks[index].phase = .waiting(wait)
    }

    private mutating func finish(_ reason: Reason, _ index: Int) async {
        guard var shell = tasks[index].shell else { return }
        shell.stop(reason)
        if case .agent(let record) = tasks[index].phase {
            // As where the journal could not be written: the agent is ended, and its end is waited for.
            let report = IterationReport(number: record.number, end: .incomplete, tree: tasks[index].workspace.tree)
            var outcome = IterationOutcome(
                agent: AgentOutcome(end: .incomplete),
                gate: .missing,
                checkpoint: nil,
                counted: true
            )
            let told = tasks[index].told
            outcome.messages = told.isEmpty ? nil : told
            oracle.noteTold(told, of: tasks[index].id, in: record)
            await shell.noteLate(.iterationEnded(report, outcome))
        }
        shell.probe?.lock.release()
        var ending = RunEnding(parts: shell.parts, point: shell.point, trees: shell.trees)
        ending.last = shell.current
        // Nothing is put to review here, so that nothing comes back.
        guard case .ended(let ended) = await ending.finish(shell.task, reason: reason) else { return }
        note("\(index): stops: \(ended.status.rawValue) \(ended.reason?.code ?? "-")")
        guard !journal.isDead else { return }
        tasks[index].phase = .idle
        tasks[index].shell = nil
    }

    /// The process is killed: its shims end what it had started.
    private mutating func die() {
        note("the process died")
        oracle.noteLoss()
        for index in tasks.indices {
            tasks[index].shell?.probe?.lock.release()
            tasks[index].shell = nil
            tasks[index].phase = .idle
        }
        journal.revive()
    }
}

/// A task, as the process that runs it has it.
struct SimulatedTask {
    let id: TaskID
    let workspace: SimulatedWorkspace
    /// The same for all of its runs.
    let confinement: Confinement
    /// `nil` while nobody runs it.
    var shell: RunShell?
    var phase = Phase.idle
    var control = ProcessControl()
    /// A person wants the next start, whatever is known of the account.
    var insists = false
    /// The numbers of the messages in the prompt of the agent that works.
    var told: [Int] = []
    /// Those that it took since, and whose receipts are not written.
    var taken: [Int] = []

    /// What goes on.
    enum Phase {
        case idle
        case agent(IterationRecord)
        case checks(Int)
        case waiting(TaskWait)
    }
}
