import ArgumentParser

/// `makima agent-script`: what the `script` agent starts.
///
/// Plays a scenario; there is no intelligence in it.
struct PlayScenario: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent-script",
        abstract: "Play a scenario as an agent",
        shouldDisplay: false
    )

    @Argument(help: "The scenario file")
    var file: String

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        ExitStatus(rawValue: try await environment.machine.playScenario(at: environment.absolute(file)))
    }
}
