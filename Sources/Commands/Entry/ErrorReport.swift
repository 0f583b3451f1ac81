import LoopCore

/// An error put into the form in which people see it, with the exit code that goes with it.
struct ErrorReport {
    let lines: [StyledLine]
    let exitStatus: ExitStatus

    init(_ error: any Error) {
        var lines: [StyledLine] = []
        var causes: [any Error] = []
        var next: (any Error)? = error
        while let error = next, causes.count < Self.maximumDepth {
            causes.append(error)
            next = (error as? any ExplainedError)?.cause
        }
        for (depth, cause) in causes.enumerated() {
            let label = depth == 0 ? StyledLine("Error: ", .bad) : StyledLine("Caused by: ", .warning)
            let sentence = Self.sentence(for: cause).split(whereSeparator: \.isNewline)
            lines.append(label + StyledLine(sentence.first.map(String.init) ?? ""))
            lines += sentence.dropFirst().map { StyledLine("  \($0)") }
        }
        let isDefect = !Self.describesItself(error)
        let hints = causes.compactMap { ($0 as? any ExplainedError)?.hint }
        if let hint = hints.first ?? (isDefect ? "This is a defect of makima; please report it." : nil) {
            lines.append(StyledLine("Hint: ", .accent) + StyledLine(hint))
        }
        self.lines = lines
        exitStatus = Self.exitStatus(of: error) ?? (isDefect ? .defect : .failure)
    }

    /// A limit that is refused was named on the command line, or should have been.
    private static func exitStatus(of error: any Error) -> ExitStatus? {
        if let error = error as? CommandError { return error.exitStatus }
        if let refused = error as? RefusedCommand {
            return describesItself(refused.refusal) ? .usage : .defect
        }
        return error is LimitError ? .usage : nil
    }

    /// Chains of causes are short; a longer one is a circle.
    private static let maximumDepth = 8

    /// All of makima's errors describe themselves; one that does not was never meant to come so far.
    private static func sentence(for error: any Error) -> String {
        describesItself(error) ? "\(error)" : "Unexpected error: \(String(reflecting: error))"
    }

    /// Asks the type: where Foundation is linked, every error can be cast to something that describes itself.
    private static func describesItself(_ error: any Error) -> Bool {
        type(of: error) is any CustomStringConvertible.Type
    }
}
