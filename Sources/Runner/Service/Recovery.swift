import Agents
import Domain
import Journal
import LoopCore
import Processes
import Workspaces

/// Brings tasks whose owner died into a state from which they can go on.
///
/// The shim has ended the agent by then: its control pipe closed with the owner, and nobody took the agent over. What the agent
/// printed is in the spool, what it wrote is in the workspace.
struct Recovery: Sendable {
    let parts: ServiceParts
    /// Gets the workspace, where it was opened, instead of its being closed.
    var kept: KeptWorkspace?

    init(parts: ServiceParts, keepingIn kept: KeptWorkspace? = nil) {
        self.parts = parts
        self.kept = kept
    }

    /// Looks whether somebody still owns the task, and recovers it where nobody does.
    func recoverIfAbandoned(_ task: TaskRecord) async throws -> TaskRecord {
        guard task.isOwned || task.hasDeadOwner else { return task }
        return try await owning(task) { try await recover($0, closing: false) }
    }

    /// The same for one task of many: only that its owner died is recorded.
    ///
    /// That takes the same time however much the agent had printed and however large its tree is. The rest is left to whoever
    /// looks at the task by itself.
    func noteIfAbandoned(_ task: TaskRecord) async throws -> TaskRecord {
        guard task.isOwned else { return task }
        return try await owning(task, note)
    }

    private func note(_ task: TaskRecord) async throws -> TaskRecord {
        guard task.isOwned else { return task }
        // Where no shim tells of its end, something of the agent may be left: that is not to wait.
        guard let open = try await openIteration(of: task), case .ended? = try? spool(of: open, task).state() else {
            return try await recover(task, closing: false)
        }
        return try await interrupt(task, was: task.status)
    }

    /// Returns the task as it is where somebody else owns it.
    private func owning(_ task: TaskRecord, _ body: (TaskRecord) async throws -> TaskRecord) async throws -> TaskRecord
    {
        let directory = parts.state.task(task.id)
        try makeDirectories(directory.root)
        guard let lock = try OwnerLock.acquire(directory.ownerLock) else { return task }
        defer { lock.release() }
        guard let current = try await parts.journal.task(task.id) else { return task }
        do {
            return try await body(current)
        } catch JournalError.diskFull {
            // Who only wants to look can: the next one, with room, records it.
            return current.isOwned ? current.abandoned(at: parts.surroundings.wallClock.now()) : current
        }
    }

    /// Records what an owner that died left behind; the caller holds the task's lock.
    ///
    /// A task that is not active, and of whose death nothing is left to record, is returned as it is. Where the agent came to
    /// its own end meanwhile, and without `closing`, its iteration stays open for who goes on with it.
    func recover(_ task: TaskRecord, closing: Bool = true) async throws -> TaskRecord {
        guard task.isOwned else {
            guard task.hasDeadOwner, try await openIteration(of: task) != nil else { return task }
            if !closing, try await Adopter(parts: parts).ended(task) != nil { return task }
            return try await close(task)
        }
        if !closing, try await Adopter(parts: parts).ended(task) != nil {
            _ = await keepTree(of: task, iteration: task.iterations)
            return try await interrupt(task, was: task.status)
        }
        return try await close(task)
    }

    /// Records that the owner of the task died, or who ended what it had started, and its open iteration as cut off.
    func close(_ task: TaskRecord, because cause: InterruptCause = .ownerDied) async throws -> TaskRecord {
        var recovered = task
        let iterations = try await parts.journal.iterations(of: task.id)
        let open = iterations.last { $0.endedAt == nil }
        let hits = await endRemains(of: task, at: open)
        let kept = await keepTree(of: task, iteration: open?.number ?? task.iterations)
        var machine = LoopState.decode(task.loopMemory)
        if let open {
            var record = try await lostRecord(open, of: task, after: iterations)
            record.outcome?.checkpoint = kept?.checkpoint
            record.outcome?.limitHits = hits
            let time = LostTime.of(spool(of: open, task))
            machine?.noteOwnerDeath(in: record, activeTime: time, tree: kept?.checkpoint.tree)
            recovered.iterations = max(task.iterations, open.number)
            recovered.wait = nil
            recovered.sessionID = record.outcome?.agent.sessionID ?? task.sessionID
            if let machine { recovered.usage = machine.usage }
            recovered.activeTime = machine?.activeTime ?? task.activeTime + time
            recovered.loopMemory = try machine.map(LoopState.encode)
            try await parts.journal.endIteration(record, task: recovered)
        } else if machine?.noteOwnerDeathInChecks(of: task, in: parts.state.task(task.id)) == true, let machine {
            recovered.activeTime = machine.activeTime
            recovered.loopMemory = try LoopState.encode(machine)
        }
        // What was decided holds, though the last line of it was not written. Before it runs or waits, a task has the state of its
        // last run.
        let isThisRuns = task.status == .running || task.status == .waiting
        let decided = open == nil && isThisRuns ? machine?.decidedStop : nil
        return try await interrupt(recovered, decided ?? .interrupted(cause), was: task.status)
    }

    private func interrupt(_ task: TaskRecord, _ decided: Reason? = nil, was: TaskStatus) async throws -> TaskRecord {
        let stopped = task.abandoned(decided, at: parts.surroundings.wallClock.now())
        _ = try await parts.journal.update(stopped, expecting: was)
        return stopped
    }

    /// Keeps the tree as the dead run left it; `nil` where there is no workspace, or none that can be read: then the
    /// files stay where they are, and the next run says what is wrong with them.
    private func keepTree(of task: TaskRecord, iteration: Int) async -> CheckpointReport? {
        do {
            let confinement = try await parts.confinement(for: task.spec)
            let workspace = try await parts.workspaces(confinement).open(parts.site(of: task.spec))
            let report = try await workspace.closingOnFailure { workspace in
                let report = try await workspace.checkpoint(.recovered, iteration: iteration)
                try await parts.journal.recordCheckpoint(report.checkpoint, of: task.id)
                return report
            }
            if let kept { kept.keep(workspace, for: task.spec) } else { await workspace.close() }
            return report
        } catch {
            return nil
        }
    }

    /// Whether the agent had said its last word when its shim ended it: such as one that reads on until makima closes its input.
    func hadFinished(_ open: IterationRecord, of task: TaskRecord) async throws -> Bool {
        let iterations = try await parts.journal.iterations(of: task.id)
        return try await lostRecord(open, of: task, after: iterations).outcome?.agent.end == .ok
    }

    /// The iteration as it must be recorded: what the agent had printed until then is read once more.
    private func lostRecord(
        _ open: IterationRecord,
        of task: TaskRecord,
        after iterations: [IterationRecord]
    ) async throws -> IterationRecord {
        let request = request(task, open, after: iterations)
        let spool = spool(of: open, task)
        let now = parts.surroundings.wallClock.now()
        var reader = parts.agents.agent(of: task.spec.agent.kind).makeReader(for: request)
        var unreadable: String?
        // Without a file for its output the agent was never started.
        if Marker.exists(spool.outputPath) {
            do {
                for try await chunk in spool.contents() where chunk.stream == .output {
                    _ = reader.consume(chunk.bytes)
                }
            } catch let cancelled as CancellationError {
                throw cancelled
            } catch {
                // What cannot be read never can: the task must not hang on it.
                unreadable = "\(error)"
            }
        }
        _ = reader.finish()
        let outcome = reader.outcome(of: AgentExit(.ownerLost(nil), endedAt: now))
            .ownShare(of: task.spec.agent.kind, after: iterations)
            .priced(for: task.spec.agent)
        var record = open
        record.endedAt = now
        record.outcome = IterationOutcome(
            agent: outcome,
            gate: .missing,
            checkpoint: nil,
            counted: true,
            ownerDied: true
        )
        record.outcome?.performer = IterationOutcome.Performer(task.spec.agent)
        record.outcome?.unreadableOutput = unreadable
        return record
    }

    private func openIteration(of task: TaskRecord) async throws -> IterationRecord? {
        try await parts.journal.iterations(of: task.id).last { $0.endedAt == nil }
    }

    func spool(of open: IterationRecord, _ task: TaskRecord) -> Spool {
        Spool(parts.state.task(task.id).iteration(open.number, attempt: open.attempt, run: open.run))
    }

    private func request(
        _ task: TaskRecord,
        _ open: IterationRecord,
        after iterations: [IterationRecord]
    ) -> AgentRequest {
        AgentRequest(
            configuration: task.spec.agent,
            plan: task.spec.plan,
            prompt: "",
            taskID: task.id,
            iteration: open.number,
            maxIterations: task.spec.limits.maxIterations,
            session: task.sessionID.map { AgentSession(id: $0, in: iterations) },
            site: .confined
        )
    }
}

extension TaskRecord {
    /// Whether some process works on the task, or did when it died.
    ///
    /// A task that stopped where it would have had to wait has a reason; one that really waits has none yet.
    var isOwned: Bool { status.isActive && reason == nil }

    /// The task as its owner's death leaves it; `decided` is why it had stopped before.
    fileprivate func abandoned(_ decided: Reason? = nil, at time: Timestamp) -> TaskRecord {
        var stopped = self
        stopped.reason = decided ?? .interrupted(.ownerDied)
        stopped.status = decided?.status ?? .interrupted
        stopped.updatedAt = time
        return stopped
    }

    /// Whether it is recorded that its owner died; perhaps not yet what became of its iteration.
    var hasDeadOwner: Bool { status == .interrupted && reason == .interrupted(.ownerDied) }
}

extension LoopMachine {
    /// Why the loop had come to its end; `nil` where it had not, or where something of it is still to be done.
    ///
    /// What a person stopped stays stopped by a person: whoever takes up what a death interrupted must not begin it again.
    fileprivate var decidedStop: Reason? {
        guard unfinishedBusiness == nil, case .stopped(let reason) = state else { return nil }
        return reason
    }

    /// Counts the iteration in which the owner died.
    fileprivate mutating func noteOwnerDeath(in record: IterationRecord, activeTime: Duration, tree: TreeID?) {
        var memory = memory
        var usage = record.outcome?.agent.usage ?? Usage()
        if rules.maySpendUntold == true { usage.noteUntold() }
        memory.noteLost(
            iteration: record.number,
            usage: usage,
            activeTime: activeTime,
            tree: tree
        )
        if rules.context == .continue, record.outcome?.agent.sessionID != nil { memory.noteLostSession() }
        self = LoopMachine(rules: rules, memory: memory)
    }

    /// Counts the time of the checks in which the owner died; they are owed still.
    ///
    /// Returns false where it died in none.
    fileprivate mutating func noteOwnerDeathInChecks(of task: TaskRecord, in directory: TaskDirectory) -> Bool {
        guard case .checking(let report) = state else { return false }
        let label = TaskDirectory.checksLabel(run: task.runs, iteration: report.number)
        let spools = task.spec.checks.indices.map { Spool(directory.check($0, label: label)) }
        var memory = memory
        memory.noteLost(activeTime: spools.map(LostTime.of).reduce(.zero, +))
        self = LoopMachine(rules: rules, memory: memory, owedVerdictOn: report)
        return true
    }
}
