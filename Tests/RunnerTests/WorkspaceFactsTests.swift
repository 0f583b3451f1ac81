import Domain
import Glibc
import Journal
import TestSupport
import Testing
import Workspaces

@testable import Runner

/// What a run meets that a person has changed behind its back.
struct WorkspaceFactsTests {
    /// A task with one iteration more to go.
    private func stopped(_ bench: RunBench) async throws -> TaskRecord {
        bench.turn(1, #"work; printf "$unready""#)
        bench.turn(nil, #"work; printf "$ready""#)
        let task = try await bench.run(bench.spec(.command) { $0.limits.maxIterations = 1 })
        #expect(task.status == .iterationLimitReached)
        return task
    }

    private let more = ResumeRequest(maxIterations: 5)

    @Test func aWorkspaceThatWasDeletedIsNotMadeAnew() async throws {
        let bench = try await RunBench()
        let task = try await stopped(bench)
        let tree = bench.service.parts.state.task(task.id).tree
        try OwnFiles.remove(tree)
        let resumed = try await bench.resume(task, more)
        guard case .blocked(.workspaceBroken(let detail)) = resumed.reason else {
            return #expect(Bool(false), "\(String(describing: resumed.reason))")
        }
        #expect(detail.contains("'\(tree)' is gone"))
        #expect(!TestFiles.exists(tree))
        #expect(bench.starts == 1)
        #expect(try await bench.shell("git show refs/makima/checkpoints/\(task.id)/2:work.txt") == "1\n")
    }

    @Test func anotherDirectoryInItsPlaceIsNotUsed() async throws {
        let bench = try await RunBench()
        let task = try await stopped(bench)
        let tree = bench.service.parts.state.task(task.id).tree
        try await bench.shell("mv '\(tree)' '\(tree)-old' && cp -r '\(tree)-old' '\(tree)'")
        let resumed = try await bench.resume(task, more)
        guard case .blocked(.workspaceBroken) = resumed.reason else { return #expect(Bool(false)) }
        try await bench.shell("rm -r '\(tree)' && mv '\(tree)-old' '\(tree)'")
        #expect(try await bench.resume(task, more).status == .done)
    }

    @Test func aRepositoryThatWasMovedIsMissed() async throws {
        let bench = try await RunBench()
        let task = try await stopped(bench)
        let repository = task.spec.repository.path
        #expect(rename(repository, "\(repository)-moved") == 0)
        let resumed = try await bench.resume(task, more)
        #expect(
            resumed.reason
                == .blocked(
                    .environment(.repositoryUnusable(path: repository, detail: "there is nothing at this path"))
                )
        )
        #expect(bench.starts == 1)
        #expect(!TestFiles.exists(repository))
        #expect(symlink("\(repository)-moved", repository) == 0)
        #expect(try await bench.resume(task, more).status == .done)
    }

    @Test func theBranchThatItBeganAtMayGo() async throws {
        let bench = try await RunBench()
        let task = try await stopped(bench)
        try await bench.shell(
            """
            git checkout -q --orphan other; git -c user.name=n -c user.email=n@n commit -q --allow-empty -m other
            git branch -q -D main; git reflog expire --expire=now --all; git gc -q --prune=now
            """
        )
        #expect(try await bench.resume(task, more).status == .done)
    }

    @Test func aTaskWhoseRepositoryIsGoneCanBeForgotten() async throws {
        let bench = try await RunBench()
        let task = try await stopped(bench)
        try OwnFiles.remove(task.spec.repository.path)
        await #expect(throws: (any Error).self) { try await bench.service.discard(task.id, force: false) }
        #expect(TestFiles.exists(bench.service.parts.state.task(task.id).tree))
        try await bench.service.discard(task.id, force: true)
        #expect(try await bench.journal.task(task.id) == nil)
        #expect(!TestFiles.exists(bench.service.parts.state.task(task.id).root))
    }
}
