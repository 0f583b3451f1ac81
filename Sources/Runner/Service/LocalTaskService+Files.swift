package import Domain
import Journal
import Workspaces

/// What can be done with the files of a task that is not running.
extension LocalTaskService {
    package func diff(_ id: TaskID, _ range: DiffRange) async throws -> TaskDiff {
        let task = try await existing(id)
        let checkpoints = try await parts.journal.checkpoints(of: id)
        guard let first = checkpoints.first, let last = checkpoints.last else { throw ServiceError.noWorkspace(id) }
        let wanted =
            switch range {
            case .total: (first, last)
            case .iteration(let number): try Self.around(iteration: number, of: id, in: checkpoints)
            }
        // A task that runs imports by itself, between its iterations.
        if OwnerLock.owner(parts.state.task(id).ownerLock) == nil {
            try await importCheckpoints(of: task)
        }
        let repository = task.spec.repository
        let sets = try await PrivateRefReader(git: parts.git).refs(in: repository.path)
        let kept = sets.first { $0.task == id }?.refs.compactMap(\.checkpoint) ?? []
        let ends = DiffEnds(wanted, of: checkpoints, kept: Set(kept))
        let confinement = try await parts.confinement(for: task.spec)
        let text = try await parts.workspaces(confinement)
            .diff(in: repository, from: ends.from.commit, to: ends.to.commit)
        return TaskDiff(text, upTo: ends.to.number, missing: ends.missing)
    }

    /// Needs nothing of the agent's, and so mends nothing: nobody owns the task meanwhile.
    private func importCheckpoints(of task: TaskRecord) async throws {
        let confinement = try await parts.confinement(for: task.spec)
        do {
            let workspace = try await parts.workspaces(confinement).openDamaged(parts.site(of: task.spec))
            // What exceeds the limit is missed below.
            _ = try await workspace.closingAtTheEnd { try await $0.importCheckpoints() }
        } catch WorkspaceError.removed {
            // Everything was imported before.
        } catch WorkspaceError.treeGone, WorkspaceError.treeUnfinished, WorkspaceError.treeReplaced {
            // What was imported can be looked at all the same, and what was not is missed below.
        } catch let error as WorkspaceError {
            throw WorkspaceTrouble(error, task)
        }
    }

    /// The checkpoints before and after one iteration.
    private static func around(
        iteration number: Int,
        of id: TaskID,
        in checkpoints: [Checkpoint]
    ) throws(ServiceError) -> (Checkpoint, Checkpoint) {
        let ends: Set<CheckpointCause> = [.iterationEnded, .recovered]
        let index = checkpoints.lastIndex { $0.iteration == number && ends.contains($0.cause) }
        guard let index else { throw .noSuchIteration(id, number) }
        let before = checkpoints[..<index].last { $0.iteration < number || $0.cause != .heartbeat }
        return (before ?? checkpoints[0], checkpoints[index])
    }

    package func restore(_ id: TaskID, to number: Int) async throws -> RestoredFiles {
        try await requireNoAgent(of: id)
        let lock = try await own(id)
        defer { lock.release() }
        let task = try await recovered(id)
        let remade = try await remakeTree(of: task, for: number)
        return try await withWorkspace(of: task) { workspace in
            let restoration = try await workspace.restore(to: number, iteration: task.iterations)
            try await parts.journal.recordCheckpoint(restoration.before.checkpoint, of: id)
            try await parts.journal.recordCheckpoint(restoration.after.checkpoint, of: id)
            return RestoredFiles(
                kept: restoration.before.checkpoint,
                made: restoration.after.checkpoint,
                isRemade: remade != nil,
                copyProblem: remade?.copyProblem
            )
        }
    }

    /// Makes the files anew where their directory is gone; then the setup command is due again.
    private func remakeTree(of task: TaskRecord, for number: Int) async throws -> RemadeTree? {
        let site = parts.site(of: task.spec)
        guard case .broken = site.condition() else { return nil }
        let provider = try await parts.workspaces(parts.confinement(for: task.spec))
        return try await naming(task) {
            guard try provider.lacksTree(site) else { return nil }
            guard try await parts.journal.checkpoints(of: task.id).contains(where: { $0.number == number }) else {
                throw WorkspaceError.unknownCheckpoint(number)
            }
            try Marker.remove(parts.state.task(task.id).setUpMarker)
            return try await provider.remakeTree(of: site)
        }
    }

    package func merge(
        _ id: TaskID,
        into branch: String?,
        observer: any RunObserver,
        stops: StopRequests
    ) async throws -> MergeResult {
        try await requireNoAgent(of: id)
        let lock = try await own(id)
        defer { lock.release() }
        let task = try await recovered(id)
        try parts.requireRoom()
        guard task.isProven else { throw ServiceError.notProven(task.call(id.short), task.status) }
        let repository = task.spec.repository
        try parts.requireLimits(of: task.spec.sandbox)
        guard let target = branch ?? repository.targetBranch ?? repository.baseBranch else {
            throw ServiceError.noTargetBranch(id)
        }
        let control = ProcessControl()
        return try await control.whileHearing(stops, observer, parts.stopNote(of: id)) {
            do {
                return try await naming(task) {
                    try await control.ending(at: .forced) {
                        try await merge(task, into: target, observer: observer, control: control)
                    }
                }
            } catch let stopped as RunStopped {
                // A check of the merge that had no room says that itself.
                guard case .interrupted = stopped.reason else { throw stopped }
                return .interrupted(branch: target)
            }
        }
    }

    private func merge(
        _ task: TaskRecord,
        into target: String,
        observer: any RunObserver,
        control: ProcessControl
    ) async throws -> MergeResult {
        let checkpoints = try await parts.journal.checkpoints(of: task.id)
        guard let first = checkpoints.first else { throw ServiceError.noWorkspace(task.id) }
        // What the checks print is stored without secrets of the agent's, which its files may hold.
        var confinement = try await parts.confinement(for: parts.withValues(task.spec))
        let network = try TaskNetwork.open(for: task.spec, in: confinement.directory)
        defer { network?.close() }
        confinement.network = network
        let (workspace, isMended) = try await parts.workspaces(confinement)
            .openMended(parts.site(of: task.spec))
        if isMended { observer.observe(.notice(.gitDirectoryRebuilt)) }
        return try await workspace.closingAtTheEnd { workspace in
            let run = parts.run(
                of: task.spec,
                in: workspace,
                confinement: confinement,
                observer: observer,
                control: control
            )
            let kept = try await workspace.checkpoint(.stopped, iteration: task.iterations).checkpoint
            try await parts.journal.recordCheckpoint(kept, of: task.id)
            let trees = ReferenceTrees(
                base: first.tree,
                accepted: task.acceptedTree ?? first.tree,
                baseCommit: first.commit
            )
            return try await Merge(parts: run, task: task, point: CheckpointPoint(kept), trees: trees).into(target)
        }
    }

    func withWorkspace<Result>(
        of task: TaskRecord,
        _ body: (any Workspace) async throws -> Result
    ) async throws -> Result {
        let confinement = try await parts.confinement(for: task.spec)
        return try await naming(task) {
            let (workspace, _) = try await parts.workspaces(confinement).openMended(parts.site(of: task.spec))
            return try await workspace.closingAtTheEnd(body)
        }
    }

    /// Lets what is wrong with a workspace say how its task is called.
    func naming<Result>(_ task: TaskRecord, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as WorkspaceError {
            throw WorkspaceTrouble(error, task)
        }
    }
}

/// What is wrong with the workspace of a task whose name is known.
struct WorkspaceTrouble: ExplainedError, CustomStringConvertible {
    let error: WorkspaceError
    let task: TaskID
    let isResumable: Bool
    /// The branch with the task's work, where it has one.
    let branch: String?

    init(_ error: WorkspaceError, _ task: TaskRecord) {
        self.error = error
        self.task = task.id
        isResumable = task.status.isResumable
        branch = task.branch
    }

    var description: String { error.description }
    var errorCode: ErrorCode { error.errorCode }
    var hint: String {
        switch error {
        case .notARepository(let path, _), .baseMissing(_, let path):
            "Bring the task's repository back to '\(path)', or put a symbolic link to it there. 'makima discard \(task.short) "
                + "--force' lets go of the task."
        case .removed where branch?.hasPrefix("makima/") == true:
            "Its work is on the branch '\(branch ?? "")': 'git merge \(branch ?? "")'. "
                + error.hint(task: task.short, isResumable: isResumable)
        case .treeGone, .treeUnfinished, .treeReplaced:
            "\(error.hint(task: task.short, isResumable: isResumable)) 'makima discard \(task.short) --force' lets go of "
                + "the task."
        default: error.hint(task: task.short, isResumable: isResumable)
        }
    }
}

/// The checkpoints that a diff compares: those that were asked for, or the last ones before them that are in the repository.
struct DiffEnds: Hashable, Sendable {
    var from: Checkpoint
    var to: Checkpoint
    /// The numbers of those between that are not in the repository.
    var missing: [Int]

    /// `kept` are the numbers of those that are there.
    init(_ wanted: (from: Checkpoint, to: Checkpoint), of all: [Checkpoint], kept: Set<Int>) {
        func nearest(_ end: Checkpoint) -> Checkpoint {
            // Where there is none at all, git says what is wrong with the one that was asked for.
            all.last { $0.number <= end.number && kept.contains($0.number) } ?? end
        }
        from = nearest(wanted.from)
        to = nearest(wanted.to)
        let upTo = to.number
        missing = all.map(\.number).filter { $0 > upTo && $0 <= wanted.to.number }
    }
}

extension WorkspaceProvider {
    /// Opens a workspace, and makes the agent's git directory anew where the agent destroyed it.
    func openMended(_ site: WorkspaceSite) async throws -> (workspace: any Workspace, isMended: Bool) {
        do {
            return (try await open(site), false)
        } catch WorkspaceError.agentGitDestroyed {
            let workspace = try await openDamaged(site)
            try await workspace.rebuildAgentGit()
            return (workspace, true)
        }
    }
}

extension Workspace {
    /// Calls `body` and ends what the workspace keeps running.
    func closingAtTheEnd<Result>(_ body: (any Workspace) async throws -> Result) async throws -> Result {
        let result = try await closingOnFailure(body)
        await close()
        return result
    }

    /// Calls `body` and, where it fails, ends what the workspace keeps running.
    func closingOnFailure<Result>(_ body: (any Workspace) async throws -> Result) async throws -> Result {
        do {
            return try await body(self)
        } catch {
            await close()
            throw error
        }
    }
}

extension TaskRecord {
    /// Whether a verdict stands for the work; a merge that met a conflict does not take it back.
    fileprivate var isProven: Bool {
        switch reason {
        case .completed, .blocked(.mergeConflict), .blocked(.forge): true
        case .iterationLimit, .budget, .stalled, .blocked, .waiting, .paused, .interrupted, .failed, nil: false
        }
    }
}
