import Domain
import Processes

/// What a task has made, as its references in the repository tell.
struct TaskWork: Hashable, Sendable {
    var tree: TreeID
    /// A commit of these files; `nil` where it is to be made, with ``parents``.
    var commit: CommitID?
    /// What the work builds upon: git finds by them where it left the branch.
    var parents: [CommitID] = []
}

/// The references of one task that may name its work.
struct WorkRefs: Hashable, Sendable {
    struct Named: Hashable, Sendable {
        var commit: CommitID
        var tree: TreeID
        /// Of the commit, in seconds since 1970.
        var date: Int
    }

    /// Work that came from elsewhere for this merge.
    var sent: Named?
    /// Where makima last put the task's branch.
    var result: Named?
    /// The agent's own last commit.
    var agent: Named?
    var checkpoints: [Int: Named] = [:]

    /// Chooses what the task has made last; `nil` where nothing of it is here.
    ///
    /// The result has the agent's own commits beneath it, and so tells best where it left the branch; but it may be that of
    /// an earlier end of the task. A checkpoint has all files, also those that checks left behind after they had judged:
    /// `judged` says which files were. Without it, a result that is as young as the last checkpoint is the newest there is.
    ///
    /// The agent's last commit stands beside a checkpoint: an agent that merged or rebased onto a newer branch has done so in
    /// its own commits.
    func work(judged: TreeID?) -> TaskWork? {
        if let sent { return TaskWork(tree: sent.tree, commit: sent.commit) }
        let last = checkpoints.keys.max().flatMap { checkpoints[$0] }
        guard let judged else {
            if let result, last.map({ $0.tree == result.tree || $0.date <= result.date }) ?? true {
                return TaskWork(tree: result.tree, commit: result.commit)
            }
            return last.map(work)
        }
        if let result, result.tree == judged { return TaskWork(tree: judged, commit: result.commit) }
        return checkpoints.filter { $0.value.tree == judged }.max { $0.key < $1.key }.map { work(of: $0.value) }
    }

    private func work(of checkpoint: Named) -> TaskWork {
        guard let agent, agent.commit != checkpoint.commit else {
            return TaskWork(tree: checkpoint.tree, commit: checkpoint.commit)
        }
        return TaskWork(tree: checkpoint.tree, parents: [checkpoint.commit, agent.commit])
    }

    /// Reads what the repository has of `task`, and of the work that came for the merge `merge`.
    static func read(of task: TaskID, for merge: TaskID, in main: MainRepository) async throws -> WorkRefs {
        let output = try await main.run(
            [
                "for-each-ref", "--format=%(refname) %(objectname) %(tree) %(committerdate:unix)",
                PrivateRefs.sent(task, for: merge), PrivateRefs.result(task), PrivateRefs.agent(task),
                PrivateRefs.checkpoints(task),
            ],
            to: "look for the work of a task"
        )
        var refs = WorkRefs()
        for line in GitOutput.lines(output) {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count == 4, let commit = CommitID(rawValue: fields[1]), let tree = TreeID(rawValue: fields[2])
            else { continue }
            let named = Named(commit: commit, tree: tree, date: Int(fields[3]) ?? 0)
            switch fields[0] {
            case PrivateRefs.sent(task, for: merge): refs.sent = named
            case PrivateRefs.result(task): refs.result = named
            case PrivateRefs.agent(task): refs.agent = named
            default:
                if let number = fields[0].split(separator: "/").last.flatMap({ Int($0) }) {
                    refs.checkpoints[number] = named
                }
            }
        }
        return refs
    }
}
