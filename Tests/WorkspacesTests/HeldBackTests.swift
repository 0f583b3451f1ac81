import Domain
import TestSupport
import Testing

@testable import Workspaces

/// What would bring more into the user's repository than one task may: checkpoints, the agent's commits, the result.
struct HeldBackTests {
    private static let limit = 10_000

    private func workspace(_ fixture: Fixture) async throws -> any Workspace {
        var limits = WorkspaceLimits()
        limits.checkpointBytes = Self.limit
        return try await fixture.provider(limits).create(try await fixture.site()).workspace
    }

    /// Large objects of the user's repository; there must be none.
    private func largeObjects(_ fixture: Fixture) async throws -> [String] {
        try await fixture.git(["cat-file", "--batch-all-objects", "--batch-check=%(objectsize) %(objectname)"])
            .split(separator: "\n").map(String.init)
            .filter { Int($0.prefix { $0 != " " }).map { $0 > Self.limit } ?? true }
    }

    private func held(_ things: [HeldBack]) -> [HeldBack.Thing] {
        #expect(things.allSatisfy { $0.bytes > $0.limit && $0.limit == Self.limit })
        return things.map(\.thing)
    }

    @Test func whoInsistsLetsGoOfALatestCheckpointThatIsTooLarge() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await workspace(fixture)
        try await fixture.agent(workspace, "head -c 100000 /dev/urandom >big")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(held(try await workspace.importCheckpoints()) == [.checkpoint(1)])
        #expect(held(try await workspace.importCheckpoints()) == [])
        let letGo = held(try await workspace.discard(force: true))
        #expect(letGo.first == .checkpoint(1))
        #expect(!TestFiles.exists("\(workspace.site.directory)/tree"))
        #expect(try await largeObjects(fixture) == [])
    }

    @Test func oneInTheMiddleIsNamedWhereTheWorkspaceIsKept() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await workspace(fixture)
        try await fixture.agent(workspace, "head -c 100000 /dev/urandom >big")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(held(try await workspace.importCheckpoints()) == [.checkpoint(1)])
        try await fixture.agent(workspace, "rm big; echo small >small")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 2)
        #expect(held(try await workspace.importCheckpoints()) == [])
        let refusal = try await refusal { try await workspace.discard(force: false) }
        #expect(held(refusal) == [.checkpoint(1)])
        let error = WorkspaceError.notDiscardable(.heldBack(refusal))
        #expect(error.description.contains("checkpoint 1 (1 MiB)"))
        #expect(error.hint(task: "k7").contains("'makima resume k7 --max-disk-mib 2'"))
        #expect(!error.hint(task: "k7", isResumable: false).contains("resume"))
        #expect(held(try await workspace.discard(force: true)) == [.checkpoint(1)])
        let ref = "refs/makima/checkpoints/\(workspace.site.task)/2"
        #expect(try await fixture.git(["show", "\(ref):small"]) == "small")
    }

    /// The files are small again; what the agent's commits hold is not.
    @Test func theAgentsCommitsAndTheResultAreWeighedByTheSameLimit() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await workspace(fixture)
        let head = try await fixture.agent(
            workspace,
            """
            head -c 100000 /dev/urandom >big; git add big; git commit -qm big
            git rm -q big; echo small >small; git add small; git commit -qm gone; git rev-parse HEAD
            """
        )
        let commit = try #require(CommitID(rawValue: head))
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let news = try await workspace.importCheckpoints()
        #expect(held(news) == [.agentCommits(commit)])
        let sentence = try #require(news.first?.sentence)
        #expect(sentence.hasPrefix("The agent's commits up to \(commit.short) stay in the task's own store"))
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 2)
        #expect(held(try await workspace.importCheckpoints()) == [], "It was told before.")
        await #expect {
            try await workspace.publishBranch(WorkDescription(title: "work"))
        } throws: { error in
            guard case WorkspaceError.importRefused(.resultTooLarge(let result)) = error else { return false }
            return held([result]) == [.result]
        }
        await #expect {
            try await workspace.merge(into: "main", WorkDescription(title: "work")) { _ in true }
        } throws: { error in
            guard case WorkspaceError.importRefused(.resultTooLarge) = error else { return false }
            return true
        }
        let refusal = try await refusal { try await workspace.discard(force: false) }
        #expect(held(refusal) == [.agentCommits(commit)])
        #expect(try await largeObjects(fixture) == [])
        #expect(held(try await workspace.discard(force: true)) == [.agentCommits(commit)])
        #expect(try await largeObjects(fixture) == [])
    }

    @Test func soIsWhatItsOtherBranchesName() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await workspace(fixture)
        try await fixture.agent(
            workspace,
            """
            git checkout -q -b other; head -c 100000 /dev/urandom >big; git add big; git commit -qm big; git checkout -q -
            """
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(held(try await workspace.importCheckpoints()) == [])
        let refusal = try await refusal { try await workspace.discard(force: false) }
        #expect(held(refusal) == [.agentRefs])
        #expect(try await largeObjects(fixture) == [])
    }

    /// Each part of the work is small enough, and so the repository has it.
    @Test func whatTheRepositoryHasIsNotWeighed() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await workspace(fixture)
        for number in 1...3 {
            try await fixture.agent(workspace, "head -c 8000 /dev/urandom >part\(number)")
            _ = try await workspace.checkpoint(.iterationEnded, iteration: number)
        }
        #expect(try await workspace.publishBranch(WorkDescription(title: "work")) != nil)
        try await workspace.discard(force: false)
    }

    private func refusal(_ body: () async throws -> [HeldBack]) async throws -> [HeldBack] {
        do {
            _ = try await body()
        } catch WorkspaceError.notDiscardable(.heldBack(let things)) {
            return things
        }
        Issue.record("It was not refused.")
        return []
    }
}
