import Domain
import TestSupport
import Testing

@testable import Workspaces

/// Checkpoints of a task whose workspace is made once more.
struct KeptCheckpointsTests {
    @Test func theyOutliveThoseOfANewWorkspace() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        let task = created.workspace.site.task
        try await fixture.agent(created.workspace, "echo first >n")
        let first = try await created.workspace.checkpoint(.iterationEnded, iteration: 1)
        try await created.workspace.importCheckpoints()
        let reader = PrivateRefReader(git: fixture.provider().git)
        try await reader.keepCheckpoints(of: task, in: fixture.repository)
        try await reader.keepCheckpoints(of: task, in: fixture.repository)
        try await created.workspace.discard(force: false)
        try FileTree.remove(created.workspace.site.directory)
        let again = try await fixture.create()
        try await fixture.agent(again.workspace, "echo second >n")
        _ = try await again.workspace.checkpoint(.iterationEnded, iteration: 1)
        try await again.workspace.importCheckpoints()
        #expect(try await fixture.git(["show", "refs/makima/checkpoints/\(task)/1:n"]) == "second")
        let kept = "refs/makima/kept/\(task)/\(first.checkpoint.commit)"
        #expect(try await fixture.git(["show", "\(kept):n"]) == "first")
    }

    @Test func whereThereAreNoneNothingIsKept() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        let task = created.workspace.site.task
        try await PrivateRefReader(git: fixture.provider().git).keepCheckpoints(of: task, in: fixture.repository)
        #expect(try await fixture.git(["for-each-ref", "refs/makima/kept"]).isEmpty)
    }
}

/// Two workspaces of one task in one repository, as of two daemons of which one has lost the task.
struct ContestedCheckpointsTests {
    private func site(_ fixture: Fixture, _ name: String) async throws -> WorkspaceSite {
        let site = try await fixture.site(1)
        return WorkspaceSite(
            task: site.task,
            name: site.name,
            repository: site.repository,
            directory: "\(fixture.directory.path)/\(name)/\(site.task)"
        )
    }

    private func work(_ fixture: Fixture, _ workspace: any Workspace, _ text: String, _ rounds: ClosedRange<Int>)
        async throws -> [CommitID]
    {
        var commits: [CommitID] = []
        for round in rounds {
            try await fixture.agent(workspace, "echo \(text)\(round) >n; git add n; git commit -qm \(text)\(round)")
            commits.append(try await workspace.checkpoint(.iterationEnded, iteration: round).checkpoint.commit)
            try await workspace.importCheckpoints()
        }
        return commits
    }

    private func named(_ fixture: Fixture, _ task: TaskID) async throws -> Set<String> {
        let refs = try await fixture.git(["for-each-ref", "--format=%(refname)", "refs/makima"])
        let names = refs.split(separator: "\n").map(String.init).filter { $0.contains(task.rawValue) }
        let commits = try await fixture.git(["rev-list"] + names + ["--"])
        return Set(commits.split(separator: "\n").map(String.init))
    }

    @Test func neitherTakesTheOthersWork() async throws {
        let fixture = try await Fixture.standard()
        let (here, there) = (try await site(fixture, "here"), try await site(fixture, "there"))
        let first = try await fixture.provider().create(here).workspace
        let second = try await fixture.provider().create(there).workspace
        var commits = try await work(fixture, first, "a", 1...3)
        commits += try await work(fixture, second, "b", 1...2)
        commits += try await work(fixture, first, "a", 4...4)
        commits += try await work(fixture, second, "b", 3...5)
        let names = try await named(fixture, here.task)
        for commit in commits { #expect(names.contains(commit.rawValue)) }
        #expect(try await fixture.git(["show", "refs/makima/checkpoints/\(here.task)/5:n"]) == "b5")
        // A later look moves nothing any more, and both may go.
        let before = try await fixture.git(["for-each-ref", "refs/makima/checkpoints"])
        let again = try await fixture.provider().open(here)
        try await again.importCheckpoints()
        #expect(try await fixture.git(["for-each-ref", "refs/makima/checkpoints"]) == before)
        try await again.discard(force: false)
        try await fixture.provider().open(there).discard(force: false)
        try await fixture.git(["gc", "-q", "--prune=now"])
        let left = try await named(fixture, here.task)
        for commit in commits { #expect(left.contains(commit.rawValue)) }
    }

    @Test func whoIsAloneKeepsNothingTwice() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        _ = try await work(fixture, workspace, "a", 1...2)
        try await fixture.agent(workspace, "echo x >n; git commit -qam amended --amend")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 3)
        try await workspace.importCheckpoints()
        #expect(try await fixture.git(["for-each-ref", "refs/makima/kept"]).isEmpty)
    }

    @Test func onlyWhatAnotherHasNamedIsDisplaced() throws {
        func commit(_ digit: String) throws -> CommitID {
            try #require(CommitID(rawValue: String(repeating: digit, count: 40)))
        }
        let (old, new, head) = (try commit("a"), try commit("b"), try commit("c"))
        let checkpoint = ImportedRef(source: VaultRefs.checkpoint(1), commit: new, name: "refs/makima/checkpoints/t/1")
        let agent = ImportedRef(source: VaultRefs.agent, commit: new, name: "refs/makima/agents/t")
        let wanted = [checkpoint, agent]
        let own = ImportedRefs(wanted, over: [agent.name: head])
        #expect(own.moves == wanted && own.displaced.isEmpty)
        let contested = ImportedRefs(wanted, over: [checkpoint.name: old, agent.name: head])
        #expect(contested.displaced == [old, head])
        #expect(ImportedRefs(wanted, over: [checkpoint.name: new, agent.name: new]).moves.isEmpty)
        let kept = ImportedRefs(wanted, over: [checkpoint.name: old, agent.name: head], kept: [new])
        #expect(kept.moves.isEmpty && kept.displaced.isEmpty)
        #expect(ImportedRefs.isContested(wanted, by: [checkpoint.name: old]))
        #expect(!ImportedRefs.isContested(wanted, by: [agent.name: old]))
    }
}
