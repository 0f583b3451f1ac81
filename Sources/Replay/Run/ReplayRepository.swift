import Domain
import FoundationEssentials
import Glibc
import Workspaces

/// The user's repository of a play: as the scenario wants it, and later compared with what it was.
struct ReplayRepository: Sendable {
    let playground: Playground
    let start: RepositoryReader.Start

    static func make(_ setup: Scenario.Setup, in playground: Playground, git: HostGit) async throws -> ReplayRepository
    {
        try playground.makeDirectory("repository")
        try playground.write(Array("hello\n".utf8), to: "repository/README.md")
        for file in setup.files { try playground.write(Array(file.text.utf8), to: "repository/\(file.path)") }
        try await playground.git("init", "--quiet", "--initial-branch=main")
        try await playground.git("add", "--all", "--force")
        try await playground.git("commit", "--quiet", "--message", "Begin")
        // No value of its own is the state that is wanted: git calls it an error.
        for key in setup.unsetConfiguration { _ = try? await playground.git("config", "--unset-all", key) }
        let branch = try await otherBranch(setup, in: playground)
        if setup.hasStaleIndexLock { try playground.write([], to: "repository/.git/index.lock") }
        let reader = RepositoryReader(git: git)
        guard let start = try await reader.start(at: playground.repository, revision: branch) else {
            throw PlaygroundError(message: "\(playground.repository) is no repository")
        }
        return ReplayRepository(playground: playground, start: start)
    }

    /// The branch that the work begins at, where it is not the one that is checked out.
    private static func otherBranch(_ setup: Scenario.Setup, in playground: Playground) async throws -> String? {
        guard setup.isBranchCheckedOutElsewhere || setup.hasStaleWorktree || !setup.branchFiles.isEmpty else {
            return nil
        }
        try await playground.git("worktree", "add", "--quiet", "-b", "work", "\(playground.path)/elsewhere")
        for file in setup.branchFiles {
            try playground.write(Array("\(file)\n".utf8), to: "elsewhere/\(file)")
            try await playground.git("add", "--all", in: "\(playground.path)/elsewhere")
            try await playground.git("commit", "--quiet", "--message", file, in: "\(playground.path)/elsewhere")
        }
        if setup.hasStaleWorktree { try playground.remove("elsewhere") }
        return "work"
    }

    /// Holds a lock for its time, or until the task is cancelled.
    func hold(_ lock: Scenario.HeldLock) async {
        // Without its lock the play is easier, and nothing else.
        try? await Task.sleep(for: lock.time, clock: ContinuousClock())
        unlink("\(start.path)/\(lock.path)")
    }

    /// Everything of the repository that is the user's: branches, index, files and configuration.
    func ownState() async throws -> String {
        let refs = try await playground.git("for-each-ref", "--format=%(refname) %(objectname)")
        let own = refs.split(separator: "\n")
            .filter { !$0.hasPrefix("refs/makima/") && !$0.hasPrefix("refs/heads/makima/") }
        let status = try await playground.git("status", "--porcelain=v2", "--branch", "--untracked-files=all")
        let configuration = FileManager.default.contents(atPath: "\(start.path)/.git/config") ?? Data()
        return (own.map(String.init) + [status, String(decoding: configuration, as: UTF8.self)])
            .joined(separator: "\n")
    }

    /// The paths of `commit`'s tree; empty where it is not there.
    func paths(of revision: String) async throws -> Set<String> {
        let listing = try await playground.git("ls-tree", "-r", "--name-only", "--full-tree", revision)
        return Set(listing.split(separator: "\n").map(String.init))
    }
}
