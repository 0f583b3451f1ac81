import Domain
import Processes
import Synchronization

@testable import Workspaces

/// The files of a simulated task: a number for each tree, and nothing on a disk.
///
/// Outlives the makima that works with it, as files do. A test double.
final class SimulatedWorkspace: Workspace {
    let site: WorkspaceSite
    let wasCopied = false
    let binds: [SandboxProfile.Bind] = []
    let workingDirectory = "/workspace"
    private let wallClock: any WallClock
    private let state: Mutex<State>

    private struct State {
        /// What the files are now.
        var tree: TreeID
        var last: CheckpointPoint
    }

    init(site: WorkspaceSite, tree: TreeID, wallClock: any WallClock) {
        self.site = site
        self.wallClock = wallClock
        let point = CheckpointPoint(number: 0, commit: Self.commit(0), tree: tree)
        state = Mutex(State(tree: tree, last: point))
    }

    var base: Checkpoint { checkpoint(state.withLock(\.last), .base, iteration: 0) }

    var tree: TreeID {
        get { state.withLock(\.tree) }
        set { state.withLock { $0.tree = newValue } }
    }

    var latest: CheckpointPoint { get async { state.withLock(\.last) } }

    func verify() async throws {}
    func rebuildAgentGit() async throws {}

    func checkpoint(_ cause: CheckpointCause, iteration: Int) async throws -> CheckpointReport {
        let (point, isUnchanged) = state.withLock { state in
            guard state.tree != state.last.tree else { return (state.last, true) }
            let number = state.last.number + 1
            state.last = CheckpointPoint(number: number, commit: Self.commit(number), tree: state.tree)
            return (state.last, false)
        }
        return CheckpointReport(
            checkpoint: checkpoint(point, cause, iteration: iteration),
            isUnchanged: isUnchanged,
            newAgentTree: nil,
            notices: []
        )
    }

    private func checkpoint(_ point: CheckpointPoint, _ cause: CheckpointCause, iteration: Int) -> Checkpoint {
        Checkpoint(
            number: point.number,
            commit: point.commit,
            tree: point.tree,
            cause: cause,
            iteration: iteration,
            agentHead: nil,
            takenAt: wallClock.now(),
            change: ChangeSize()
        )
    }

    /// A made-up name of so many digits as git has.
    static func name(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 40 - digits.count) + digits
    }

    static func commit(_ number: Int) -> CommitID {
        guard let commit = CommitID(rawValue: name(0xc0000 + number)) else {
            preconditionFailure("no commit \(number)")
        }
        return commit
    }

    func importCheckpoints() async throws -> [HeldBack] { [] }
    func changedPaths(from: TreeID, to: TreeID, matching patterns: [String]?) async throws -> [String] { [] }
    func secretPaths() async throws -> [String] { [] }
    func convertedPaths(of tree: TreeID, matching patterns: [String]) async throws -> [String] { [] }
    func looseSubmodules() async throws -> [String] { [] }
    func publishBranch(_ work: WorkDescription) async throws -> PublishedBranch? { nil }
    func discard(force: Bool) async throws -> [HeldBack] { [] }
    func close() async {}

    func restore(to number: Int, iteration: Int) async throws -> Restoration { throw NotSimulated() }
    func checkOut(_ commit: CommitID) async throws -> CleanCheckout { throw NotSimulated() }

    func merge(
        into target: String,
        _ work: WorkDescription,
        verdict: @Sendable (CleanCheckout) async throws -> Bool
    ) async throws -> MergeOutcome { throw NotSimulated() }

    private struct NotSimulated: Error {}
}
