import Domain
import Processes
import Testing

/// What an agent knows and prints does not come into the state directory.
struct RedactionTests {
    private static let key = "opaque-value-of-a-key-4711"
    private static let plain = "another-value-4712"

    /// A double of Claude Code that tells its key in every way, no intelligence.
    private static let tale = """
        head -n 1 >/dev/null
        say() { printf '%s\\n' "$1"; }
        say '{"type":"system","subtype":"init","session_id":"s1"}'
        say '{"type":"assistant","message":{"id":"m1","content":[{"type":"text","text":"it is '$DOUBLE_API_KEY'"}]}}'
        say '{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t1",\
        "content":"{\\"env\\":\\"DOUBLE_API_KEY='$DOUBLE_API_KEY'\\"}"}]}}'
        printf '{"type":"x","a":"opaque-value-'
        printf 'of-a-key-4711 %s"}\\n' "$PLAIN_THING"
        say "trouble with $DOUBLE_API_KEY" >&2
        calls=$(printf '%s' "$*" | sed 's/.*"--file","\\([^"]*\\)".*/\\1/')
        printf '{"token":"%s","tool":"note_progress","arguments":{"note":"tried %s"}}\\n' \
        "$MAKIMA_TOOLS_TOKEN" "$DOUBLE_API_KEY" >>"$calls"
        say '{"type":"result","subtype":"success","is_error":false,"session_id":"s1",\
        "result":"<COMPLETION_GATE>\\nready: true\\nreason: used '$DOUBLE_API_KEY'\\n</COMPLETION_GATE>"}'
        """

    @Test(arguments: ["auto", "off"]) func noSecretOfAnAgentIsStored(_ sandbox: String) async throws {
        var installation = try await Installation()
        installation.agent(Self.tale)
        let program = installation.variables["MAKIMA_AGENTS_DOUBLE_COMMAND"] ?? ""
        installation.variables = ["DOUBLE_API_KEY": Self.key, "PLAIN_THING": Self.plain]
        installation.configure(
            """
            [agents.double]
            kind = "claude"
            command = "\(program)"
            pass_env = ["DOUBLE_API_KEY", "PLAIN_THING"]
            [redact]
            variables = ["PLAIN_THING"]
            [workspace]
            setup = "printf gh; printf 'p_%036d\\\\n' 5"
            """
        )
        let answer = try await installation.makima(
            "run",
            "tell",
            "--agent",
            "double",
            "--sandbox",
            sandbox,
            // Which root may have without a sandbox, too.
            "--permissions",
            "plan",
            "--check",
            "printf gh; printf 'p_%036d\\n' 6",
            "--json"
        )
        #expect(answer.status == .code(0), "\(answer.errorOutput) \(answer.output)")
        for secret in [Self.key, Self.plain] + ["5", "6"].map({ "ghp_" + String(repeating: "0", count: 35) + $0 }) {
            #expect(try await installation.filesWith(secret).isEmpty)
            #expect(!answer.output.contains(secret))
        }
        // One in each of: standard output and error, the tools' calls, and the journal.
        let marked = try await installation.filesWith("[redacted:DOUBLE_API_KEY]")
        for name in ["/stdout", "/stderr", "/tools", "/journal.sqlite"] {
            #expect(marked.contains { $0.hasSuffix(name) || $0.hasSuffix("\(name)-wal") }, "\(name): \(marked)")
        }
        #expect(try await !installation.filesWith("[redacted:PLAIN_THING]").isEmpty)
        #expect(try await installation.filesWith("[redacted:github-token]").count >= 2)
    }
}

extension Installation {
    /// The files below the state directory that contain `text`.
    func filesWith(_ text: String) async throws -> [String] {
        let command = Command("grep", ["-rlaF", "--", text, state], environment: environment, directory: repository)
        let result = try await PosixSpawnLauncher().run(command)
        return String(decoding: result.output, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
