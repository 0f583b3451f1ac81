import Agents
import Commands
import Processes

/// Plays a scenario as the process of the `script` agent.
struct ScriptPlayback: Sendable {
    let host: HostFacts
    let launcher: PosixSpawnLauncher

    func play(_ path: String) async throws -> Int32 {
        let player = ScriptPlayer(
            directory: host.currentDirectory,
            environment: host.variables,
            launcher: launcher,
            clock: ContinuousClock()
        ) { stream, text in
            switch stream {
            case .output: FileSink.standardOutput.write(Array(text.utf8))
            case .error: FileSink.standardError.write(Array(text.utf8))
            }
        }
        return try await player.run(scenarioFile: path)
    }
}
