import Domain

/// An error put into the form in which people and programs see it, with the exit code that goes with it.
struct ErrorReport {
    let exitStatus: ExitStatus
    let code: ErrorCode
    /// From the outermost to the first; each a sentence, or several lines.
    let messages: [String]
    let hint: String?

    init(_ error: any Error) {
        let refused = (error as? RefusedCommand)?.refusal
        let error = refused ?? error
        var causes: [any Error] = []
        var next: (any Error)? = error
        while let error = next, causes.count < Self.maximumDepth {
            causes.append(error)
            next = (error as? any ExplainedError)?.cause
        }
        code = Self.code(of: error)
        messages = causes.map(Self.sentence)
        hint =
            causes.lazy.compactMap { ($0 as? any ExplainedError)?.hint }.first
            ?? (code == .internal ? "This is a defect of makima; please report it." : nil)
        // No other command line would help with what is wrong with the machine.
        let isMachines = code == .internal || code == .environment
        exitStatus = refused == nil || isMachines ? ExitStatus(code) : .usage
    }

    var lines: [StyledLine] {
        var lines: [StyledLine] = []
        for (depth, message) in messages.enumerated() {
            let label = depth == 0 ? StyledLine("Error: ", .bad) : StyledLine("Caused by: ", .warning)
            let sentence = message.split(whereSeparator: \.isNewline)
            lines.append(label + StyledLine(sentence.first.map(String.init) ?? ""))
            lines += sentence.dropFirst().map { StyledLine("  \($0)") }
        }
        return lines + (hint.map { [StyledLine("Hint: ", .accent) + StyledLine($0)] } ?? [])
    }

    /// Chains of causes are short; a longer one is a circle.
    private static let maximumDepth = 8

    /// What describes itself without a hint was refused by something that knows no more.
    private static func code(of error: any Error) -> ErrorCode {
        (error as? any ExplainedError)?.errorCode ?? (describesItself(error) ? .refused : .internal)
    }

    /// All of makima's errors describe themselves; one that does not was never meant to come so far.
    private static func sentence(for error: any Error) -> String {
        describesItself(error) ? "\(error)" : "Unexpected error: \(String(reflecting: error))"
    }

    /// Asks the type: where Foundation is linked, every error can be cast to something that describes itself.
    private static func describesItself(_ error: any Error) -> Bool {
        type(of: error) is any CustomStringConvertible.Type
    }
}

extension ExitStatus {
    /// The exit code of a command that ended with an error of this kind.
    fileprivate init(_ code: ErrorCode) {
        self =
            switch code {
            case .usage: .usage
            case .notFound, .refused, .environment: .failure
            case .internal: .defect
            }
    }
}
