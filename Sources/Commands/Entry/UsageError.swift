import ArgumentParser
import Domain

/// A command line that the parser does not understand.
struct UsageError: ExplainedError {
    let description: String
    let hint: String

    init(_ error: any Error, _ arguments: [String]) {
        if let mistyped = Self.mistyped(arguments) {
            description = "There is no command '\(mistyped.word)'."
            hint = mistyped.nearest.map { "Did you mean 'makima \($0)'?" } ?? "'makima --help' lists the commands."
            return
        }
        if let (option, value) = Self.negative(arguments), MakimaCommand.message(for: error).hasPrefix("Missing value")
        {
            description = "The value '\(value)' of '\(option)' is negative."
            hint = "'\(Self.called(arguments)) --help' says what it takes."
            return
        }
        let message = MakimaCommand.message(for: error)
        description = message.last.map(".!?".contains) == true ? message : "\(message)."
        hint = "'\(Self.called(arguments)) --help' says what it takes."
    }

    /// An option with a number below zero, which the parser takes for an option itself.
    private static func negative(_ arguments: [String]) -> (option: String, value: String)? {
        zip(arguments, arguments.dropFirst())
            .first { $0.hasPrefix("--") && $1.hasPrefix("-") && Double($1) != nil }
            .map { (option: $0, value: $1) }
    }

    private static var commands: [CommandConfiguration] {
        let configuration = MakimaCommand.configuration
        return (configuration.subcommands + configuration.groupedSubcommands.flatMap(\.subcommands))
            .map { $0.configuration }
    }

    /// The first word where it is no command, with the command that it resembles.
    private static func mistyped(_ arguments: [String]) -> (word: String, nearest: String?)? {
        guard let word = arguments.first, !word.hasPrefix("-"), word != "help" else { return nil }
        let names = commands.filter(\.shouldDisplay).compactMap(\.commandName)
        let known = commands.flatMap { $0.aliases + [$0.commandName].compactMap { $0 } }
        guard !known.contains(word) else { return nil }
        return (word, Suggestion.nearest(to: word, among: names))
    }

    var errorCode: ErrorCode { .usage }

    /// The program with the command that was meant, as far as the arguments name one.
    private static func called(_ arguments: [String]) -> String {
        let named = arguments.first { !$0.hasPrefix("-") }
        let command = commands.first { command in
            named.map { $0 == command.commandName || command.aliases.contains($0) } ?? false
        }
        return ["makima", command?.commandName].compactMap { $0 }.joined(separator: " ")
    }
}
