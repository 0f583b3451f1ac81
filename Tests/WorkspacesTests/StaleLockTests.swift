import Domain
import Glibc
import TestSupport
import Testing

@testable import Workspaces

/// Locks that a killed git has left behind: makima's own go, everybody else's stay.
struct StaleLockTests {
    private static let hour: Int64 = 3_600_000

    private func lock(_ name: String, _ content: String, _ fixture: Fixture) -> String {
        fixture.directory.write(content, to: "repo/.git/\(name).lock")
    }

    private func isStale(
        _ path: String,
        _ fixture: Fixture,
        of task: TaskID,
        naming commits: [CommitID] = [],
        after milliseconds: Int64 = Self.hour
    ) async throws -> Bool {
        let main = try await MainRepository.discover(
            fixture.repository,
            git: HostGit(launcher: fixture.launcher, user: UserHome(home: fixture.directory.path))
        )
        var status = stat()
        #expect(lstat(path, &status) == 0)
        let written = Int64(status.st_mtim.tv_sec) * 1000
        let now = Timestamp(millisecondsSince1970: written + milliseconds)
        return StaleLock(path, of: task, in: main, naming: commits, at: now) != nil
    }

    @Test func referencesOfTheTaskAreItsOwnersAlone() async throws {
        let fixture = try await Fixture.standard()
        let task = try await fixture.site().task
        let other = try await fixture.site(2).task
        for name in ["base/\(task)", "checkpoints/\(task)/3", "results/\(task)"] {
            let path = lock("refs/makima/\(name)", "", fixture)
            #expect(try await isStale(path, fixture, of: task))
            #expect(try await isStale(path, fixture, of: task, after: 0) == false, "a living git may hold it")
            #expect(try await isStale(path, fixture, of: other) == false)
        }
    }

    @Test func aBranchIsRecognisedByTheCommitThatNobodyElseKnows() async throws {
        let fixture = try await Fixture.standard()
        let task = try await fixture.site().task
        let commit = try #require(CommitID(rawValue: String(repeating: "a", count: 40)))
        let path = lock("refs/heads/makima/work", "\(commit)\n", fixture)
        #expect(try await isStale(path, fixture, of: task, naming: [commit]))
        #expect(try await isStale(path, fixture, of: task, naming: [commit], after: 0) == false)
        #expect(try await isStale(path, fixture, of: task) == false)
        let empty = lock("refs/heads/main", "", fixture)
        #expect(try await isStale(empty, fixture, of: task, naming: [commit]) == false)
        let packed = lock("packed-refs", "\(commit)\n", fixture)
        #expect(try await isStale(packed, fixture, of: task, naming: [commit]) == false)
    }

    @Test func aLinkOrAFileElsewhereIsNotTouched() async throws {
        let fixture = try await Fixture.standard()
        let task = try await fixture.site().task
        let elsewhere = fixture.directory.write("", to: "elsewhere/refs/makima/base/\(task).lock")
        #expect(try await isStale(elsewhere, fixture, of: task) == false)
        let link = "\(fixture.repository)/.git/refs/makima/base/\(task).lock"
        _ = lock("refs/makima/base/x", "", fixture)
        #expect(symlink(elsewhere, link) == 0)
        #expect(try await isStale(link, fixture, of: task) == false)
    }

    @Test(arguments: [
        (["rev-parse", "HEAD"], true), (["--literal-pathspecs", "ls-files"], true), (["worktree", "list"], true),
        (["worktree", "add", "x"], false), (["update-ref", "refs/makima/base/x", "y"], true),
        (["update-ref", "--stdin"], false), (["fetch", "--quiet"], false), (["read-tree", "-m", "-u"], false),
        (["--version"], true),
    ])
    func onlyWhatMayBeMadeTwiceIs(_ arguments: [String], _ isRepeatable: Bool) {
        let invocation = HostGit.Invocation(arguments: arguments, directory: "/", operation: "try")
        #expect(invocation.isRepeatable == isRepeatable)
    }
}
