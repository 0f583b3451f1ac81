import Domain
import Glibc
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// What an agent may write to make somebody else run its commands.
///
/// None of it may, on the host or beside the vault.
struct HostileAgentTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        var name: String
        /// Run by the agent; `$PWNED` is a command that leaves a mark.
        var script: String
        /// Whether git's check of objects lets the user's repository take it over.
        var isImportable = true

        var testDescription: String { name }
    }

    static let attacks = [
        Attack(
            name: "settings of the git directory that name programs",
            script: """
                for key in core.fsmonitor core.hooksPath core.sshCommand core.editor core.pager core.askPass \\
                    diff.external core.alternateRefsCommand uploadpack.packObjectsHook gpg.program credential.helper; do
                    git config "$key" "$PWNED"
                done
                git config alias.status "!$PWNED"; git config commit.gpgSign true; echo x >>a.txt
                """
        ),
        Attack(
            name: "filters and external diffs",
            script: """
                git config filter.evil.clean "$PWNED"; git config filter.evil.smudge "$PWNED"
                git config filter.evil.process "$PWNED"; git config diff.evil.command "$PWNED"
                git config diff.evil.textconv "$PWNED"; git config merge.evil.driver "$PWNED"
                echo '* filter=evil diff=evil merge=evil' >.gitattributes; echo x >>a.txt
                """
        ),
        Attack(
            name: "hooks",
            script: """
                for hook in post-checkout pre-commit post-commit reference-transaction post-merge pre-auto-gc \\
                    post-index-change fsmonitor-watchman pre-rebase post-rewrite; do
                    printf '#!/bin/sh\\n%s\\n' "$PWNED" >.git/hooks/$hook; chmod +x .git/hooks/$hook
                done 2>/dev/null || { mkdir -p .git/hooks; printf '#!/bin/sh\\n%s\\n' "$PWNED" >.git/hooks/post-checkout; }
                echo x >>a.txt
                """
        ),
        Attack(
            name: "a common directory of its own",
            script: """
                mkdir -p evil; git init -q --bare evil/main; git --git-dir=evil/main config core.fsmonitor "$PWNED"
                echo /workspace/evil/main >.git/commondir; git config extensions.worktreeConfig true || :
                printf '[core]\\n\\tfsmonitor = %s\\n' "$PWNED" >.git/config.worktree
                """
        ),
        Attack(
            name: "a partial clone that gets objects by a command",
            script: """
                git config extensions.partialClone evil; git config remote.evil.promisor true
                git config remote.evil.url "ext::$PWNED"; git config protocol.ext.allow always
                git config core.repositoryFormatVersion 1; echo x >>a.txt; git commit -qam x
                blob=$(git rev-parse HEAD:a.txt)
                rm -f ".git/objects/$(echo "$blob" | cut -c1-2)/$(echo "$blob" | cut -c3-)"
                """
        ),
        Attack(
            name: "nested repositories with settings of their own",
            script: """
                git init -q nested; git -C nested config user.name n; git -C nested config user.email n@n
                git -C nested config core.fsmonitor "$PWNED"
                git -C nested config filter.evil.clean "$PWNED"; echo '* filter=evil' >nested/.gitattributes
                echo x >nested/x; git -C nested -c core.fsmonitor=false -c filter.evil.clean=cat add x
                git -C nested -c core.fsmonitor=false -c filter.evil.clean=cat commit -qm x
                git -c core.fsmonitor=false -c protocol.file.allow=always add nested 2>/dev/null
                git -c core.fsmonitor=false commit -qm nested; touch nested/x; echo y >nested/y
                """
        ),
        Attack(
            name: "a bare repository among the files",
            script: """
                git init -q --bare bare; git --git-dir=bare config core.fsmonitor "$PWNED"
                git --git-dir=bare config core.hooksPath "$PWNED"; git --git-dir=bare config core.worktree .
                """
        ),
        Attack(
            name: "a git directory under another spelling",
            script: """
                mkdir .GIT 'git~1'; printf '[core]\\n\\tfsmonitor = %s\\n' "$PWNED" >.GIT/config
                cp .GIT/config 'git~1/config'; echo 'ref: refs/heads/x' >.GIT/HEAD
                """
        ),
        Attack(
            name: "submodules with hostile addresses",
            script: """
                git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub
                printf '[submodule "sub"]\\n\\tpath = sub\\n\\turl = ext::%s\\n\\tupdate = !%s\\n' "$PWNED" "$PWNED" >.gitmodules
                git config -f .gitmodules submodule.sub.url "--upload-pack=$PWNED"; git add .gitmodules; git commit -qm sub
                """,
            isImportable: false
        ),
        Attack(
            name: "alternates and links that lead out",
            script: """
                echo /etc >>.git/objects/info/alternates; ln -s / root; ln -s ../../vault vault
                ln -sf /etc/passwd .git/packed-refs; echo x >>a.txt
                """
        ),
    ]

    @Test(arguments: attacks)
    func nothingOfItRuns(_ attack: Attack) async throws {
        let fixture = try await Fixture.standard()
        let mark = "\(fixture.directory.path)/pwned"
        let workspace = try await fixture.create().workspace
        try await fixture.agent(
            workspace,
            "PWNED='touch \(mark) /workspace/pwned /vault/pwned'; export PWNED\n\(attack.script)"
        )
        let before = try fixture.userState()
        try await fixture.exercise(workspace, isImportable: attack.isImportable)
        #expect(!TestFiles.exists(mark))
        #expect(!TestFiles.exists("\(workspace.site.directory)/tree/pwned"))
        #expect(!TestFiles.exists("\(workspace.site.directory)/vault/pwned"))
        #expect(try fixture.userState() == before)
        #expect(try await fixture.git(["fsck", "--strict", "--connectivity-only"]) == "")
    }

    @Test func objectsOfTheUserCannotBeWrittenOrRemoved() async throws {
        let fixture = try await Fixture.standard()
        try await fixture.git(["repack", "-adq"])
        let workspace = try await fixture.create().workspace
        let output = try await fixture.agent(
            workspace,
            """
            store=$(head -1 .git/objects/info/alternates)
            rm -f "$store"/pack/* && echo removed; chmod u+w "$store"/pack/*.pack && echo changed
            for pack in "$store"/pack/*.pack; do printf x >>"$pack" && echo written; done; touch "$store/x" && echo made; :
            """
        )
        #expect(output == "")
        #expect(try await fixture.git(["fsck"]) == "")
    }

    @Test func malformedCommitsAreNotTakenButTheFilesAre() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(
            workspace,
            """
            blob=$(echo x | git hash-object -w --stdin)
            inner=$(printf '100644 blob %s\\tconfig\\n' "$blob" | git mktree)
            bytes=$(echo "$inner" | sed 's/../\\\\x&/g')
            bash -c "printf '40000 .GIT\\\\0$bytes'" >/tmp/tree
            tree=$(git hash-object -t tree -w --literally --stdin </tmp/tree)
            git update-ref HEAD $(git commit-tree "$tree" -p HEAD -m evil); echo y >y
            """
        )
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let head = try #require(report.checkpoint.agentHead)
        #expect(report.notices.contains(.agentCommitsUnreadable(head)))
        #expect(try await fixture.files(report.checkpoint.tree, in: workspace).contains("y"))
        let branch = try #require(try await workspace.publishBranch(OutcomeTests.work))
        #expect(try await fixture.git(["log", "--format=%s", branch.name]) == "Fix the parser\nbase")
    }
}

extension Fixture {
    /// Calls every operation that touches what the agent wrote.
    func exercise(_ workspace: any Workspace, isImportable: Bool) async throws {
        try await workspace.verify()
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let restoration = try await workspace.restore(to: 0, iteration: 1)
        _ = try await workspace.changedPaths(
            from: restoration.after.checkpoint.tree,
            to: report.checkpoint.tree,
            matching: ["**"]
        )
        _ = try await workspace.secretPaths()
        _ = try await workspace.restore(to: 1, iteration: 1)
        let checkout = try await workspace.checkOut(report.checkpoint.commit)
        try checkout.remove()
        try await git(["branch", "-q", "target"])
        if isImportable {
            try await exerciseImports(workspace, report)
        } else {
            await expectRefusal { try await workspace.importCheckpoints() }
            await expectRefusal { _ = try await workspace.publishBranch(OutcomeTests.work) }
            await expectRefusal { _ = try await workspace.merge(into: "target", OutcomeTests.work) { _ in true } }
        }
        _ = try await provider().open(workspace.site)
        try await workspace.rebuildAgentGit()
    }

    private func exerciseImports(_ workspace: any Workspace, _ report: CheckpointReport) async throws {
        try await workspace.importCheckpoints()
        let base = try #require(try await head())
        _ = try await provider().diff(in: workspace.site.repository, from: base, to: report.checkpoint.commit)
        _ = try await workspace.publishBranch(OutcomeTests.work)
        _ = try await workspace.merge(into: "target", OutcomeTests.work) { _ in true }
    }

    private func expectRefusal(_ body: () async throws -> Void) async {
        await #expect {
            try await body()
        } throws: { error in
            guard case WorkspaceError.importRefused(.malformedObjects)? = error as? WorkspaceError else { return false }
            return true
        }
    }

    /// Everything of the user's repository that must stay as it is, byte for byte; branches of makima's apart.
    func userState() throws -> [String: String] {
        var state: [String: String] = [:]
        var pending = [repository]
        while let directory = pending.popLast() {
            for name in try FileTree.names(in: directory) where name != "." && name != ".." {
                let path = "\(directory)/\(name)"
                let shown = String(path.dropFirst(repository.count + 1))
                if Self.isMakimas(shown) { continue }
                var status = stat()
                lstat(path, &status)
                if status.st_mode & S_IFMT == S_IFDIR {
                    pending.append(path)
                } else {
                    state[shown] = "\(status.st_mode) \(status.st_mtim.tv_nsec) \(TestFiles.read(path) ?? "")"
                }
            }
        }
        return state
    }

    private static func isMakimas(_ path: String) -> Bool {
        [".git/refs/makima", ".git/objects", ".git/refs/heads/makima", ".git/logs/refs/heads/makima"]
            .contains { path.hasPrefix($0) } || path.hasSuffix("heads/target")
    }
}
