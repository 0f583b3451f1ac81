package import Domain

/// What a `script` agent does, iteration by iteration.
///
/// After the last iteration the last one is played again.
///
/// As JSON: `{"iterations": [ITERATION, …]}`, or one ITERATION a line. An ITERATION is
/// `{"steps": [STEP, …], "gate": {"ready": true, "reason": "…"}, "exit": 0}`, all of it optional; a STEP is one of
/// `{"say": "…"}`, `{"warn": "…"}` (on standard error), `{"write": "path", "content": "…"}`, `{"delete": "path"}`,
/// `{"run": "shell command"}`, `{"sleep": seconds}`.
package struct Scenario: Hashable, Sendable {
    package var iterations: [Iteration]

    package struct Iteration: Hashable, Sendable {
        package var steps: [Step]
        package var gate: CompletionGate?
        package var exitCode: Int32
    }

    package enum Step: Hashable, Sendable {
        case say(String)
        /// Said on standard error.
        case warn(String)
        case write(path: String, content: String)
        case delete(path: String)
        /// Run by `/bin/sh -c`; its output is part of the agent's.
        case run(String)
        case sleep(Duration)
    }

    /// Reads the scenario in `bytes`, the content of the file `path`.
    package init(_ bytes: [UInt8], path: String) throws(AgentError) {
        let parser = ScenarioParser(path: path)
        iterations = try parser.iterations(in: bytes)
    }

    /// What is played in iteration `number`, counted from 1.
    package func iteration(_ number: Int) -> Iteration {
        iterations[min(max(number, 1), iterations.count) - 1]
    }
}
