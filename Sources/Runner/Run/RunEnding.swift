import Domain
import Journal
import Processes
import Workspaces

/// What follows when the loop has stopped: the completion action, the import, and the final line in the journal.
struct RunEnding: Sendable {
    let parts: RunParts
    let point: CheckpointPoint
    let trees: ReferenceTrees
    /// The iteration that was begun last, with its outcome where it is known.
    var last: IterationRecord?

    /// What became of the run.
    enum Outcome: Sendable {
        case ended(TaskRecord)
        /// Something came back of the review, and the loop goes on with it.
        case goesOn(TaskRecord)
    }

    /// Returns the task as it is recorded.
    ///
    /// Never throws: what fails now becomes the reason.
    func finish(_ task: TaskRecord, reason: Reason) async -> Outcome {
        var stopped = task
        await bringOut()
        do {
            try await closeIterations(of: task)
        } catch {
            // The row stays as it is: whoever looks next finds that nobody owns the task, and records how the iteration ended.
            return .ended(tell(stopped, unwritten: error))
        }
        stopped.reason = reason
        if case .completed(let proof) = reason {
            // The last iteration, or a check, may have ended before anybody looked again.
            if let problem = await parts.excess() {
                stopped.reason = .blocked(.environment(problem))
            } else if proof != .empty {
                stopped.reason = nil
                let (completed, outcome) = await complete(stopped, proof)
                stopped = completed
                switch outcome {
                case .ended(let reason): stopped.reason = reason
                case .goesOn: return .goesOn(stopped)
                }
            }
        }
        return .ended(await record(stopped))
    }

    /// Whoever insists meanwhile does not wait for it: what is not brought out now is by the next run, or by whoever looks.
    private func bringOut() async {
        if point.tree != trees.base { parts.observer.observe(.preparing(.importing)) }
        // What else fails is told by itself.
        try? await parts.control.ending(at: .forced, onlyLater: true) {
            await parts.importCheckpoints()
            await nameSecrets()
        }
    }

    private func record(_ task: TaskRecord) async -> TaskRecord {
        var stopped = task
        stopped.status = stopped.reason?.status ?? .failed
        stopped.updatedAt = parts.surroundings.wallClock.now()
        do {
            guard try await parts.journal.update(stopped, expecting: task.status) else {
                throw ServiceError.running(task.id, owner: nil)
            }
        } catch {
            return tell(stopped, unwritten: error)
        }
        await keepCopy()
        parts.observer.observe(.finished(stopped))
        return stopped
    }

    private func keepCopy() async {
        do {
            try await parts.journal.keepCopy()
        } catch {
            parts.observer.observe(.notice(.recovery(.journalNotCopied("\(error)"))))
        }
    }

    /// Returns the task with what the journal does not say, because it cannot be written.
    private func tell(_ task: TaskRecord, unwritten error: any Error) -> TaskRecord {
        var stopped = task
        let reason = RunFailure.reason(forJournal: error)
        stopped.reason = reason
        stopped.status = reason.status
        parts.observer.observe(.finished(stopped))
        return stopped
    }

    /// Ends what is still open in the journal, as after a write that failed: nothing of the task runs any more.
    private func closeIterations(of task: TaskRecord) async throws {
        for var record in try await parts.journal.iterations(of: task.id) where record.endedAt == nil {
            if let last, last.outcome != nil, last.isSameTry(as: record) {
                try await parts.journal.endIteration(last, task: task)
                continue
            }
            record.endedAt = parts.surroundings.wallClock.now()
            record.outcome = IterationOutcome(
                agent: AgentOutcome(end: .incomplete),
                gate: .missing,
                checkpoint: nil,
                counted: false
            )
            try await parts.journal.endIteration(record, task: task)
        }
    }

    /// Files that look like secrets are in no checkpoint and on no branch: whoever wants them has to know.
    private func nameSecrets() async {
        do {
            let paths = try await parts.workspace.secretPaths()
            if !paths.isEmpty { parts.observer.observe(.notice(.secretsLeftOut(paths))) }
        } catch is CancellationError {
            return
        } catch {
            parts.observer.observe(.notice(.checkpointFailed("\(error)")))
        }
    }

    /// A forced wish to stop ends it: what is proven stays proven, and a resume does again what is left of it.
    private func complete(_ task: TaskRecord, _ proof: Proof) async -> (TaskRecord, Review.Outcome) {
        do {
            return try await parts.control.ending(at: .forced) {
                var task = task
                let outcome = await complete(&task, proof)
                return (task, outcome)
            }
        } catch {
            return (task, .ended(RunFailure.reason(for: error)))
        }
    }

    private func complete(_ task: inout TaskRecord, _ proof: Proof) async -> Review.Outcome {
        parts.observer.observe(.preparing(.publishing(task.spec.completion)))
        do {
            switch task.spec.completion {
            case .none:
                task.branch = nil
                return .ended(.completed(proof))
            case .branch:
                task.branch = try await parts.workspace.publishBranch(task.work(of: point.tree))?.name
                return .ended(.completed(proof))
            case .merge:
                let (reason, branch) = try await merge(task, proof)
                task.branch = branch
                return .ended(reason)
            case .pullRequest:
                return try await Review(parts: parts, point: point).carryOut(&task, proof)
            }
        } catch WorkspaceError.importRefused(.resultTooLarge(let held)) {
            parts.observer.observe(.notice(.heldBack(held.sentence)))
            let problem = EnvironmentProblem.diskLimit(used: held.bytes.wholeMiB, limit: held.limit.wholeMiB)
            return .ended(.blocked(.environment(problem)))
        } catch {
            // Whatever a program says that was ended for it.
            if Task.isCancelled, let reason = parts.control.stopReason { return .ended(reason) }
            return .ended(RunFailure.reason(for: error))
        }
    }

    private func merge(_ task: TaskRecord, _ proof: Proof) async throws -> (Reason, branch: String?) {
        guard let target = task.spec.repository.targetBranch ?? task.spec.repository.baseBranch else {
            throw ServiceError.noTargetBranch(task.id)
        }
        let obstacle: MergeObstacle
        do {
            switch try await Merge(parts: parts, task: task, point: point, trees: trees).into(target) {
            case .merged, .upToDate: return (.completed(proof), target)
            case .interrupted: return (parts.control.stopReason ?? .interrupted(.person), nil)
            case .conflict(_, let paths): obstacle = .conflict(paths: paths)
            case .checkoutDirty(_, let paths): obstacle = .checkoutDirty(paths: paths)
            case .checksFailed(let receipts): obstacle = .checksFailed(receipts.filter { !$0.verdict.isPassed })
            }
        } catch let error as WorkspaceError {
            guard let known = MergeObstacle(error) else { throw error }
            obstacle = known
        }
        return (.blocked(.mergeConflict(branch: target, obstacle)), nil)
    }
}

/// The way of a task's work into a branch: rebased, checked there, and fast-forwarded.
struct Merge: Sendable {
    let parts: RunParts
    let task: TaskRecord
    let point: CheckpointPoint
    let trees: ReferenceTrees

    func into(_ target: String) async throws -> MergeResult {
        let receipts = ReceiptBox()
        let work = CheckWork(
            parts: parts,
            spec: task.spec,
            number: task.iterations,
            label: TaskDirectory.mergeLabel(run: task.runs) + "\(point.number)",
            point: point,
            trees: trees
        )
        let outcome = try await parts.workspace.merge(into: target, task.work(of: point.tree)) { checkout in
            let found = try await work.receipts(in: checkout)
            receipts.set(found)
            // A wish to stop that came between two checks, or before there were any, is one all the same.
            return found.allSatisfy(\.verdict.isPassed) && !parts.control.isStopping
        }
        switch outcome {
        case .merged(let commit, let ownBranch):
            return .merged(branch: target, commit: commit, ownBranch: ownBranch)
        case .upToDate: return .upToDate(branch: target)
        case .conflict(let paths): return .conflict(branch: target, paths: paths)
        case .rejected where parts.control.isStopping: return .interrupted(branch: target)
        case .rejected: return .checksFailed(receipts.receipts)
        case .checkoutDirty(let paths): return .checkoutDirty(branch: target, paths: paths)
        }
    }
}

extension TaskRecord {
    /// What commits of the task's work say, and the files they hold: exactly those that were judged.
    func work(of tree: TreeID) -> WorkDescription {
        var work = WorkDescription(title: spec.name, body: spec.plan)
        work.tree = tree
        return work
    }
}

extension MergeObstacle {
    /// `nil` where the error is not about the branch.
    fileprivate init?(_ error: WorkspaceError) {
        switch error {
        case .unknownBranch, .unknownBranchBeforeFirst: self = .branchMissing
        case .targetMoved: self = .branchMoved
        case .filteredCheckout(_, let paths): self = .filtered(paths: paths)
        default: return nil
        }
    }
}

extension IterationRecord {
    fileprivate func isSameTry(as other: IterationRecord) -> Bool {
        number == other.number && attempt == other.attempt && run == other.run
    }
}
