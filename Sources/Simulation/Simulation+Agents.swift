import Domain
import Glibc
import Journal
import TestSupport
import Workspaces

@testable import LoopCore
@testable import Runner

/// What agents and checks do: as ``TaskRunner``, ``IterationWork`` and ``CheckWork`` have it, on processes that are none.
extension Simulation {
    mutating func startAgent(
        _ number: Int,
        _ attempt: Int,
        _ session: LoopMachine.SessionChoice,
        _ index: Int
    ) async {
        guard var shell = tasks[index].shell else { return }
        // Read by the oracle: no death comes of it.
        let event = await shell.admit(attempt: attempt)
        tasks[index].shell = shell
        guard !journal.isDead else { return }
        if let event { return await decide(.event(event), index) }
        if plant == .lockNotHeld { unlink(shell.parts.gate.lock) }
        let work = shell.iterationWork(number, attempt: attempt, session: session)
        tasks[index].shell = shell
        do {
            try await journal.beginIteration(work.record, of: tasks[index].id)
            tasks[index].told = try await journal.messages(of: tasks[index].id)
                .filter { $0.receipt == nil || work.messagesToRepeat.contains($0.number) }
                .map(\.number)
        } catch {
            guard !journal.isDead else { return }
            return await decide(.event(RunFailure.event(RunFailure.reason(forJournal: error))), index)
        }
        tasks[index].taken = []
        let told = tasks[index].told
        note("\(index): \(work.task.spec.agent.name) starts \(number).\(attempt), told \(told)")
        var oracle = oracle
        await oracle.noteStart(of: tasks[index], work.record, in: self)
        self.oracle = oracle
        tasks[index].insists = false
        tasks[index].phase = .agent(work.record)
    }

    mutating func agentStep(_ record: IterationRecord, _ index: Int) async {
        wallClock.set(wallClock.now() + .seconds(1 + dice.roll(300)))
        if !agent.isGood {
            if dice.chance(12) { return await stop(index) }
            if dice.chance(6) { await proveAnswer(index) }
            if dice.chance(3) { await hearLive(record, index) }
            guard !journal.isDead else { return }
        }
        await endAgent(record, index)
    }

    /// The service answers: others of the account need not wait any more.
    private mutating func proveAnswer(_ index: Int) async {
        guard let probe = tasks[index].shell?.probe else { return }
        note("\(index): its probe works")
        oracle.noteAnswer(of: tasks[index])
        await decide(.probeWorks(began: probe.began), index)
    }

    mutating func endAgent(_ record: IterationRecord, _ index: Int) async {
        guard case .agent = tasks[index].phase, let shell = tasks[index].shell else { return }
        let workspace = tasks[index].workspace
        let isStopping = tasks[index].control.isStopping
        let end = isStopping ? .incomplete : agent.end(at: wallClock.now())
        if end.countsAsIteration { workspace.tree = agent.tree(after: workspace.tree) }
        var outcome = AgentOutcome(end: end, sessionID: end == .ok ? "session" : nil, usage: agent.usage())
        var unanswered: PermissionRequest?
        if !agent.isGood, !isStopping, end == .ok, shell.task.spec.questions != nil, dice.chance(4) {
            unanswered = await askPermission(of: &outcome, record, index)
            guard !journal.isDead else { return }
        }
        await writeReceipts(record, index)
        let gate = outcome.end.endedByItself ? agent.gate() : .missing
        if outcome.end.endedByItself { outcome.finalMessage = "done" }
        // The real workspace throws only where the disk does.
        guard let kept = try? await workspace.checkpoint(.iterationEnded, iteration: record.number) else { return }
        var report = IterationReport(
            number: record.number,
            end: outcome.end,
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
            counted: outcome.end.countsAsIteration
        )
        ended.wasStopped = isStopping
        ended.unanswered = unanswered
        ended.messages = tasks[index].told.isEmpty ? nil : tasks[index].told
        ended.performer = IterationOutcome.Performer(shell.task.spec.agent)
        note(
            "\(index): agent ends \(record.number).\(record.attempt): \(report.end), "
                + "tree \(report.tree?.rawValue.suffix(6) ?? "-"), ready: \(gate.isReady)"
        )
        oracle.noteEnd(of: tasks[index], report, record, at: wallClock.now())
        tasks[index].phase = .idle
        let losses = journal.losses
        await decide(.iterationEnded(report, ended), index)
        if journal.losses > losses || journal.isDead { oracle.noteLoss() }
    }

    mutating func endChecks(_ number: Int, of index: Int) async throws {
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
}
