import Domain
import Processes
import TestSupport
import Testing

@testable import Workspaces

struct CreationTests {
    @Test func fillsTheTreeAndLeavesNoGitDirectoryInIt() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        #expect(TestFiles.read("\(created.tree)/a.txt") == "one\ntwo\nthree\n")
        #expect(TestFiles.read("\(created.tree)/src/b.txt") == "b\n")
        #expect(created.base.number == 0)
        #expect(created.base.commit == (try await fixture.head()))
        #expect(!TestFiles.exists("\(created.tree)/.git/HEAD"))
        #expect(created.notices.isEmpty)
        #expect(try await fixture.agent(created.workspace, "git status --porcelain; git log --format=%s") == "base")
        #expect(
            try await fixture.agent(created.workspace, "git branch --show-current")
                == "makima/fix-the-parser-\(created.workspace.site.task.short)"
        )
    }

    @Test func agentHasAllOfGit() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        let log = try await fixture.agent(
            workspace,
            """
            echo x >>a.txt; git commit -qam one; git commit -q --amend -m uno; echo y >>a.txt; git stash -q
            git stash pop -q; git checkout -q -b other; git commit -qam two; git tag t; git rebase -q main
            git config x.y z; git checkout -q main; git merge -q other; git worktree add -q /tmp/w HEAD~1
            git gc -q; git log --format=%an-%s
            """
        )
        #expect(log == "Ursula User-two\nUrsula User-uno\nUrsula User-base")
    }
}
