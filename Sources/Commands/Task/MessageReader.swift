/// Reads what a person says to an agent from where the command line says it is.
struct MessageReader {
    let environment: CommandEnvironment

    /// Several of them have to fit into a prompt.
    static let limit = 64 << 10

    /// Returns `argument`, or what standard input holds where that is '-', without blanks around it; never empty.
    func read(_ argument: String) throws -> String {
        let bytes =
            argument == "-" ? try environment.machine.readStandardInput(upTo: Self.limit + 1) : Array(argument.utf8)
        guard bytes.count <= Self.limit else { throw CommandError.messageUnusable(.tooLong) }
        guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
            throw CommandError.messageUnusable(.notText)
        }
        let message = text.trimmingBlanks
        guard !message.isEmpty else { throw CommandError.messageUnusable(.empty) }
        return message
    }
}

/// What is wrong with a message.
package enum MessageProblem: Hashable, Sendable {
    case empty
    case notText
    case tooLong

    var sentence: String {
        switch self {
        case .empty: "The message is empty."
        case .notText: "The message is not valid UTF-8 text."
        case .tooLong: "The message is longer than \(MessageReader.limit) bytes."
        }
    }
}
