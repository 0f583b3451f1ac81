import Domain
import Processes
import TestSupport
import Testing

/// What makima says about a repository and a machine that are not what a person may take them for.
@Suite(.serialized)
struct InspectionTests {
    @Test func whatIsNotCommittedIsNamed() async throws {
        var installation = try await Installation(files: ["README.md": "hello\n", "makima.toml": "protected = []\n"])
        installation.agent("echo work > work; \(Gate.ready)")
        let clean = try await installation.makima("run", "clean", "--agent", "double")
        #expect(!clean.errorOutput.contains("checkout"))

        installation.directory.write("protected = [\"a\"]\n", to: "repository/makima.toml")
        let changed = try await installation.makima("run", "changed", "--agent", "double")
        #expect(changed.errorOutput.contains("The makima.toml in your checkout differs from the committed one"))
        #expect(changed.errorOutput.contains("1 changed file"))
        #expect(try await installation.makima("config").errorOutput.contains("differs from the committed one"))
        let taken = try await installation.makima("run", "taken", "--agent", "double", "--include-changes")
        #expect(!taken.errorOutput.contains("--include-changes"))
    }

    @Test func theDoctorLooksAtConfigurationAgentsAndState() async throws {
        var installation = try await Installation()
        #expect(try await installation.makima("doctor").status == .code(1))
        installation.agent("true")
        installation.variables["MAKIMA_AGENT"] = "double"
        let healthy = try await installation.makima("doctor", "--json")
        #expect(!healthy.output.contains("\"agent\",\"verdict\":\"broken\""))
        #expect(healthy.output.contains("Claude Code is not installed"))
        #expect(healthy.output.contains("\"subject\":\"cgroup\""))
        installation.variables["MAKIMA_AGENTS_GONE_KIND"] = "command"
        installation.variables["MAKIMA_AGENTS_GONE_COMMAND"] = "no-such-agent"
        #expect(try await installation.makima("doctor").output.contains("gone: The program 'no-such-agent' is not"))

        installation.directory.write("hard_limit = \n", to: "config/makima/config.toml")
        let invalid = try await installation.makima("doctor")
        #expect(invalid.status == .code(1))
        #expect(invalid.output.contains("config.toml"))

        installation.variables["MAKIMA_STATE_DIR"] = "\(installation.repository)/README.md/state"
        #expect(try await installation.makima("doctor").output.contains("README.md/state"))
    }

    @Test func aBudgetThatCannotBeHeldIsRefusedByAResumeToo() async throws {
        var installation = try await Installation()
        installation.agent("echo working; \(Gate.notReady)")
        try await installation.makima("run", "spend", "--agent", "double", "--max-iterations", "1")
        let resumed = try await installation.makima("resume", "spend", "--max-iterations", "2", "--max-cost-usd", "5")
        #expect(resumed.status == .code(2))
        #expect(resumed.errorOutput.contains("price_per_million_tokens"))
    }

    @Test func aFailingAgentIsHeard() async throws {
        var installation = try await Installation()
        installation.agent("echo boom >&2; exit 7")
        let answer = try await installation.makima("run", "fail", "--agent", "double")
        #expect(answer.output.contains("boom"))
        let logs = try await installation.makima("logs", "fail")
        #expect(logs.output.contains("standard error:\n  boom\n"))
    }
}
