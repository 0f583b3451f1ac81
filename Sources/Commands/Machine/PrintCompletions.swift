import ArgumentParser

/// `makima completions`: a script that teaches a shell makima's commands.
struct PrintCompletions: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a completion script for a shell",
        discussion: "For example: makima completions bash > ~/.local/share/bash-completion/completions/makima"
    )

    /// The shells there is a script for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash
        case zsh
        case fish
    }

    @Argument(help: "The shell")
    var shell: Shell

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let script =
            switch shell {
            case .bash: MakimaCommand.completionScript(for: .bash)
            case .zsh: MakimaCommand.completionScript(for: .zsh)
            case .fish: MakimaCommand.completionScript(for: .fish)
            }
        environment.answers.write(Array((script + "\n").utf8))
        return .success
    }
}
