import Agents
import Domain
import Testing

/// What programs print when they are asked for their version, as they print it.
struct ProgramVersionTests {
    @Test(arguments: [
        ("2.1.330 (Claude Code)\n", "2.1.330"), ("codex-cli 0.163.0\n", "0.163.0"),
        ("kimi, version 1.51.0\n", "1.51.0"), ("vibe 3.0.3\n", "3.0.3"), ("vibe-acp 3.0.3\n", "3.0.3"),
        ("aider 0.86.2\n", "0.86.2"), ("This is mini-swe-agent version 2.4.6.\nCheck the v2 guide\n", "2.4.6"),
        ("WARNING: proceeding, even though (codex_home: \"/x/.codex\")\ncodex-cli 0.163.0\n", "0.163.0"),
        ("codex-cli 0.164.0-alpha.2\n", "0.164.0-alpha.2"), ("v1.2\n", "1.2"), ("git version 2.39.5\n", "2.39.5"),
    ])
    func isReadAsPrinted(text: String, version: String) {
        #expect(ProgramVersion(printed: text)?.description == version)
    }

    @Test(arguments: [
        "", "no version here", "12", "1..2", "1.2.3.4.5", "1.2/3", "/usr/lib/1.2", "99999999999999999999.1",
    ])
    func whatIsNoVersionIsNone(text: String) {
        #expect(ProgramVersion(printed: text) == nil)
    }

    @Test(arguments: [
        ("1.2", "1.10"), ("1.2.9", "1.3"), ("0.163.0", "1.0"), ("1.2.0-beta.1", "1.2.0"), ("2.1.330", "2.1.331"),
    ])
    func numbersAreCompared(less: String, more: String) throws {
        let (less, more) = (try #require(ProgramVersion(word: less)), try #require(ProgramVersion(word: more)))
        #expect(less < more && !(more < less))
    }

    @Test func whatIsAlikeIsNeitherOlderNorNewer() throws {
        let (one, other) = (try #require(ProgramVersion(word: "1.2")), try #require(ProgramVersion(word: "1.2.0+7")))
        #expect(!(one < other) && !(other < one))
    }

    @Test(arguments: KnownProgram.allCases)
    func eachIsJudgedByItsOwnRecording(program: KnownProgram) throws {
        let (old, new) = (try #require(ProgramVersion(word: "0.0.1")), try #require(ProgramVersion(word: "999.0")))
        guard let recorded = program.recorded else {
            #expect(program.judge(old) == .untried && program.judge(new) == .untried)
            return
        }
        #expect(program.judge(recorded) == .recorded)
        #expect(program.judge(old) == .older(than: recorded) && program.judge(new) == .newer(than: recorded))
        #expect(program.judge(new).hint == nil)
    }

    @Test func theLastKimiIsRefusedWithAWayOut() throws {
        let last = try #require(ProgramVersion(word: "1.52.0"))
        #expect(KnownProgram.kimi.judge(last).hint?.contains("kimi-cli==1.51.0") == true)
        #expect(KnownProgram.vibe.judge(last).hint?.contains("kimi") != true)
    }

    @Test(arguments: [
        (AgentKind.claude, ["/opt/c"], KnownProgram.claude as KnownProgram?), (.codex, ["codex"], .codex),
        (.acp, ["/x/bin/kimi", "acp"], .kimi), (.acp, ["vibe-acp"], .vibe), (.acp, ["mine"], nil), (.acp, [], nil),
        (.command, ["claude"], nil), (.script, [], nil),
    ])
    func onlyKnownProgramsAreAsked(kind: AgentKind, command: [String], program: KnownProgram?) {
        #expect(KnownProgram(of: AgentConfiguration(name: "a", kind: kind, command: command)) == program)
    }
}
