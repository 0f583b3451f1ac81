import Domain
import Glibc
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// What checkpoints leave out, and that it is said.
struct LeftOutTests {
    @Test func nestedRepositoriesAreNamed() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(
            workspace,
            """
            git init -q 'nest ed'; cd 'nest ed'; echo x >x; git add x; git -c user.name=n -c user.email=n@n commit -qm n
            cd ..; echo y >y; git worktree add -q wt
            """
        )
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.notices == [.nestedRepositories(["nest ed", "wt"])])
        #expect(report.checkpoint.change.files == 1)
        let again = try await workspace.checkpoint(.heartbeat, iteration: 1)
        #expect(again.notices == report.notices)
        #expect(again.isUnchanged)
    }

    @Test func unreadableFilesAreNamedAndTheRestIsKept() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(
            workspace,
            "mkdir d; for n in 1 2 3; do echo $n >d/$n; done; chmod 0 d/2; mkfifo pipe; rm src/b.txt; rmdir src; mkdir o; echo x >o/b.txt; ln -s o src"
        )
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.notices == [.filesLeftOut(["d/2"])])
        let files = try await fixture.files(report.checkpoint.tree, in: workspace)
        #expect(files == [".gitignore", "a.txt", "d/1", "d/3", "o/b.txt", "src"])
    }

    @Test(arguments: [true, false])
    func ignoredFilesAreListedButForCaches(confined: Bool) async throws {
        let fixture = try await Fixture.standard(confined: confined)
        let workspace = try await fixture.create().workspace
        let tag = "Signature: 8a477f597d28d172789f06886806bc55"
        try await fixture.agent(
            workspace,
            """
            mkdir -p build/data build/target/debug build/fake build/node_modules/x node_modules/y build/pkg/__pycache__
            echo 1234 >build/data/run.csv; echo x >a.log; echo n >new.txt; ln -s /etc/passwd build/link
            echo '\(tag)' >build/target/CACHEDIR.TAG; echo x >build/target/debug/x; echo no >build/fake/CACHEDIR.TAG
            echo x >build/node_modules/x/y; echo x >build/pkg/__pycache__/z.pyc; echo x >build/z.o
            echo t >tracked.log; git add -f tracked.log; git init -q build/nest; echo 123 >build/nest/file
            """
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let files = try await fixture.provider().ignoredFiles(of: workspace.site)
        #expect(files.names == ["a.log", "build/data/run.csv", "build/fake/CACHEDIR.TAG", "build/link", "build/nest/"])
        #expect(files.count == 5)
        #expect(files.bytes > 2 + 5 + 3 + 4)
    }

    @Test func ofManyIgnoredFilesTheFirstAreNamed() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "mkdir build; cd build; for n in $(seq 101 250); do echo >$n; done")
        let files = try await fixture.provider().ignoredFiles(of: workspace.site)
        #expect(files.count == 150)
        #expect(files.bytes == 150)
        #expect(files.names == (101...200).map { "build/\($0)" })
    }

    @Test func secretsAreLeftOutAndListed() async throws {
        let fixture = try await Fixture.standard()
        fixture.write("tracked.pem", "not so secret\n")
        try await fixture.commit("tracked")
        let workspace = try await fixture.create().workspace
        try await fixture.agent(
            workspace,
            """
            echo s >.env; echo s >.env.local; echo e >.env.example; mkdir k; echo k >k/id_rsa; echo k >k/id_rsa.pub
            echo c >credentials.json; echo t >>tracked.pem; echo n >new.pem; mkdir build; echo b >build/.env; echo l >x.log
            """
        )
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let files = try await fixture.files(report.checkpoint.tree, in: workspace)
        #expect(files == [".env.example", ".gitignore", "a.txt", "k/id_rsa.pub", "src/b.txt", "tracked.pem"])
        let secrets = try await workspace.secretPaths()
        #expect(secrets.sorted() == [".env", ".env.local", "credentials.json", "k/id_rsa", "new.pem"])
    }

    @Test func unreadableIndexOfTheAgentIsSaid() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo garbage >.git/index; echo x >x")
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.notices == [.agentIndexUnreadable])
        #expect(report.checkpoint.change.files == 1)
    }

    @Test func headThatIsNoCommitIsNoCommit() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "rm .git/HEAD; mkfifo .git/HEAD; echo x >x")
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.checkpoint.agentHead == nil)
        try await fixture.agent(workspace, "rm .git/HEAD; ln -s /etc/passwd .git/HEAD")
        #expect(try await workspace.checkpoint(.iterationEnded, iteration: 1).checkpoint.agentHead == nil)
    }

    @Test func headIsFoundInPackedRefs() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x; git add x; git commit -qm x; git pack-refs --all; git gc -q")
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let head = try await fixture.agent(workspace, "git rev-parse HEAD")
        #expect(report.checkpoint.agentHead?.rawValue == head)
        let branch = try #require(try await workspace.publishBranch(OutcomeTests.work))
        #expect(branch.commit.rawValue == head)
    }
}
