import Domain
import Glibc
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// Import, comparison and removal.
struct KeepingTests {
    @Test func checkpointsAreImportedUnderTheTasksName() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        let workspace = created.workspace
        try await fixture.agent(workspace, "echo x >x; git add x; git commit -qm mine")
        let first = try await workspace.checkpoint(.iterationEnded, iteration: 1).checkpoint
        try await workspace.importCheckpoints()
        try await fixture.agent(workspace, "echo y >y")
        let before = try fixture.userState()
        async let importing = workspace.importCheckpoints()
        let second = try await workspace.checkpoint(.iterationEnded, iteration: 2).checkpoint
        _ = try await importing
        try await workspace.importCheckpoints()
        #expect(try fixture.userState() == before)
        let task = workspace.site.task
        for (number, commit) in [(0, created.base.commit), (1, first.commit), (2, second.commit)] {
            let ref = try await fixture.git(["rev-parse", "refs/makima/checkpoints/\(task)/\(number)"])
            #expect(ref == commit.rawValue)
        }
        #expect(
            try await fixture.git(["log", "-1", "--format=%s by %an <%ae>", second.commit.rawValue])
                == "makima checkpoint 2 by makima <makima@localhost>"
        )
        let diff = try await fixture.provider()
            .diff(
                in: workspace.site.repository,
                from: first.commit,
                to: second.commit
            )
        #expect(String(decoding: diff, as: UTF8.self).hasSuffix("+++ b/y\n@@ -0,0 +1 @@\n+y\n"))
    }

    @Test func tooLargeCheckpointsAreNotImported() async throws {
        let fixture = try await Fixture.standard()
        let site = try await fixture.site()
        let workspace = try await fixture.provider(WorkspaceLimits(importBytes: 10_000)).create(site).workspace
        try await fixture.agent(workspace, "head -c 100000 /dev/urandom >big")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        await #expect {
            try await workspace.importCheckpoints()
        } throws: { error in
            guard case WorkspaceError.importRefused(.tooLarge)? = error as? WorkspaceError else { return false }
            return true
        }
    }

    @Test func changedPathsMatchGitsGlobs() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        try await fixture.agent(
            created.workspace,
            "mkdir -p Tests/a .github; echo x >Tests/a/t; echo x >.github/w; echo x >a.txt; mv src lib"
        )
        let checkpoint = try await created.workspace.checkpoint(.iterationEnded, iteration: 1).checkpoint
        let tree = checkpoint.tree
        func paths(_ patterns: [String]?) async throws -> [String] {
            try await created.workspace.changedPaths(from: created.base.tree, to: tree, matching: patterns)
        }
        #expect(try await paths(["Tests/**", ".github/**"]) == [".github/w", "Tests/a/t"])
        #expect(try await paths(["Tests/*"]) == [])
        #expect(try await paths(["*.txt", "src"]) == ["a.txt", "src/b.txt"])
        #expect(try await paths([]) == [])
        #expect(try await paths(nil).count == 5)
        await #expect(throws: WorkspaceError.invalidPattern("../x")) { _ = try await paths(["../x"]) }
        #expect(checkpoint.change == ChangeSize(files: 5, insertions: 4, deletions: 4))
    }

    @Test func onlyWhatIsKeptElsewhereIsDiscarded() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x; ln -s / root")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        await #expect(throws: WorkspaceError.notDiscardable(.notImported)) { try await workspace.discard(force: false) }
        try await workspace.importCheckpoints()
        try await fixture.agent(workspace, "echo y >y")
        await #expect(throws: WorkspaceError.notDiscardable(.changedSinceCheckpoint)) {
            try await workspace.discard(force: false)
        }
        try await workspace.importCheckpoints()
        try await fixture.agent(workspace, "mkdir -p no/rights; chmod 0 no")
        await #expect(throws: WorkspaceError.notDiscardable(.filesNotInCheckpoint)) {
            try await workspace.discard(force: false)
        }
        try await workspace.discard(force: true)
        #expect(!TestFiles.exists("\(workspace.site.directory)/tree"))
        #expect(TestFiles.exists("/etc/passwd"))
        let refs = try await fixture.git(["for-each-ref", "--format=%(refname)", "refs/makima"])
        #expect(!refs.contains("/base/"))
        #expect(refs.contains("/checkpoints/"))
        await #expect(throws: (any Error).self) { _ = try await fixture.provider().open(workspace.site) }
    }

    @Test func forcedDiscardKeepsTheFilesInACheckpoint() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x; git init -q nested; echo n >nested/n; git -C nested add n")
        try await workspace.discard(force: true)
        let ref = "refs/makima/checkpoints/\(workspace.site.task)/1"
        #expect(try await fixture.git(["show", "\(ref):x"]) == "x")
        #expect(!TestFiles.exists(workspace.site.directory + "/vault"))
    }

    @Test func otherBranchesTagsAndStashesOfTheAgentAreTakenOver() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        let objects = try await fixture.agent(
            workspace,
            """
            git checkout -q -b other; echo o >other; git add other; git commit -qm other
            echo p >>other; git commit -qam more; git checkout -q --detach HEAD~2
            for n in 1 2; do echo $n >>a.txt; git stash -q; done
            git tag -a -m noted noted; git tag loose $(echo blob | git hash-object -w --stdin)
            git pack-refs --all
            git rev-parse other stash@{0} stash@{1} noted loose
            """
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await workspace.importCheckpoints()
        try await workspace.discard(force: false)
        let prefix = "refs/makima/kept/\(workspace.site.task)"
        let kept = try await fixture.git(["for-each-ref", "--format=%(objectname)", prefix])
        #expect(Set(kept.split(separator: "\n")) == Set(objects.split(separator: "\n")))
        try await fixture.git(["fsck", "--strict", "--connectivity-only"])
        #expect(try await fixture.git(["log", "-2", "--format=%s", String(objects.prefix(40))]) == "more\nother")
    }

    @Test func commitsThatOnlyReflogsNameAreTakenOver() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        let objects = try await fixture.agent(
            workspace,
            """
            echo 1 >n; git add n; git commit -qm first; git rev-parse HEAD
            git commit -q --amend -m amended
            for n in 2 3; do echo $n >n; git commit -qam more; done; git rev-parse HEAD; git reset -q --hard HEAD~2
            git checkout -q -b gone; echo g >g; git add g; git commit -qm gone; git rev-parse HEAD
            git checkout -q -; git branch -q -D gone
            git worktree add -q --detach /tmp/w; cd /tmp/w; echo w >w; git add w; git commit -qm there; git rev-parse HEAD
            git checkout -q HEAD~1
            echo pruned >p; git add p; git commit -qm pruned; lost=$(git rev-parse HEAD); git checkout -q HEAD~1
            rm /workspace/.git/objects/$(echo $lost | cut -c 1-2)/$(echo $lost | cut -c 3-)
            """
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await workspace.importCheckpoints()
        try await workspace.discard(force: false)
        let prefix = "refs/makima/kept/\(workspace.site.task)"
        let kept = try await fixture.git(["for-each-ref", "--format=%(parent)", prefix])
        #expect(kept.split(separator: " ").sorted() == objects.split(separator: "\n").sorted())
        try await fixture.git(["fsck", "--strict", "--connectivity-only"])
        #expect(try await fixture.git(["ls-tree", "-r", "\(prefix)/1"]).isEmpty)
        #expect(
            try await fixture.git(["log", "-1", "--format=%s by %an", "\(prefix)/1"])
                == "Commits that only the agent's reflogs named by makima"
        )
    }

    @Test func manyCommitsOfReflogsAreOneReference() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(
            workspace,
            """
            base=$(git rev-parse HEAD)
            for n in $(seq 5000); do
                printf 'commit refs/heads/many\ncommitter a <a@a> %d +0000\ndata 1\nx\nfrom %s\n' $n $base
            done | git fast-import --quiet --force
            git cat-file --batch-all-objects --batch-check='%(objecttype) %(objectname)' | sed -n 's/^commit //p' |
                while read -r id; do echo "$base $id a <a@a> 1 +0000"; done >>.git/logs/HEAD
            git update-ref -d refs/heads/many
            """
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await workspace.importCheckpoints()
        try await workspace.discard(force: false)
        let ref = "refs/makima/kept/\(workspace.site.task)/1"
        #expect(try await fixture.git(["rev-list", "--count", "\(ref)^@", "--not", "main"]) == "5000")
    }

    @Test(arguments: [
        "git branch other; echo 1234567890123456789012345678901234567890 >.git/refs/heads/other",
        "mkfifo .git/refs/heads/other", "ln -s /etc/passwd .git/refs/tags/other", "mkdir .git/reftable",
        "mkdir -p .git/logs; rm -f .git/logs/HEAD; mkfifo .git/logs/HEAD", "mkdir -p .git/logs; echo x >.git/logs/odd",
        "rm -rf .git/logs; ln -s / .git/logs",
        "mkdir -p .git/logs; head -c 17000000 /dev/zero | tr '\\0' '\\n' >.git/logs/large",
    ])
    func referencesThatCannotBeTakenOverKeepTheWorkspace(_ trick: String) async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, trick)
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await workspace.importCheckpoints()
        await #expect {
            try await workspace.discard(force: false)
        } throws: { error in
            guard case WorkspaceError.notDiscardable(.agentCommitsNotTaken(let names)) = error else { return false }
            return names.count == 1
        }
        try await workspace.discard(force: true)
    }

    @Test func submodulesOfTheAgentsOwnKeepTheWorkspace() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(
            workspace,
            """
            git init -q own; cd own; echo n >n; git add n; git -c user.name=n -c user.email=n@n commit -qm n
            cd ..; git add own
            """
        )
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.notices == [])
        #expect(try await workspace.looseSubmodules() == ["own"])
        try await workspace.importCheckpoints()
        await #expect(throws: WorkspaceError.notDiscardable(.filesNotInCheckpoint)) {
            try await workspace.discard(force: false)
        }
    }

    @Test func deepAndOddTreesAreRemoved() throws {
        let directory = TemporaryDirectory()
        let root = "\(directory.path)/root"
        try FileTree.makeDirectories(root)
        directory.write("kept", to: "kept")
        var parent = open(root, O_RDONLY | O_DIRECTORY)
        for _ in 0..<3000 {
            mkdirat(parent, "d", 0o755)
            symlinkat("../../kept", parent, "l")
            let child = openat(parent, "d", O_RDONLY | O_DIRECTORY, 0)
            close(parent)
            parent = child
        }
        close(parent)
        directory.write("", to: "root/.moved-1")
        mkdir("\(root)/\u{1}", 0)
        try FileTree.remove(root)
        #expect(!TestFiles.exists(root))
        #expect(directory.read("kept") == "kept")
        try FileTree.remove(root)
    }

    @Test func repositoryOfAnotherUserNeedsTheirTrust() async throws {
        let fixture = try await Fixture.standard()
        let site = try await fixture.site()
        guard geteuid() == 0 else { return }
        chown(fixture.repository, 12345, 12345)
        chown("\(fixture.repository)/.git", 12345, 12345)
        await #expect(throws: WorkspaceError.foreignOwner(path: fixture.repository)) {
            _ = try await fixture.provider().create(site)
        }
        try await fixture.git(["config", "--global", "--add", "safe.directory", fixture.repository], in: "/")
        let created = try await fixture.provider().create(site)
        #expect(TestFiles.exists("\(created.tree)/a.txt"))
    }
}
