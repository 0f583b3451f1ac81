import Domain
import TestSupport
import Testing

/// What `doctor` and `agents` say of the versions of programs, by doubles and by the real ones.
struct VersionTests {
    @Test(arguments: [
        ("echo '2.1.330 (Claude Code)'", "fine", ", version 2.1.330."),
        ("echo '9.9 (Claude Code)'", "fine", "version 9.9, newer than 2.1.330"),
        ("echo '2.0.1 (Claude Code)'", "warning", "version 2.0.1, older than 2.1.330"),
        ("echo none", "fine", "It does not tell its version."),
    ])
    func theDoctorKnowsWhatItWasWrittenAgainst(script: String, verdict: String, part: String) async throws {
        var installation = try await Installation()
        let path = installation.directory.write("#!/bin/sh\n\(script)\n", to: "agent/claude", mode: 0o755)
        installation.variables["MAKIMA_AGENTS_CLAUDE_COMMAND"] = path
        let answer = try await installation.makima("doctor", "--json").output
        let findings = try JSONParser.parse(Array(answer.utf8)).array ?? []
        let finding = findings.first { $0["finding"]?.string?.hasPrefix("claude") == true }
        #expect(finding?["verdict"]?.string == verdict, "\(answer)")
        #expect(finding?["finding"]?.string?.contains(part) == true, "\(answer)")
    }

    @Test func theLastKimiIsNoAgent() async throws {
        var installation = try await Installation()
        let path = installation.directory.write(
            "#!/bin/sh\necho 'kimi, version 1.52.0'\n",
            to: "agent/kimi",
            mode: 0o755
        )
        installation.variables["MAKIMA_AGENTS_KIMI_COMMAND"] = path
        installation.variables["MAKIMA_AGENT"] = "kimi"
        let answer = try await installation.makima("doctor")
        #expect(answer.output.contains("kimi-cli==1.51.0"), "\(answer.output)")
        #expect(try await installation.makima("agents").output.contains("kimi-cli==1.51.0"))
    }

    /// Those that begin in no time: the others, in Python, may take longer on a busy machine than the doctor waits.
    @Test(arguments: [AgentProgram.claude, .codex].filter(\.isWanted))
    func theRealOnesAreKnown(program: AgentProgram) async throws {
        var installation = try await Installation()
        installation.variables["MAKIMA_AGENTS_\(program.rawValue.uppercased())_COMMAND"] = program.path
        let answer = try await installation.makima("agents", "--json").output
        let agents = try JSONParser.parse(Array(answer.utf8)).array ?? []
        let version = agents.first { $0["name"]?.string == program.rawValue }?["version"]?.string
        #expect(version?.contains(".") == true, "\(answer)")
    }
}
