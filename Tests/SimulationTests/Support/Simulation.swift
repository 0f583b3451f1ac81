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
/// The loop, its shell, the resume, the recovery, the account's gate and the journal are the real ones; the files, the
/// agents and the checks are doubles. Everything happens in one task, one thing after the other, so that the same seed
/// does the same again.
struct Simulation {
    let parts: ServiceParts
    let journal: FaultyJournal
    let wallClock = ManualWallClock()
    var dice: Dice
    var agent: SimulatedAgent
    var tasks: [SimulatedTask] = []
    var oracle = Oracle()
    /// What happened, for whoever wants to know how it came to a violation.
    private(set) var log: [String] = []
    private let directory: TemporaryDirectory

    init(seed: UInt64) async throws {
        directory = TemporaryDirectory("makima-simulation", in: "/dev/shm")
        dice = Dice(seed: seed)
        agent = SimulatedAgent(dice: Dice(seed: seed &+ 1))
        let state = StateDirectory(root: directory.path)
        try state.create()
        journal = FaultyJournal(try SQLiteJournal(path: state.journal))
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
        tasks.append(SimulatedTask(id: spec.id, workspace: workspace))
    }

    private mutating func makeSpec() -> TaskSpec {
        var spec = TaskSpec(
            id: dice.id(),
            name: "task \(tasks.count)",
            plan: "Mend it.",
            repository: RepositorySpec(path: "/nonexistent", base: nil, baseBranch: "main"),
            limits: LoopLimits(maxIterations: 1 + dice.roll(8), noChangeThreshold: 1 + dice.roll(4)),
            budgets: Budgets(maxCost: dice.chance(3) ? USD(microdollars: Int64(dice.roll(1_000_000))) : nil),
            checks: dice.chance(3) ? [] : [CheckDefinition(name: "unit", command: "make test")],
            agent: AgentConfiguration(name: "claude", kind: .claude, command: ["/bin/true"]),
            completion: .none,
            sandbox: SandboxSpec(mode: .off),
            waits: !dice.chance(4)
        )
        if dice.chance(3) { spec.onStall = .freshSession }
        if dice.chance(3) { spec.questions = QuestionPolicy(deadline: dice.chance(2) ? .seconds(600) : nil) }
        return spec
    }

    mutating func note(_ line: @autoclosure () -> String) {
        log.append(line())
        if log.count > 400 { log.removeFirst(200) }
    }

    // MARK: - Steps

    /// Lets one thing happen.
    mutating func step() async throws {
        let index = dice.roll(tasks.count)
        if !agent.isGood { injectFaults() }
        switch tasks[index].phase {
        case .idle: try await begin(index)
        case .agent: try await agentStep(index)
        case .checks(let number): try await endChecks(number, of: index)
        case .waiting(let wait): try await waitStep(wait, index)
        }
        if journal.isDead { die() }
        try await oracle.check(index, of: self)
    }

    private mutating func injectFaults() {
        switch dice.roll(60) {
        case 0...1:
            journal.die(atWrite: 1 + dice.roll(6), afterIt: dice.chance(2))
            note("the process dies soon")
        case 2:
            journal.fillDisk(forWrites: 1 + dice.roll(3))
            note("the disk is full")
        case 3:
            // A machine that slept, or a clock that was set.
            wallClock.set(wallClock.now() + .seconds(dice.roll(200_000) - 80_000))
            note("the clock jumps")
        default: break
        }
    }

    private mutating func agentStep(_ index: Int) async throws {
        wallClock.set(wallClock.now() + .seconds(1 + dice.roll(300)))
        if !agent.isGood, dice.chance(12) { return await stop(index) }
        await endAgent(index)
    }

    private mutating func waitStep(_ wait: TaskWait, _ index: Int) async throws {
        if !agent.isGood, dice.chance(10) { return await stop(index) }
        if wallClock.now() >= wait.until {
            if wait.cause == .answer, let spec = tasks[index].shell?.task.spec {
                try await parts.questionDesk(of: spec).closeQuestions()
            }
            return await decide(.event(.waitElapsed), index)
        }
        if dice.chance(8) {
            note("\(index): a person wants no more waiting")
            tasks[index].insists = true
            return await decide(.waitEnded, index)
        }
        let left = wait.until - wallClock.now()
        wallClock.set(wallClock.now() + (dice.chance(3) ? .seconds(30) : left))
    }

    private mutating func stop(_ index: Int) async {
        note("\(index): a person stops it")
        tasks[index].control.stop(.gentle)
        await decide(.event(.stopRequested), index)
        if case .agent = tasks[index].phase { await endAgent(index) }
        if case .checks(let number) = tasks[index].phase { try? await endChecks(number, of: index) }
    }

    // MARK: - What the loop decides

    mutating func decide(_ happening: Happening, _ index: Int) async {
        guard var shell = tasks[index].shell else { return }
        let effects = await shell.decide(happening)
        tasks[index].shell = shell
        if !journal.isDead { await carryOut(effects, index) }
    }

    /// As ``TaskRunner`` does.
    mutating func carryOut(_ effects: [LoopMachine.Effect], _ index: Int) async {
        for effect in effects {
            guard !journal.isDead, tasks[index].shell != nil else { return }
            switch effect {
            case .beginIteration(let number, let attempt, let session):
                await startAgent(number, attempt, session, index)
            case .runChecks(let number): tasks[index].phase = .checks(number)
            case .wait:
                if let wait = tasks[index].shell?.task.wait { tasks[index].phase = .waiting(wait) }
            case .finish(let reason): await finish(reason, index)
            case .changeStrategy, .changeAgent, .interruptAgent, .interruptChecks: break
            }
        }
    }

    private mutating func startAgent(
        _ number: Int,
        _ attempt: Int,
        _ session: LoopMachine.SessionChoice,
        _ index: Int
    ) async {
        guard var shell = tasks[index].shell else { return }
        let known = try? await journal.wait(of: shell.parts.gate.account)
        let event = await shell.admit(attempt: attempt)
        tasks[index].shell = shell
        guard !journal.isDead else { return }
        if let event { return await decide(.event(event), index) }
        let record = shell.iterationWork(number, attempt: attempt, session: session).record
        tasks[index].shell = shell
        do {
            try await journal.beginIteration(record, of: tasks[index].id)
        } catch {
            guard !journal.isDead else { return }
            return await decide(.event(RunFailure.event(RunFailure.reason(forJournal: error))), index)
        }
        note("\(index): agent \(number).\(attempt) starts")
        oracle.noteStart(of: tasks[index], record, knowing: known, in: self)
        tasks[index].insists = false
        tasks[index].phase = .agent(record)
    }

    private mutating func endAgent(_ index: Int) async {
        guard case .agent(let record) = tasks[index].phase, let shell = tasks[index].shell else { return }
        let workspace = tasks[index].workspace
        let isStopping = tasks[index].control.isStopping
        let end = isStopping ? .incomplete : agent.end(at: wallClock.now())
        if end.countsAsIteration { workspace.tree = agent.tree(after: workspace.tree) }
        var outcome = AgentOutcome(end: end, sessionID: end == .ok ? "session" : nil, usage: agent.usage())
        let gate = end.endedByItself ? agent.gate() : .missing
        if end.endedByItself { outcome.finalMessage = "done" }
        // The real workspace throws only where the disk does.
        guard let kept = try? await workspace.checkpoint(.iterationEnded, iteration: record.number) else { return }
        var report = IterationReport(
            number: record.number,
            end: end,
            tree: kept.checkpoint.tree,
            gate: gate,
            usage: outcome.usage
        )
        report.activeTime = .seconds(10)
        report.hasSession = outcome.sessionID != nil
        report.differsFromBase = kept.checkpoint.tree != SimulatedAgent.tree(0)
        var ended = IterationOutcome(
            agent: outcome,
            gate: gate,
            checkpoint: kept.checkpoint,
            counted: end.countsAsIteration
        )
        ended.wasStopped = isStopping
        ended.performer = IterationOutcome.Performer(shell.task.spec.agent)
        note(
            "\(index): agent \(record.number).\(record.attempt) ends: \(end), tree \(kept.checkpoint.tree.rawValue.suffix(6)), \(gate.isReady)"
        )
        oracle.noteEnd(of: tasks[index], report)
        tasks[index].phase = .idle
        await decide(.iterationEnded(report, ended), index)
    }

    private mutating func endChecks(_ number: Int, of index: Int) async throws {
        guard let shell = tasks[index].shell else { return }
        let work = shell.checkWork(number)
        let isStopping = tasks[index].control.isStopping
        let receipts = work.spec.checks.map { check in
            CheckReceipt(
                check: check,
                verdict: isStopping ? .notEvaluated(.stopped) : agent.verdict(),
                iteration: number,
                duration: .seconds(1),
                tree: work.point.tree,
                base: work.trees.baseCommit,
                outputTail: "",
                logPath: ""
            )
        }
        note("\(index): checks of \(number): \(receipts.map(\.verdict))")
        oracle.noteChecks(of: tasks[index], receipts)
        let after = try await tasks[index].workspace.checkpoint(.iterationEnded, iteration: number)
        var report = ChecksReport(number: number, receipts: receipts)
        report.activeTime = .seconds(1)
        tasks[index].phase = .idle
        await decide(.checksEnded(report, after), index)
    }

    private mutating func finish(_ reason: Reason, _ index: Int) async {
        guard var shell = tasks[index].shell else { return }
        shell.stop(reason)
        if case .agent(let record) = tasks[index].phase {
            // As where the journal could not be written: the agent is ended, and its end is waited for.
            let report = IterationReport(number: record.number, end: .incomplete, tree: tasks[index].workspace.tree)
            let outcome = IterationOutcome(
                agent: AgentOutcome(end: .incomplete),
                gate: .missing,
                checkpoint: nil,
                counted: true
            )
            await shell.noteLate(.iterationEnded(report, outcome))
        }
        shell.probe?.lock.release()
        var ending = RunEnding(parts: shell.parts, point: shell.point, trees: shell.trees)
        ending.last = shell.current
        let ended = await ending.finish(shell.task, reason: reason)
        note("\(index): stops: \(ended.status.rawValue) \(ended.reason?.code ?? "-")")
        guard !journal.isDead else { return }
        tasks[index].phase = .idle
        tasks[index].shell = nil
    }

    /// The process is killed: its shims end what it had started.
    private mutating func die() {
        note("the process died")
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
    /// `nil` while nobody runs it.
    var shell: RunShell?
    var phase = Phase.idle
    var control = ProcessControl()
    /// A person wants the next start, whatever is known of the account.
    var insists = false

    /// What goes on.
    enum Phase {
        case idle
        case agent(IterationRecord)
        case checks(Int)
        case waiting(TaskWait)
    }
}
