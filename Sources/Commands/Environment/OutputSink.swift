/// Where a command's output goes: standard output or standard error, or a test's memory.
package protocol OutputSink: Sendable {
    /// Writes all of `bytes` as one piece. A reader that went away is no error: nobody is left to be told.
    func write(_ bytes: [UInt8])
    /// The size of the terminal behind it at this moment; `nil` when it is no terminal.
    func terminalSize() -> TerminalSize?
}

/// The size of a terminal in characters.
package struct TerminalSize: Hashable, Sendable {
    package var columns: Int
    package var rows: Int

    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

extension TerminalSize {
    /// The size that `COLUMNS` and `LINES` name, or a usual one.
    package static func assumed(by variables: [String: String]) -> TerminalSize {
        TerminalSize(columns: count("COLUMNS", in: variables) ?? 80, rows: count("LINES", in: variables) ?? 24)
    }

    /// The columns that `COLUMNS` names; `nil` where it names none.
    static func columns(in variables: [String: String]) -> Int? { count("COLUMNS", in: variables) }

    private static func count(_ name: String, in variables: [String: String]) -> Int? {
        variables[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }
}
