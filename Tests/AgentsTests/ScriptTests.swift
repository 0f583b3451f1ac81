import Domain
import Processes
import Synchronization
import TestSupport
import Testing

@testable import Agents

/// Scenarios, and how they are played.
struct ScriptTests {
    private let directory = TemporaryDirectory("makima-script")

    // MARK: - Reading

    @Test func aScenarioIsAnObjectAListOrOneIterationALine() throws {
        let iteration = #"{"steps":[{"say":"hello"}],"gate":{"ready":true,"reason":"r","blockers":["b"]},"exit":3}"#
        let expected = Scenario.Iteration(
            steps: [.say("hello")],
            gate: CompletionGate(ready: true, reason: "r", blockers: ["b"]),
            exitCode: 3
        )
        let texts = [
            "{\"title\":\"t\",\"iterations\":[\(iteration),\(iteration)]}", "[\(iteration),\(iteration)]",
            "\(iteration)\n\n\(iteration)\n",
        ]
        for text in texts {
            #expect(try Scenario(Array(text.utf8), path: "x").iterations == [expected, expected])
        }
        #expect(try Scenario(Array(iteration.utf8), path: "x").iterations == [expected])
    }

    @Test(arguments: [
        "", "[]", "nonsense", "[1]", #"{"iterations":5}"#, #"{"iterations":[],"x":1}"#, #"{"stepz":[]}"#,
        #"{"steps":[{"shout":"x"}]}"#, #"{"steps":[{"write":"/etc/passwd","content":""}]}"#,
        #"{"steps":[{"write":"a/../../b","content":""}]}"#, #"{"steps":[{"delete":"../x"}]}"#,
        #"{"steps":[{"sleep":-1}]}"#, #"{"steps":[{"sleep":1e99}]}"#, #"{"exit":300}"#, #"{"gate":{"ready":"yes"}}"#,
        #"{"steps":[{"say":"a","run":"b"}]}"#,
    ])
    func whatIsNoScenarioIsRefused(_ text: String) {
        #expect(throws: AgentError.self) { try Scenario(Array(text.utf8), path: "x") }
    }

    @Test func theLastIterationIsPlayedAgain() throws {
        let scenario = try Scenario(Array(#"[{"exit":1},{"exit":2}]"#.utf8), path: "x")
        #expect([0, 1, 2, 3, .max].map { scenario.iteration($0).exitCode } == [1, 1, 2, 2, 2])
    }

    // MARK: - Playing

    @Test func playsItsStepsInOrderAndSaysThatItIsNoAI() async throws {
        let scenario = """
            [{"steps":[{"say":"I begin."},{"write":"src/new/a.txt","content":"one\\n"},{"run":"cat src/new/a.txt; exit 7"},
            {"delete":"src/new/a.txt"},{"warn":"careful"}],"gate":{"ready":true,"reason":"say \\"done\\""},"exit":4}]
            """
        let printed = Mutex([ScriptPlayer.Stream: String]())
        let player = player { stream, text in printed.withLock { $0[stream, default: ""] += text } }
        let code = try await player.run(scenarioFile: directory.write(scenario, to: "scenario.json"))
        #expect(code == 4)
        let output = printed.withLock { $0[.output] ?? "" }
        #expect(output.contains("no AI"))
        #expect(output.contains("I begin.\n[script] wrote src/new/a.txt\n[script] $ cat src/new/a.txt; exit 7\none\n"))
        #expect(output.contains("code(7)"))
        #expect(
            output.hasSuffix(
                "<COMPLETION_GATE>\nready: true\nreason: \"say \\\"done\\\"\"\nblockers: []\n</COMPLETION_GATE>\n"
            )
        )
        #expect(printed.withLock { $0[.error] } == "careful\n")
        #expect(!TestFiles.exists(directory.path + "/src/new/a.txt"))
    }

    @Test func theEnvironmentSaysWhichIterationIsPlayed() async throws {
        let file = directory.write(#"[{"exit":1},{"exit":2}]"#, to: "scenario.json")
        #expect(try await player(iteration: "2") { _, _ in }.run(scenarioFile: file) == 2)
        #expect(try await player(iteration: "nonsense") { _, _ in }.run(scenarioFile: file) == 1)
    }

    @Test func sleepsOnTheGivenClock() async throws {
        let clock = ManualClock()
        let scenario = try Scenario(Array(#"{"steps":[{"sleep":60}]}"#.utf8), path: "x")
        let player = player(clock: clock) { _, _ in }
        async let code = player.run(scenario: scenario, iteration: 1)
        await clock.sleepers(1)
        clock.advance(by: .seconds(60))
        #expect(try await code == 0)
    }

    @Test func aMissingFileIsNamed() async throws {
        let path = directory.path + "/none.json"
        await #expect(throws: AgentError.scenarioNotFound(path: path)) {
            try await player { _, _ in }.run(scenarioFile: path)
        }
    }

    private func player(
        iteration: String = "1",
        clock: any Clock<Duration> = ManualClock(),
        print: @escaping @Sendable (ScriptPlayer.Stream, String) -> Void
    ) -> ScriptPlayer {
        ScriptPlayer(
            directory: directory.path,
            environment: ["PATH": "/usr/bin:/bin", "MAKIMA_ITERATION": iteration],
            launcher: PosixSpawnLauncher(),
            clock: clock,
            print: print
        )
    }
}
