import Replay
import Testing

/// A play that ends otherwise than expected is told line by line.
struct VerdictTests {
    @Test func tellsEveryDifference() async throws {
        let line = """
            {"id":"X1","title":"t","needs":["argv"],"iterations":[{"stdout":"on it","writes":{"n":"{{i}}"}}],\
            "repeat_last":true,"limits":{"max_iterations":2},"expect":{"status":"done","proof":"any","iterations":1,\
            "runs":1,"flags":["missing_result_event"],"next_prompt_mentions":"elephants","waits":1,\
            "argv_absent":["--verbose"],"tree_contains":["n","m"]}}
            """
        let verdict = try await play(line)
        #expect(
            verdict == [
                "outcome: expected done, got iteration_limit_reached",
                "iterations: expected 1, got 2",
                "starts of the agent: expected 1, got 2",
                "waits: expected 1, got 0",
                "arguments of start 1: expected no --verbose, got it",
                "arguments of start 2: expected no --verbose, got it",
                "second prompt: expected 'elephants' in it, got none",
                "flag: expected missing_result_event, got ends ok; ok",
                "tree: expected m, got none",
            ]
        )
    }

    @Test func tellsWhatTheAgentFoundWrong() async throws {
        let line = """
            {"id":"X2","title":"t","daemon_env":{"LANG":"C"},"iterations":[{"require_env_absent":["LANG"]}],\
            "limits":{"max_iterations":1},"expect":{"status":"iteration_limit_reached"}}
            """
        #expect(try await play(line) == ["start 1: expected nothing wrong, got 'LANG is set'"])
    }

    private func play(_ line: String) async throws -> [String] {
        let scenario = try #require(try ScenarioFile(bytes: Array(line.utf8), path: "f").scenarios.first)
        let stage = await Corpus.stage()
        return try await Corpus.turnstile.pass { try await ScenarioRun(scenario, on: stage).play() }
            .differences.map(\.description)
    }
}
