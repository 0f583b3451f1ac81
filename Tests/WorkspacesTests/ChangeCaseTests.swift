import Domain
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// Kinds of change that recipes for noticing changes get wrong.
struct ChangeCaseTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// Run before the first checkpoint.
        var before = ":"
        /// Run between the two.
        var change: String
        var isChange = true

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "nothing", change: ":", isChange: false),
        Case(name: "edit of a tracked file", change: "echo x >>a.txt"),
        Case(name: "second edit of a dirty file", before: "echo x >>a.txt", change: "echo y >>a.txt"),
        Case(name: "same size within the same second", before: "echo xx >a.txt", change: "echo yy >a.txt"),
        Case(name: "new file", change: "echo n >n"),
        Case(name: "edit of an untracked file", before: "echo n >n", change: "echo m >n"),
        Case(name: "new file in an untracked directory", before: "mkdir u; echo n >u/n", change: "echo n >u/m"),
        Case(name: "deletion", change: "rm a.txt"),
        Case(name: "deletion of an untracked file", before: "echo n >n", change: "rm n"),
        Case(name: "rename", change: "mv a.txt c.txt"),
        Case(name: "mode", change: "chmod +x a.txt"),
        Case(name: "file becomes a link", change: "rm a.txt; ln -s src/b.txt a.txt"),
        Case(name: "link target", before: "ln -s one l", change: "rm l; ln -s two l"),
        Case(name: "file becomes a directory", change: "rm a.txt; mkdir a.txt; echo x >a.txt/x"),
        Case(name: "directory becomes a file", change: "rm -r src; echo x >src"),
        Case(name: "directory becomes a link to its like", change: "mv src other; ln -s other src"),
        Case(name: "undone edit", before: "echo x >n", change: "cp n /tmp/n; echo y >n; cp /tmp/n n", isChange: false),
        Case(name: "touch", change: "touch a.txt", isChange: false),
        Case(name: "only staged", before: "echo x >>a.txt", change: "git add a.txt", isChange: false),
        Case(name: "only committed", before: "echo x >>a.txt", change: "git commit -qam x", isChange: false),
        Case(name: "commit and more", change: "echo x >>a.txt; git commit -qam x; echo y >>a.txt"),
        Case(
            name: "reset to an older commit",
            before: "echo x >>a.txt; git commit -qam x",
            change: "git reset -q --hard HEAD~1"
        ),
        Case(name: "ignored file", change: "echo x >x.log", isChange: false),
        Case(name: "ignored file, added by force", before: "echo x >x.log", change: "git add -f x.log"),
        Case(
            name: "edit of one that was added by force",
            before: "echo x >x.log; git add -f x.log",
            change: "echo y >x.log"
        ),
        Case(name: "added by force and committed", change: "echo x >x.log; git add -f x.log; git commit -qm x"),
        Case(
            name: "no longer tracked, but ignored",
            before: "echo x >x.log; git add -f x.log",
            change: "git rm -q --cached x.log"
        ),
        Case(
            name: "newly ignored",
            before: "echo x >x.tmp",
            change: "echo '*.tmp' >>.git/info/exclude; echo '*.tmp' >>.gitignore"
        ),
        Case(name: "no longer ignored", before: "echo x >x.log", change: "echo >.gitignore"),
        Case(name: "stash", before: "echo x >>a.txt", change: "git stash -q"),
        Case(name: "empty directory", change: "mkdir empty", isChange: false),
        Case(name: "line ends only", change: "sed -i 's/$/\\r/' a.txt"),
        Case(name: "binary", change: "printf '\\000\\001\\377' >bin"),
        Case(name: "new sub-ignore", before: "mkdir s; echo x >s/x", change: "echo x >s/.gitignore"),
    ]

    @Test(arguments: cases)
    func isSeen(_ example: Case) async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, example.before)
        _ = try await workspace.checkpoint(.heartbeat, iteration: 1)
        try await fixture.agent(workspace, example.change)
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.isUnchanged == !example.isChange)
        #expect(report.notices.isEmpty)
        let expected = try await fixture.expectedFiles(in: workspace)
        #expect(try await fixture.entries(report.checkpoint.tree, in: workspace) == expected)
    }

    @Test func treeDependsOnTheFilesNotOnTheWay() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        let first = try await workspace.checkpoint(.heartbeat, iteration: 1).checkpoint.tree
        try await fixture.agent(workspace, "echo x >x.log; git add -f x.log; echo y >y; rm a.txt")
        let second = try await workspace.checkpoint(.heartbeat, iteration: 1).checkpoint.tree
        try await fixture.agent(workspace, "git reset -q --hard; rm y")
        let third = try await workspace.checkpoint(.heartbeat, iteration: 1).checkpoint.tree
        #expect(first == third)
        #expect(first != second)
    }

    @Test func oddNamesAreKept() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(
            workspace,
            """
            for n in '-x' '--help' 'a b' ' lead' 'trail ' 'q"q' "q'q" '$(id)' '`id`' 'é' 'a*' ':(glob)x' '#h' '!x' '\\t'; do
                echo "$n" >"$n"
            done
            printf 'x' >"$(printf 'new\\nline')"; printf 'x' >"$(printf 'tab\\tx')"; printf 'x' >"$(printf '\\377bad')"
            mkdir -p -- -d; echo x >-d/-f
            """
        )
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.checkpoint.change.files == 19)
        #expect(report.notices.isEmpty)
        let expected = try await fixture.expectedFiles(in: workspace)
        #expect(try await fixture.entries(report.checkpoint.tree, in: workspace) == expected)
        try await workspace.importCheckpoints()
    }
}

extension Fixture {
    /// Modes, blobs and names of a tree in the vault.
    func entries(_ tree: TreeID, in workspace: any Workspace) async throws -> [String] {
        let vault = "\(workspace.site.directory)/vault"
        return try await git(["--git-dir=\(vault)", "ls-tree", "-r", "-z", tree.rawValue]).split(separator: "\0")
            .map { String($0).replacing(" blob ", with: " ").replacing(" commit ", with: " ") }.sorted()
    }

    /// What a fresh index says, made by the agent's own git: its index, and everything added that is not ignored.
    ///
    /// The copy keeps the time of the index: git compares it with a file's to know whether an edit in the same second escaped it.
    func expectedFiles(in workspace: any Workspace) async throws -> [String] {
        let output = try await agent(
            workspace,
            """
            cp -p .git/index /tmp/index; export GIT_INDEX_FILE=/tmp/index GIT_OBJECT_DIRECTORY=/tmp/objects
            export GIT_ALTERNATE_OBJECT_DIRECTORIES="$PWD/.git/objects"; mkdir /tmp/objects
            git add -A; git ls-files -s -z
            """
        )
        return output.split(separator: "\0").map { String($0).replacing(" 0\t", with: "\t") }.sorted()
    }
}
