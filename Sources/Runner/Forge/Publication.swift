import Domain
import Journal
import LoopCore
package import Workspaces

/// Brings proven work to a remote, and puts it to review there.
struct Publication: Sendable {
    let parts: RunParts
    let point: CheckpointPoint

    /// Where the work is then.
    struct Published: Sendable {
        var commit: CommitID
        /// `nil` where the remote is no forge that is known.
        var review: (desk: any PullRequestDesk, pullRequest: PullRequest)?
    }

    /// Returns `nil` where there is no work.
    ///
    /// Throws ``RunStopped`` where something is to be done first. What is known of the remote is journaled step by step.
    func publish(_ task: inout TaskRecord, _ proof: Proof) async throws -> Published? {
        guard let base = task.spec.repository.targetBranch ?? task.spec.repository.baseBranch else {
            throw stopped(ForgeObstacle(.baseMissing, remote: task.spec.forge?.remote ?? ""))
        }
        guard let (branch, commit) = try await resultBranch(of: &task) else { return nil }
        let remote = try await remote(for: task.spec)
        if task.forge?.remote != remote.name { task.forge = ForgeRecord(remote: remote.name, branch: branch) }
        try await push(commit, &task)
        guard let desk = try await desk(of: remote, task) else {
            parts.observer.observe(.notice(.review(.pushed(branch: task.forge?.branch ?? branch, remote: remote.name))))
            return Published(commit: commit)
        }
        let pullRequest = try await open(desk, &task, base: base, proof)
        return Published(commit: commit, review: (desk, pullRequest))
    }

    /// The branch in the user's repository; what is at the remote already is not made anew with another date.
    private func resultBranch(of task: inout TaskRecord) async throws -> (branch: String, commit: CommitID)? {
        if let forge = task.forge, let pushed = forge.pushed, forge.tree == point.tree, let branch = task.branch {
            return (branch, pushed)
        }
        guard let published = try await parts.workspace.publishBranch(task.work(of: point.tree)) else { return nil }
        task.branch = published.name
        return (published.name, published.commit)
    }

    // MARK: - The remote

    private func remote(for spec: TaskSpec) async throws -> RemoteRepository.Remote {
        let all = try await repository(of: spec).remotes()
        guard let remote = RemoteRepository.Remote.chosen(spec.forge?.remote, among: all) else {
            throw stopped(ForgeObstacle(.remoteMissing, remote: spec.forge?.remote ?? ""))
        }
        return remote
    }

    private func repository(of spec: TaskSpec) -> RemoteRepository {
        RemoteRepository(git: parts.git, repository: spec.repository.path, variables: parts.forge.gitVariables())
    }

    private func push(_ commit: CommitID, _ task: inout TaskRecord) async throws {
        guard var forge = task.forge, forge.pushed != commit else { return }
        let remote = repository(of: task.spec)
        do {
            let (branch, name) = (forge.branch, forge.remote)
            let tip = try await parts.control.ending(at: .any) { try await remote.tip(of: branch, at: name) }
            switch PushPlan.decide(commit, tip: tip, own: forge) {
            case .taken: throw stopped(ForgeObstacle(.branchTaken, remote: forge.remote, branch: forge.branch))
            case .moved: throw stopped(ForgeObstacle(.branchMoved, remote: forge.remote, branch: forge.branch))
            case .upToDate: break
            case .push(let lease):
                // Before the push: a commit that is not known would be somebody else's ever after.
                forge.pushing = commit
                task.forge = forge
                try await store(&task)
                try await parts.control.ending(at: .any) {
                    try await remote.push(commit, to: branch, at: name, lease: lease)
                }
            }
        } catch let failure as PushFailure {
            throw stopped(ForgeObstacle(failure, forge))
        }
        forge.pushed = commit
        forge.tree = point.tree
        forge.pushing = nil
        task.forge = forge
        try await store(&task)
    }

    // MARK: - The forge

    private func desk(of remote: RemoteRepository.Remote, _ task: TaskRecord) async throws -> (any PullRequestDesk)? {
        do {
            let spec = task.spec.forge ?? ForgeSpec()
            return try await parts.control.ending(at: .any) { try await parts.forge.desk(of: remote.url, spec: spec) }
        } catch let failure as ForgeFailure {
            throw stopped(ForgeObstacle(failure, remote: remote.name, branch: task.forge?.branch))
        }
    }

    private func open(
        _ desk: any PullRequestDesk,
        _ task: inout TaskRecord,
        base: String,
        _ proof: Proof
    ) async throws -> PullRequest {
        guard var forge = task.forge else { preconditionFailure("What is pushed is known.") }
        let receipts = try await parts.journal.iterations(of: task.id).last { $0.outcome != nil }?.outcome?.receipts
        let facts = PullRequestText.Facts(task, proof: proof, receipts: receipts ?? [])
        let draft = PullRequestDraft(
            title: PullRequestText.title(facts),
            body: PullRequestText.body(facts),
            head: forge.branch,
            base: base,
            isDraft: task.spec.forge?.isDraft ?? false
        )
        let pullRequest: PullRequest
        do {
            let known = forge.pullRequest
            pullRequest = try await parts.control.ending(at: .any) { try await desk.publish(draft, known: known) }
        } catch let failure as ForgeFailure {
            throw stopped(ForgeObstacle(failure, remote: forge.remote, branch: forge.branch))
        }
        let isNew = forge.pullRequest?.number != pullRequest.number
        parts.observer.observe(.notice(.review(isNew ? .opened(pullRequest) : .updated(pullRequest))))
        forge.pullRequest = pullRequest
        task.forge = forge
        try await store(&task)
        return pullRequest
    }

    private func stopped(_ obstacle: ForgeObstacle) -> RunStopped { RunStopped(reason: .blocked(.forge(obstacle))) }

    private func store(_ task: inout TaskRecord) async throws { try await parts.store(&task, as: task.status) }
}

extension RunParts {
    /// Writes the task down with another status, or the same.
    func store(_ task: inout TaskRecord, as status: TaskStatus) async throws {
        let before = task.status
        task.status = status
        task.updatedAt = surroundings.wallClock.now()
        guard try await journal.update(task, expecting: before) else {
            throw ServiceError.running(task.id, owner: nil)
        }
    }
}

extension RemoteRepository.Remote {
    /// The one that is named; without a name `origin`, or else the only one there is.
    package static func chosen(_ name: String?, among all: [Self]) -> Self? {
        if let name { return all.first { $0.name == name } }
        return all.first { $0.name == "origin" } ?? (all.count == 1 ? all[0] : nil)
    }
}

extension ForgeObstacle {
    fileprivate init(_ failure: PushFailure, _ forge: ForgeRecord) {
        switch failure {
        case .stale: self.init(.branchMoved, remote: forge.remote, branch: forge.branch)
        case .rejected(let words):
            self.init(.pushRejected, remote: forge.remote, branch: forge.branch, detail: words)
        case .failed(let words): self.init(.pushFailed, remote: forge.remote, branch: forge.branch, detail: words)
        }
    }
}
