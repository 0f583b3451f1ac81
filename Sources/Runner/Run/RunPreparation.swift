import Checks
import Domain
import Journal
import LoopCore
import Processes
import Workspaces

/// Everything that must be there before the first iteration of a run.
struct RunPreparation: Sendable {
    let parts: ServiceParts
    let confinement: Confinement
    let observer: any RunObserver
    let control: ProcessControl
    var kept: KeptWorkspace?

    func prepare(_ task: TaskRecord, plan: RunPlan) async throws -> (RunParts, RunStart) {
        try makeDirectories(parts.state.task(task.id).home)
        let workspace = try await openWorkspace(of: task)
        return try await workspace.closingOnFailure { try await prepare(task, plan: plan, in: $0) }
    }

    private func prepare(
        _ task: TaskRecord,
        plan: RunPlan,
        in workspace: any Workspace
    ) async throws -> (RunParts, RunStart) {
        let runParts = parts.run(
            of: task.spec,
            in: workspace,
            confinement: confinement,
            observer: observer,
            control: control
        )
        try await setUp(task, in: runParts)
        return (runParts, try await start(of: task, plan: plan, in: workspace))
    }

    // MARK: - Workspace

    private func openWorkspace(of task: TaskRecord) async throws -> any Workspace {
        let provider = parts.workspaces(confinement)
        let site = parts.site(of: task.spec)
        guard try await parts.journal.checkpoints(of: task.id).isEmpty else {
            if let workspace = await kept?.take(for: task.spec) { return workspace }
            return try await reopen(site, provider)
        }
        observer.observe(.preparing(.workspace(files: nil)))
        do {
            let created = try await control.ending(at: .forced) { try await provider.create(site) }
            try await created.workspace.closingOnFailure { _ in
                try await parts.journal.recordCheckpoint(created.base, of: task.id)
            }
            observer.announce(created.notices)
            return created.workspace
        } catch WorkspaceError.alreadyExists {
            // The last owner died between the making of the workspace and the line in the journal.
            let workspace = try await control.ending(at: .forced) { try await provider.open(site) }
            return try await workspace.closingOnFailure { workspace in
                let report = try await workspace.checkpoint(.recovered, iteration: 0)
                try await parts.journal.recordCheckpoint(report.checkpoint, of: task.id)
                return workspace
            }
        }
    }

    private func reopen(_ site: WorkspaceSite, _ provider: any WorkspaceProvider) async throws -> any Workspace {
        let (workspace, isMended) = try await control.ending(at: .forced) { try await provider.openMended(site) }
        if isMended { observer.observe(.notice(.gitDirectoryRebuilt)) }
        return workspace
    }

    /// Runs the setup command, once for a workspace; it is run again as long as it fails.
    private func setUp(_ task: TaskRecord, in run: RunParts) async throws {
        guard let line = task.spec.repository.setupCommand, !Marker.exists(run.directory.setUpMarker) else { return }
        observer.observe(.preparing(.setupCommand(line)))
        let spool = "\(run.directory.run(task.runs))/setup"
        try makeDirectories(spool)
        let confined = confinement.shellCommand(
            line,
            binds: run.workspace.binds,
            workingDirectory: run.workspace.workingDirectory
        )
        let supervised = confined.supervised(in: confinement, spool: spool, deadline: task.spec.timeouts.check)
        let runner = CheckRunner(supervisor: parts.supervisor, clock: parts.surroundings.clock)
        let (execution, problem) = await run.withinDisk(output: spool) {
            await runner.run(supervised) { control.attach($0) }
        }
        control.detach()
        run.announceRefusals()
        await run.settle(spool)
        if let reason = control.stopReason { throw RunStopped(reason: reason) }
        if let problem { throw RunStopped(reason: .blocked(.environment(problem))) }
        guard execution.verdict.isPassed else {
            throw RunStopped(
                reason: .blocked(
                    .environment(
                        .setupCommandFailed(
                            command: line,
                            exitCode: execution.verdict.exitCode,
                            outputTail: execution.outputTail,
                            limitHits: execution.limitHits
                        )
                    )
                )
            )
        }
        try Marker.make(run.directory.setUpMarker)
        // It was run again, in files that were made anew: the agent's work is not its ground.
        guard try await parts.journal.iterations(of: task.id).isEmpty else { return }
        // What the command made is the ground the agent stands on, not its work.
        let report = try await run.workspace.checkpoint(.base, iteration: task.iterations)
        try await parts.journal.recordCheckpoint(report.checkpoint, of: task.id)
    }

    // MARK: - Where the loop begins

    /// The agent works meanwhile: nothing of the workspace is touched.
    func prepare(_ task: TaskRecord, goingOnWith adoption: Adoption) async throws -> (RunParts, RunStart) {
        guard let machine = LoopState.decode(task.loopMemory)?.following(LoopRules(task.spec)) else {
            throw ServiceError.noWorkspace(task.id)
        }
        // What the agent did to its own git directory is no reason to lose its work; the next run mends that.
        let workspace = try await parts.workspaces(confinement).openDamaged(parts.site(of: task.spec))
        let runParts = parts.run(
            of: task.spec,
            in: workspace,
            confinement: confinement,
            observer: observer,
            control: control
        )
        do {
            return (runParts, try await start(of: task, machine, goingOnWith: adoption))
        } catch {
            await workspace.close()
            throw error
        }
    }

    private func start(
        of task: TaskRecord,
        _ machine: LoopMachine,
        goingOnWith adoption: Adoption
    ) async throws -> RunStart {
        let checkpoints = try await parts.journal.checkpoints(of: task.id)
        let base = checkpoints.last { $0.cause == .base } ?? checkpoints.first
        guard let base, let first = checkpoints.first, let last = checkpoints.last else {
            throw ServiceError.noWorkspace(task.id)
        }
        let records = try await parts.journal.iterations(of: task.id).filter { $0.endedAt != nil }
        return RunStart(
            task: task,
            machine: machine,
            opening: .adoption,
            trees: ReferenceTrees(
                base: base.tree,
                accepted: task.acceptedTree ?? base.tree,
                baseCommit: first.commit
            ),
            history: PromptHistory(of: records, checks: task.spec.checks),
            point: CheckpointPoint(last),
            lastRecord: records.last,
            skipsWait: false,
            adoption: adoption
        )
    }

    private func start(of task: TaskRecord, plan: RunPlan, in workspace: any Workspace) async throws -> RunStart {
        let checkpoints = try await parts.journal.checkpoints(of: task.id)
        let base = checkpoints.last { $0.cause == .base } ?? checkpoints.first
        guard let base, let first = checkpoints.first else { throw ServiceError.noWorkspace(task.id) }
        // A person may have worked in the workspace since the last checkpoint: that is not the agent's progress.
        let now = try await workspace.checkpoint(.stopped, iteration: task.iterations)
        if !now.isUnchanged { try await parts.journal.recordCheckpoint(now.checkpoint, of: task.id) }
        if workspace.wasCopied { try await tellOfCopy(workspace, now.checkpoint, after: checkpoints.last) }
        // Whoever resumes has seen what is asked: what is still open is not waited for.
        try await parts.questionDesk(of: task.spec).closeQuestions()
        let records = try await parts.journal.iterations(of: task.id).filter { $0.endedAt != nil }
        let current = now.checkpoint
        let start = LoopStart(task: task, plan: plan, tree: current.tree, base: base.tree)
        let accepted = start.task.acceptedTree ?? base.tree
        var history = PromptHistory(of: records, checks: task.spec.checks)
        if history.last?.isReady == true, !task.spec.protected.isEmpty {
            history.changedProtectedPaths = try await workspace.changedPaths(
                from: accepted,
                to: current.tree,
                matching: task.spec.guarded
            )
        }
        return RunStart(
            task: start.task,
            machine: start.machine,
            opening: start.opening,
            trees: ReferenceTrees(
                base: base.tree,
                accepted: accepted,
                baseCommit: first.commit
            ),
            history: history,
            point: CheckpointPoint(current),
            lastRecord: records.last,
            skipsWait: plan.request.skipsWait
        )
    }
}

extension RunPreparation {
    /// Says what of a copy is not as the last checkpoint has it: a copy may be incomplete.
    fileprivate func tellOfCopy(
        _ workspace: any Workspace,
        _ now: Checkpoint,
        after last: Checkpoint?
    ) async throws {
        guard let last else { return }
        let paths = try await workspace.changedPaths(from: last.tree, to: now.tree, matching: nil)
        observer.observe(.notice(.recovery(.takenUp(changed: paths, since: last.number))))
    }
}

/// What a run begins with.
struct RunStart: Sendable {
    var task: TaskRecord
    var machine: LoopMachine
    var opening: LoopStart.Opening
    var trees: ReferenceTrees
    var history: PromptHistory
    /// The checkpoint of the files as they are.
    var point: CheckpointPoint
    /// The last iteration that ended; `nil` before the first.
    var lastRecord: IterationRecord?
    /// A person wants the first iteration now, whatever is known about the account.
    var skipsWait: Bool
    /// The iteration that is gone on with.
    var adoption: Adoption?

    /// The beginning of the next loop of the same run, with what came back of the work's review.
    func goingOn(_ newTask: TaskRecord, after shell: RunShell) -> RunStart {
        var next = self
        next.task = newTask
        next.machine =
            LoopState.decode(newTask.loopMemory)
            ?? LoopMachine(
                rules: LoopRules(newTask.spec),
                memory: LoopMemory(
                    iterationsUsed: newTask.iterations,
                    usage: newTask.usage,
                    activeTime: newTask.activeTime
                )
            )
        next.opening = .iteration
        next.point = shell.point
        next.history = shell.history
        next.lastRecord = shell.current
        next.skipsWait = false
        next.adoption = nil
        return next
    }

    func with(_ newTask: TaskRecord) -> RunStart {
        var copy = self
        copy.task = newTask
        return copy
    }
}
