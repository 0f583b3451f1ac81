import Domain
import Glibc
import Processes
import Synchronization
import TestSupport
import Testing

@testable import Workspaces

/// Several tasks and a person on one repository.
struct ParallelTests {
    @Test func eightWorkspacesAreMadeWhileAPersonTidiesUp() async throws {
        let fixture = try await Fixture.standard()
        let isOver = Mutex(false)
        async let tidying: Int = {
            var rounds = 0
            repeat {
                try await fixture.shell("git pack-refs --all && git gc -q --prune=now")
                try await fixture.shell(
                    "git worktree add -q --detach ../w-\(rounds) && git worktree remove ../w-\(rounds)"
                )
                rounds += 1
            } while !isOver.withLock { $0 }
            return rounds
        }()
        let branches = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 1...8 {
                group.addTask {
                    let workspace = try await fixture.provider().create(fixture.site(UInt64(number))).workspace
                    try await fixture.agent(workspace, "echo \(number) >n; git add n; git commit -qm mine; echo u >u")
                    _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
                    try await workspace.importCheckpoints()
                    let branch = try await workspace.publishBranch(WorkDescription(title: "n \(number)"))
                    try await workspace.discard(force: false)
                    return branch?.name
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
        }
        isOver.withLock { $0 = true }
        #expect(try await tidying > 0)
        #expect(Set(branches).count == 8)
        try await fixture.git(["fsck", "--strict"])
        let refs = try await fixture.git([
            "for-each-ref", "--format=%(refname)", "refs/makima/base", "refs/makima/imported",
        ])
        #expect(refs.isEmpty)
        for branch in branches { #expect(try await fixture.git(["show", "\(branch):u"]) == "u") }
    }

    /// They are of somebody else's git, dead or alive: what does not need them goes on, and none is ever removed.
    @Test(arguments: ["config.lock", "index.lock", "packed-refs.lock", "HEAD.lock"])
    func locksOfOthersStay(lock: String) async throws {
        let fixture = try await Fixture.standard()
        let path = fixture.write(".git/\(lock)", "")
        let provider = fixture.impatientProvider
        let workspace = try await provider.create(fixture.site()).workspace
        try await fixture.agent(workspace, "echo x >x; git add x; git commit -qm mine")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await workspace.importCheckpoints()
        #expect(try await workspace.publishBranch(WorkDescription(title: "x")) != nil)
        let needsLock = lock == "packed-refs.lock"
        do {
            try await workspace.discard(force: false)
            #expect(!needsLock)
        } catch {
            #expect(needsLock)
            #expect(error as? WorkspaceError == .locked(path: path))
            #expect(TestFiles.exists(path))
            try await fixture.shell("rm .git/\(lock)")
            try await provider.removeRemains(of: workspace.site)
        }
        #expect(try await fixture.git(["for-each-ref", "refs/makima/base"]).isEmpty)
        if !needsLock { #expect(TestFiles.exists(path)) }
    }

    @Test func aMergeDoesNotTakeALockAway() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.impatientProvider.create(fixture.site()).workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let before = try await fixture.git(["rev-parse", "main"])
        let path = fixture.write(".git/index.lock", "")
        await #expect(throws: WorkspaceError.locked(path: path)) {
            try await workspace.merge(into: "main", WorkDescription(title: "x")) { _ in true }
        }
        #expect(TestFiles.exists(path))
        #expect(try await fixture.git(["rev-parse", "main"]) == before)
        try await fixture.shell("rm .git/index.lock")
        let outcome = try await workspace.merge(into: "main", WorkDescription(title: "x")) { _ in true }
        guard case .merged = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(try await fixture.git(["status", "--porcelain"]).isEmpty)
    }

    @Test func aRepositoryThatWasMovedIsFoundByALink() async throws {
        let fixture = try await Fixture.standard()
        let site = try await fixture.create().workspace.site
        try await fixture.git(["gc", "-q"])
        let moved = "\(fixture.directory.path)/moved"
        fixture.move(to: moved)
        await #expect(
            throws: WorkspaceError.notARepository(path: fixture.repository, detail: "there is nothing at this path")
        ) {
            _ = try await fixture.provider().open(site)
        }
        fixture.link(to: moved)
        let workspace = try await fixture.provider().open(site)
        #expect(
            try await fixture.agent(workspace, "echo x >x; git add x; git commit -qm mine; git log --format=%s")
                == "mine\nbase"
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await workspace.importCheckpoints()
        #expect(try await fixture.git(["show", "refs/makima/checkpoints/\(site.task)/1:x"], in: moved) == "x")
    }

    @Test func anotherRepositoryInItsPlaceIsNotTakenForIt() async throws {
        let fixture = try await Fixture.standard()
        let site = try await fixture.create().workspace.site
        let base = try #require(site.repository.base)
        fixture.move(to: "\(fixture.directory.path)/moved")
        fixture.write("other", "other\n")
        try await fixture.git(["init", "-q", "-b", "main"])
        try await fixture.commit("other")
        await #expect(throws: WorkspaceError.baseMissing(base, repository: fixture.repository)) {
            _ = try await fixture.provider().open(site)
        }
    }

    @Test func theBaseStaysWhateverBecomesOfItsBranch() async throws {
        let fixture = try await Fixture.standard()
        let site = try await fixture.create().workspace.site
        try await fixture.shell(
            """
            git checkout -q --orphan other && git commit -q --allow-empty -m other && git branch -q -D main
            git reflog expire --expire=now --all && git gc -q --prune=now
            """
        )
        let workspace = try await fixture.provider().open(site)
        #expect(
            try await fixture.agent(workspace, "echo x >x; git add x; git commit -qm mine; git log --format=%s")
                == "mine\nbase"
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await workspace.importCheckpoints()
    }
}

extension Fixture {
    fileprivate func move(to path: String) { #expect(rename(repository, path) == 0) }

    fileprivate func link(to path: String) { #expect(symlink(path, repository) == 0) }
}
