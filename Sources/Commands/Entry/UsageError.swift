import ArgumentParser
import Domain

/// A command line that the parser does not understand.
struct UsageError: ExplainedError {
    let description: String
    let hint: String

    init(_ error: any Error, _ arguments: [String]) {
        let message = MakimaCommand.message(for: error)
        description = message.last.map(".!?".contains) == true ? message : "\(message)."
        hint = "'\(Self.called(arguments)) --help' says what it takes."
    }

    var errorCode: ErrorCode { .usage }

    /// The program with the command that was meant, as far as the arguments name one.
    private static func called(_ arguments: [String]) -> String {
        let commands = MakimaCommand.configuration.subcommands.map { $0.configuration }
        let named = arguments.first { !$0.hasPrefix("-") }
        let command = commands.first { command in
            named.map { $0 == command.commandName || command.aliases.contains($0) } ?? false
        }
        return ["makima", command?.commandName].compactMap { $0 }.joined(separator: " ")
    }
}
