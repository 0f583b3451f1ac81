import Processes

/// The loop that people write first: the agent again and again, until it prints the words that promise the end.
///
/// `while :; do agent <prompt | tee output; grep -q "$promise" output && break; done`, with a limit.
package struct BareLoop: Sendable {
    private let stage: ReplayStage
    private let scenario: Scenario

    /// How often it starts the agent at most.
    package static let limit = 20

    package init(_ scenario: Scenario, on stage: ReplayStage) {
        self.scenario = scenario
        self.stage = stage
    }

    /// Plays the scenario on a real repository and returns how often the agent was started.
    ///
    /// Waits, time limits and everything else that only makima has a word for, the loop does not know.
    package func starts() async throws -> Int {
        let playground = try Playground(launcher: stage.launcher)
        _ = try await ReplayRepository.make(scenario.setup, in: playground, git: stage.git)
        let agent = try FakeAgent(of: scenario, in: playground)
        let environment = ["PATH": ReplayStage.searchPath, "HOME": playground.path, "AGENT": agent.program]
        let command = Command(
            "/bin/bash",
            ["-c", Self.script],
            environment: environment,
            directory: playground.repository
        )
        _ = try await stage.launcher.run(command, timeout: .seconds(600), outputCap: 64 << 20)
        return agent.starts().count
    }

    /// The agent's own time limit is far above what any trace takes: a busy machine must not change how often it starts.
    private static let script = """
        for _ in $(seq \(limit)); do
            echo "Do what is left to do; print ready: true when all is done." | timeout 100 "$AGENT" >output 2>&1
            grep -qi 'ready"*: *true' output && break
        done
        """
}
