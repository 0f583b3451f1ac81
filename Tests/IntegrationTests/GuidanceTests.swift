import Domain
import Processes
import TestSupport
import Testing

/// What makima says when something cannot be done, and whether the way that it names works.
@Suite(.serialized)
struct GuidanceTests {
    @Test func aMissingAgentIsNamedAndOthersAreOffered() async throws {
        var installation = try await Installation()
        let missing = try await installation.makima("run", "work")
        #expect(missing.status == .code(2))
        #expect(missing.errorOutput.contains("Claude Code is not installed"))
        #expect(missing.errorOutput.contains("'makima agents'"))
        #expect(!missing.errorOutput.contains("/usr/bin"))

        installation.variables["MAKIMA_AGENTS_GONE_KIND"] = "command"
        installation.variables["MAKIMA_AGENTS_GONE_COMMAND"] = "no-such-agent"
        let gone = try await installation.makima("run", "work", "--agent", "gone")
        #expect(gone.errorOutput.contains("The program 'no-such-agent' of the agent 'gone' is not installed."))
        #expect(gone.errorOutput.contains("--agent NAME"))
    }

    @Test func whatCannotComeToAnythingIsRefusedBeforeThereIsATask() async throws {
        var installation = try await Installation()
        installation.agent(Gate.ready)
        let unlisted = try await installation.makima("run", "w", "--agent", "double", "--network", "allowlist")
        #expect(unlisted.status == .code(2))
        #expect(unlisted.errorOutput.contains("no host is listed"))
        #expect(unlisted.errorOutput.contains("'--allow-host HOST'"))
        let listed = try await installation.makima("list", "--json").output
        #expect(try JSONParser.parse(Array(listed.utf8)).array?.isEmpty == true, "\(listed)")
        installation.variables["MAKIMA_CONFIG"] = "\(installation.directory.path)/nowhere.toml"
        let missing = try await installation.makima("config")
        #expect(missing.errorOutput.contains("Hint: Make it, or name another one"))
    }

    @Test func hintsNameCommandsThatWork() async throws {
        var installation = try await Installation()
        installation.agent("echo $MAKIMA_ITERATION >> seen; \(Gate.notReady)")
        try await installation.makima("run", "guide", "--agent", "double", "--max-iterations", "1")
        let restored = try await installation.makima("restore", "guide", "0")
        #expect(
            restored.errorOutput.contains("'makima resume ") && restored.errorOutput.contains("--max-iterations 2'")
        )
        let merged = try await installation.makima("merge", "guide")
        #expect(merged.errorOutput.contains("--max-iterations 2'"))
        let same = try await installation.makima("resume", "guide")
        #expect(same.errorOutput.contains("1 iteration is used already"))

        installation.agent("echo done > seen; \(Gate.ready)")
        let done = try await installation.makima("resume", "guide", "--max-iterations", "2")
        #expect(done.status == .code(0))
        let afterDone = try await installation.makima("restore", "guide", "1")
        #expect(!afterDone.errorOutput.contains("makima resume"))
        #expect(afterDone.errorOutput.contains("'makima merge "))
    }

    @Test func discardSaysHowItsWorkIsGotBack() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        let done = try await installation.makima("run", "leave", "--agent", "double", "--json")
        let id = try #require(done.task?["id"]?.string)
        let discarded = try await installation.makima("discard", "leave")
        #expect(discarded.status == .code(0))
        let hint = try #require(discarded.errorOutput.split(separator: "'").first { $0.hasPrefix("git branch NAME ") })
        #expect(hint.hasPrefix("git branch NAME refs/makima/checkpoints/\(id)/"))
        try await installation.git("branch", "back", String(hint.dropFirst("git branch NAME ".count)))
        #expect(try await installation.git("show", "back:work") == "work\n")
        #expect(try await installation.makima("show", "leave").errorOutput.contains("forgotten"))
    }

    /// The command line of the README.
    @Test func whatADiscardedTaskLeavesCanBeRemoved() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; git add work; git commit -qm Work; git branch aside; \(Gate.ready)")
        let done = try await installation.makima("run", "leave", "--agent", "double", "--json")
        let id = try #require(done.task?["id"]?.string)
        try await installation.makima("discard", "leave")
        let left = try await installation.git("for-each-ref", "--format=%(refname)", "refs/makima")
        #expect(left.contains("refs/makima/checkpoints/\(id)/1\n"))
        #expect(left.contains("refs/makima/results/\(id)\n"))
        let command =
            "git for-each-ref --format='delete %(refname)' 'refs/makima/*/ID' 'refs/makima/*/ID/*'"
            + " | git update-ref --stdin"
        let readme = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/README.md"
        #expect(TestFiles.read(readme)?.contains("\n\(command)\n") == true)
        let own = command.split(separator: "ID").joined(separator: id)
        try await installation.git("-c", "alias.remove=!\(own)", "remove")
        #expect(try await installation.git("for-each-ref", "refs/makima") == "")
    }
}
