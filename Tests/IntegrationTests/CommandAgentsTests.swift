import Domain
import Processes
import TestSupport
import Testing

/// The real Kimi, Vibe, aider and mini-swe-agent as agents of kind `command`, against a model that is scripted, in the real
/// sandbox: each behind a few lines of shell, as a person would write them.
///
/// One after the other: each takes seconds of processor time to start.
@Suite(.serialized)
struct CommandAgentsTests {
    @Test(.enabled(if: AgentProgram.kimi.isWanted, AgentProgram.kimi.absence))
    func kimiMendsWhatTheCheckRefused() async throws {
        try await mends(.kimi) { url in
            """
            mkdir -p ~/.kimi && cat >~/.kimi/config.toml <<'END'
            \(ACPPrograms.kimiSettings(url))
            END
            export KIMI_CLI_NO_AUTO_UPDATE=1 KIMI_DISABLE_TELEMETRY=1
            exec "$1" --print --output-format stream-json
            """
        }
    }

    @Test(.enabled(if: AgentProgram.vibe.isWanted, AgentProgram.vibe.absence))
    func vibeMendsWhatTheCheckRefused() async throws {
        try await mends(.vibe) { url in
            """
            mkdir -p ~/.vibe && cat >~/.vibe/config.toml <<'END'
            \(ACPPrograms.vibeSettings(url))
            END
            export SCRIPTED_KEY=scripted PATH="$(dirname "$1"):$PATH"
            exec "$1" --trust --auto-approve --output streaming -p "$(cat)" </dev/null
            """
        }
    }

    @Test(.enabled(if: AgentProgram.aider.isWanted, AgentProgram.aider.absence))
    func aiderMendsWhatTheCheckRefused() async throws {
        try await mends(.aider) { url in
            """
            export OPENAI_API_KEY=scripted OPENAI_API_BASE=\(url)/v1 LITELLM_LOCAL_MODEL_COST_MAP=True
            cat >~/prompt
            exec "$1" --model openai/scripted --edit-format diff --no-stream --no-pretty --yes-always --no-check-update \\
                --analytics-disable --no-show-model-warnings --no-show-release-notes --map-tokens 0 --no-gitignore \\
                --no-auto-commits --chat-history-file ~/chat --input-history-file ~/input \\
                --message-file ~/prompt adder.sh </dev/null
            """
        }
    }

    @Test(.enabled(if: AgentProgram.mini.isWanted, AgentProgram.mini.absence))
    func miniMendsWhatTheCheckRefused() async throws {
        try await mends(.mini, "mend-and-submit") { url in
            """
            export OPENAI_API_KEY=scripted OPENAI_API_BASE=\(url)/v1 OPENAI_BASE_URL=\(url)/v1 MSWEA_CONFIGURED=true \\
                MSWEA_SILENT_STARTUP=1 MSWEA_COST_TRACKING=ignore_errors LITELLM_LOCAL_MODEL_COST_MAP=True
            exec "$1" -m openai/scripted -t "$(cat)" -y --exit-immediately -o ~/trajectory.json -c mini.yaml </dev/null
            """
        }
    }

    /// The first iteration mends wrongly and says that it is ready, the second mends what the check refused.
    private func mends(
        _ program: AgentProgram,
        _ scenario: String = "mend-with-any-tools",
        script: (_ url: String) -> String
    ) async throws {
        let model = try await ScriptedModel(scenario)
        let installation = try await Installation(files: Adder.broken)
        let file = installation.directory.write("set -eu\n\(script(model.url))\n", to: "agent/start.sh")
        installation.configure(
            """
            agent = "\(program.rawValue)"
            [agents.\(program.rawValue)]
            kind = "command"
            command = ["sh", "\(file)", "\(program.path)"]
            """
        )
        let answer = try await installation.makima("run", "Mend the adder", "--check", Adder.check, "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)\(answer.output)")
        #expect(answer.task?["proof"]?.string == "verified")
        #expect(answer.task?["iterations"]?.int == 2)
        let branch = try #require(answer.task?["branch"]?.string)
        #expect(try await installation.git("show", "\(branch):adder.sh") == Adder.mended)
        #expect(try await installation.git("ls-tree", "--name-only", branch) == "adder.sh\n")
        #expect(installation.survivors == [])
    }
}
