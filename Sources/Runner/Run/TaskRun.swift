import Agents
import Checks
import Domain
import Journal
import LoopCore
import Processes
import Workspaces

/// One run of a task from its first preparation to its recorded stop.
///
/// The caller holds the task's lock.
struct TaskRun: Sendable {
    let parts: ServiceParts
    let observer: any RunObserver
    let stops: StopRequests
    let lock: OwnerLock
    /// What a recovery opened just before.
    var kept: KeptWorkspace?

    /// Never throws: whatever goes wrong becomes the task's reason.
    func run(_ task: TaskRecord, plan: RunPlan) async -> TaskRecord {
        let control = ProcessControl()
        return await control.whileHearing(stops, observer, parts.stopNote(of: task.id)) {
            await run(task, plan: plan, control: control)
        }
    }

    private func run(_ task: TaskRecord, plan: RunPlan, control: ProcessControl) async -> TaskRecord {
        var task = task
        do {
            task = try await begin(task)
            let preparation = try await ground(&task, control)
            defer { preparation.confinement.network?.close() }
            for notice in plan.notices { observer.observe(.notice(notice)) }
            let (runParts, start) = try await preparation.prepare(task, plan: plan)
            task = start.task
            let prepared = task
            task = try await runParts.workspace.closingOnFailure { _ in
                if let reason = control.stopReason { throw RunStopped(reason: reason) }
                return try await enter(.starting, prepared)
            }
            return await work(start.with(task), runParts)
        } catch {
            return await stop(task, RunFailure.reason(for: error))
        }
    }

    /// Goes on with the iteration of a former makima, in the same run.
    ///
    /// Where that cannot be done the agent is ended, and the task stands as after the death of its owner.
    func goOn(_ task: TaskRecord, with adoption: Adoption) async -> TaskRecord {
        let control = ProcessControl()
        return await control.whileHearing(stops, observer, parts.stopNote(of: task.id)) {
            do {
                return try await goOn(task, with: adoption, control: control)
            } catch {
                return await giveUp(task, adoption, RunFailure.reason(for: error))
            }
        }
    }

    private func goOn(_ task: TaskRecord, with adoption: Adoption, control: ProcessControl) async throws -> TaskRecord {
        var task = task
        let was = task.status
        task.reason = nil
        task.wait = nil
        // Where its owner's death is recorded, the way to the loop is that of any run.
        if !was.isActive { task = try await enter(.initializing, task, from: was) }
        let preparation = try await ground(&task, control, token: adoption.handover.proxyToken)
        defer { preparation.confinement.network?.close() }
        observer.observe(.notice(.recovery(.adopted(iteration: adoption.record.number))))
        let (runParts, start) = try await preparation.prepare(task, goingOnWith: adoption)
        let prepared = start.task
        task = try await runParts.workspace.closingOnFailure { _ in
            let starting = was.isActive ? prepared : try await enter(.starting, prepared)
            return try await enter(.running, starting)
        }
        return await work(start.with(task), runParts)
    }

    /// What every run must have, whether it begins an iteration or goes on with one: a later one is begun in any case.
    ///
    /// The caller closes the network; `token` is what an agent that works already shows to its proxy.
    private func ground(
        _ task: inout TaskRecord,
        _ control: ProcessControl,
        token: String? = nil
    ) async throws -> RunPreparation {
        task.spec = try parts.withValues(task.spec)
        let missing = task.spec.missingVariables
        guard missing.isEmpty else { throw RunStopped(reason: .blocked(.environment(.variablesMissing(missing)))) }
        try parts.requireLimits(of: task.spec.sandbox)
        var confinement = try await parts.confinement(for: task.spec)
        confinement.lock = lock
        confinement.network = try TaskNetwork.open(for: task.spec, in: confinement.directory, token: token)
        observer.observe(.began(task, sandbox: confinement.state))
        var preparation = RunPreparation(
            parts: parts,
            confinement: confinement,
            observer: observer,
            control: control
        )
        preparation.kept = kept
        return preparation
    }

    private func giveUp(_ task: TaskRecord, _ adoption: Adoption, _ reason: Reason) async -> TaskRecord {
        if case .working(let process) = adoption.agent {
            process.interrupt()
            // How it ended is in its record, which is read now.
            _ = try? await process.exit()
        }
        do {
            let current = try await parts.journal.task(task.id) ?? task
            let closed = try await Recovery(parts: parts).close(current)
            if case .interrupted = reason { return closed }
            return await stop(try await enter(.initializing, closed, from: closed.status), reason)
        } catch {
            return await stop(task, RunFailure.reason(forJournal: error))
        }
    }

    /// Runs the loop to its end, and once more for each time that something comes back of the work's review.
    private func work(_ start: RunStart, _ runParts: RunParts) async -> TaskRecord {
        var (start, runParts) = (start, runParts)
        while true {
            let shell = await TaskRunner(parts: runParts).run(RunShell(parts: runParts, start: start), start.opening)
            let lost = Reason.failed(.internalError(message: "The loop ended without a reason."))
            var ending = RunEnding(parts: runParts, point: shell.point, trees: shell.trees)
            ending.last = shell.current
            switch await ending.finish(shell.task, reason: shell.stopReason ?? lost) {
            case .ended(let task):
                await runParts.workspace.close()
                return task
            case .goesOn(let task):
                runParts = shell.parts
                start = start.goingOn(task, after: shell)
            }
        }
    }

    private func begin(_ task: TaskRecord) async throws -> TaskRecord {
        var begun = task
        // A journal that came back from a copy does not know of all runs whose output is there.
        begun.runs = max(begun.runs, parts.state.task(task.id).lastRun) + 1
        begun.reason = nil
        return try await enter(.initializing, begun, from: task.status)
    }

    private func enter(_ status: TaskStatus, _ task: TaskRecord, from: TaskStatus? = nil) async throws -> TaskRecord {
        var changed = task
        changed.status = status
        changed.updatedAt = parts.surroundings.wallClock.now()
        guard try await parts.journal.update(changed, expecting: from ?? task.status) else {
            throw ServiceError.running(task.id, owner: nil)
        }
        return changed
    }

    /// Records a stop that came before the loop began.
    private func stop(_ task: TaskRecord, _ reason: Reason) async -> TaskRecord {
        var stopped = task
        stopped.status = reason.status
        stopped.reason = reason
        stopped.updatedAt = parts.surroundings.wallClock.now()
        do {
            _ = try await parts.journal.update(stopped, expecting: task.status)
        } catch {
            let reason = RunFailure.reason(forJournal: error)
            stopped.reason = reason
            stopped.status = reason.status
        }
        observer.observe(.finished(stopped))
        return stopped
    }
}

/// Turns what went wrong outside of the loop into the task's reason.
enum RunFailure {
    static func reason(for error: any Error) -> Reason {
        switch error {
        case let reason as RunStopped: reason.reason
        case ServiceError.sandboxUnavailable(let detail): .blocked(.environment(.sandboxUnavailable(detail: detail)))
        case ServiceError.limitsUnavailable(let limits):
            .blocked(.environment(.limitsUnavailable(detail: limits.cause)))
        case let error as WorkspaceError: reason(for: error)
        case JournalError.diskFull(let path): .blocked(.environment(.diskFull(path: path)))
        case let error as StateDirectoryError where error.code == SystemCode.noSpace:
            .blocked(.environment(.diskFull(path: error.path)))
        case let error as AgentError:
            .blocked(.environment(.agentLaunch(agent: "", message: error.description, attempts: 1)))
        default: .failed(.internalError(message: "\(error)"))
        }
    }

    /// What became impossible because the journal cannot be written.
    static func reason(forJournal error: any Error) -> Reason {
        guard case .failed(.internalError(let message)) = reason(for: error) else { return reason(for: error) }
        return .failed(.internalError(message: "The journal cannot be written: \(message)"))
    }

    /// The event that ends a loop for something that is wrong with the files.
    static func event(for error: any Error) -> LoopMachine.Event {
        event(reason(forFiles: error))
    }

    static func event(_ reason: Reason) -> LoopMachine.Event {
        switch reason {
        case .blocked(let cause): .blocked(cause)
        case .failed(let cause): .failed(cause)
        case let other: .failed(.internalError(message: other.code))
        }
    }

    /// Files that cannot be kept are the workspace's trouble, whoever made them so.
    static func reason(forFiles error: any Error) -> Reason {
        if case WorkspaceError.gitFailed(_, .code(_), _) = error {
            return .blocked(.workspaceBroken(detail: "\(error)"))
        }
        guard case .failed(.internalError(let message)) = reason(for: error) else { return reason(for: error) }
        return .blocked(.workspaceBroken(detail: message))
    }

    private static func reason(for error: WorkspaceError) -> Reason {
        switch error {
        case .broken, .treeGone, .treeUnfinished, .treeReplaced:
            .blocked(.workspaceBroken(detail: error.brokenness ?? error.description))
        case .fileSystem(_, let path, SystemCode.noSpace): .blocked(.environment(.diskFull(path: path)))
        case .notARepository(let path, let detail):
            .blocked(.environment(.repositoryUnusable(path: path, detail: detail)))
        case .baseMissing(let base, let path):
            .blocked(.environment(.repositoryUnusable(path: path, detail: "it has no commit \(base.short)")))
        case .foreignOwner(let path):
            .blocked(.environment(.repositoryUnusable(path: path, detail: "it belongs to another user")))
        case .objectsMissing(let count, let command):
            .blocked(.environment(.objectsMissing(count: count, command: command)))
        case .gitFailed(let operation, let status, let message):
            .blocked(.environment(.gitFailed(operation: operation, detail: detail(status, message))))
        case .locked(let path): .blocked(.environment(.repositoryLocked(path: path)))
        default: .failed(.internalError(message: error.description))
        }
    }
}

extension RunFailure {
    private static func detail(_ status: ExitStatus, _ message: String) -> String {
        switch status {
        case .code(let code): "\(message) (status \(code))"
        case .signal(let signal): "It was killed (signal \(signal))."
        }
    }
}

/// A stop that the preparation of a run decided.
struct RunStopped: Error {
    var reason: Reason
}

private enum SystemCode {
    /// ENOSPC.
    static let noSpace: Int32 = 28
}
