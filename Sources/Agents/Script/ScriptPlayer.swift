import Domain
import Glibc
package import Processes

/// Plays one iteration of a scenario in a directory, as an agent would work there.
package struct ScriptPlayer: Sendable {
    private let directory: String
    private let environment: [String: String]
    private let launcher: any CommandLauncher
    private let clock: any Clock<Duration>
    private let print: @Sendable (Stream, String) -> Void

    /// Where a player says something.
    package enum Stream: Hashable, Sendable {
        case output
        case error
    }

    /// Makes a player that works in `directory`; `print` writes a piece of text to a stream at once.
    package init(
        directory: String,
        environment: [String: String],
        launcher: any CommandLauncher,
        clock: any Clock<Duration>,
        print: @escaping @Sendable (Stream, String) -> Void
    ) {
        self.directory = directory
        self.environment = environment
        self.launcher = launcher
        self.clock = clock
        self.print = print
    }

    /// Reads the scenario file and plays the iteration that the environment names; returns the exit status.
    package func run(scenarioFile path: String) async throws -> Int32 {
        guard let bytes = FileProbe(path).contents(upTo: 16 << 20) else {
            throw AgentError.scenarioNotFound(path: path)
        }
        let number = environment["MAKIMA_ITERATION"].flatMap { Int($0) } ?? 1
        return try await run(scenario: try Scenario(bytes, path: path), iteration: number)
    }

    /// Plays iteration `number`, counted from 1; returns the exit status.
    ///
    /// A step that fails ends it.
    package func run(scenario: Scenario, iteration number: Int) async throws -> Int32 {
        let count = scenario.iterations.count
        let heading = "[script] This is a scenario being played, no AI: iteration \(number), \(count) are written.\n"
        print(.output, heading)
        let iteration = scenario.iteration(number)
        for step in iteration.steps { try await play(step) }
        if let gate = iteration.gate { print(.output, "\n" + Self.block(of: gate)) }
        return iteration.exitCode
    }

    private func play(_ step: Scenario.Step) async throws {
        switch step {
        case .say(let text):
            print(.output, text + "\n")
        case .warn(let text):
            print(.error, text + "\n")
        case .write(let path, let content):
            try ScriptFile(directory: directory, path: path).write(content)
            print(.output, "[script] wrote \(path)\n")
        case .delete(let path):
            try ScriptFile(directory: directory, path: path).delete()
            print(.output, "[script] deleted \(path)\n")
        case .run(let line):
            try await shell(line)
        case .sleep(let duration):
            try await clock.sleep(for: duration)
        }
    }

    /// A command that fails is shown and does not end the scenario: agents see failing commands all the time.
    private func shell(_ line: String) async throws {
        print(.output, "[script] $ \(line)\n")
        let command = Command("/bin/sh", ["-c", line], environment: environment, directory: directory)
        let result = try await launcher.run(command, timeout: .seconds(3600), outputCap: 1 << 20)
        print(.output, String(lossy: result.output))
        print(.error, String(lossy: result.errorOutput))
        if !result.status.isSuccess { print(.output, "[script] the command failed: \(result.status)\n") }
    }

    private static func block(of gate: CompletionGate) -> String {
        var lines = ["<COMPLETION_GATE>", "ready: \(gate.ready)"]
        if let reason = gate.reason { lines.append("reason: \(quoted(reason))") }
        if let progress = gate.progress { lines.append("progress: \(quoted(progress))") }
        lines.append("blockers: [\(gate.blockers.map { quoted($0) }.joined(separator: ", "))]")
        return (lines + ["</COMPLETION_GATE>", ""]).joined(separator: "\n")
    }

    private static func quoted(_ text: String) -> String {
        JSONWriter.write(.string(text))
    }
}
