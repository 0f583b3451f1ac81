import Domain
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// What is found out about a repository before there is a task.
struct RepositoryReaderTests {
    private func reader(_ fixture: Fixture) -> RepositoryReader {
        RepositoryReader(git: fixture.provider().git)
    }

    @Test func changedAndUntrackedFilesAreCounted() async throws {
        let fixture = try await Fixture.standard()
        #expect(try await reader(fixture).countUncommittedChanges(at: fixture.repository).isEmpty)
        fixture.write("a.txt", "dirty\n")
        fixture.write("new", "untracked\n")
        fixture.write("x.log", "ignored\n")
        #expect(
            try await reader(fixture).countUncommittedChanges(at: fixture.repository)
                == CheckoutChanges(changed: 1, untracked: 1)
        )
        fixture.write("dir/one", "1\n")
        fixture.write("dir/two", "2\n")
        #expect(
            try await reader(fixture).countUncommittedChanges(at: fixture.repository)
                == CheckoutChanges(changed: 1, untracked: 2, hasDirectories: true)
        )
    }

    @Test func whatTheUserIgnoresEverywhereIsNotCounted() async throws {
        let fixture = try await Fixture.standard()
        let ignored = fixture.directory.write("*.swp\n", to: "home/ignored")
        fixture.directory.write("[core]\n\texcludesFile = \(ignored)\n", to: "home/.gitconfig")
        fixture.write("a.swp", "")
        #expect(try await reader(fixture).countUncommittedChanges(at: fixture.repository).isEmpty)
    }

    @Test func everythingIsUntrackedWhereThereIsNoCommit() async throws {
        let fixture = try Fixture()
        try await fixture.git(["init", "-q", "-b", "main"])
        for number in 1...1200 { fixture.write("file\(number)", "") }
        let changes = try await reader(fixture).countUncommittedChanges(at: fixture.repository)
        #expect(changes == CheckoutChanges(untracked: CheckoutChanges.most))
    }

    /// As the kernel kills where memory is short: the repository is not to blame.
    @Test(arguments: ["--is-bare-repository", "HEAD^{commit}", "symbolic-ref"])
    func aGitThatWasKilledSaysNothingAboutTheRepository(_ word: String) async throws {
        let fixture = try await Fixture.standard()
        let program = fixture.directory.write(
            "#!/bin/sh\ncase \"$*\" in *'\(word)'*) kill -9 $$ ;; esac\nexec git \"$@\"\n",
            to: "killed/git",
            mode: 0o755
        )
        let home = UserHome(home: "\(fixture.directory.path)/home")
        let git = HostGit(launcher: fixture.launcher, program: program, user: home)
        await #expect {
            try await RepositoryReader(git: git).start(at: fixture.repository, revision: nil)
        } throws: { error in
            guard case WorkspaceError.gitFailed(_, .signal(9), _) = error else { return false }
            return true
        }
    }

    @Test func aBranchWithoutCommitsCanBeMergedInto() async throws {
        let fixture = try Fixture()
        try await fixture.git(["init", "-q", "-b", "main"])
        #expect(try await reader(fixture).canMerge(into: "main", in: fixture.repository))
        #expect(try await !reader(fixture).canMerge(into: "other", in: fixture.repository))
    }

    @Test func branchesAreNamedWhereHeadHasNoCommit() async throws {
        let fixture = try await Fixture.standard()
        #expect(try await reader(fixture).start(at: fixture.repository, revision: nil)?.others == [])
        try await fixture.git(["branch", "makima/fix-the-parser-k7m2q9"])
        try await fixture.git(["update-ref", "refs/remotes/origin/next", "main"])
        try await fixture.git(["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/next"])
        try await fixture.git(["checkout", "-q", "--orphan", "gone"])
        let start = try #require(try await reader(fixture).start(at: fixture.repository, revision: nil))
        #expect(start.base == nil)
        #expect(start.branch == "gone")
        #expect(start.others == ["main", "origin/next"])
    }
}
