import Domain

/// What Kimi says beside its records.
enum KimiNotes {
    /// The conversation that the program names at its end, on standard error.
    static func session(in errors: [String]) -> String? {
        errors.lazy.compactMap { session(in: $0) }.last
    }

    static func session(in line: String) -> String? {
        let prefix = "To resume this session: kimi -r "
        return line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)).asSessionID : nil
    }

    /// What an exit status means by itself: with 75 the program says that it is worth trying again later.
    static func end(ofExit cause: AgentExit.Cause) -> IterationEnd? {
        cause.exitCode == 75 ? .overloaded : nil
    }

    /// Whether the program says at its end that somebody stopped it, or that it reached a limit that was asked for: the
    /// work is not finished, and nothing is wrong.
    static func isInterruption(_ output: [String]) -> Bool {
        guard let last = output.last else { return false }
        return last == "Interrupted by user" || last.hasPrefix("Max number of steps reached: ")
    }
}
