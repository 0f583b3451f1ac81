/// Where lines for people go.
protocol LineReceiver {
    func print(_ lines: [StyledLine])
    /// Takes `bytes` as they are.
    func write(_ bytes: [UInt8])
}

/// Writes lines for people to one sink, in colour where there is a terminal that wants it.
struct Printer: LineReceiver, Sendable {
    let sink: any OutputSink
    /// Whether colours are allowed at all; they are used on a terminal only.
    let allowsColour: Bool
    /// What the environment says where there is no terminal to ask.
    var assumedColumns: Int?
    /// Nothing is written.
    var isSilent = false

    var isTerminal: Bool { sink.terminalSize() != nil }
    var usesColour: Bool { allowsColour && isTerminal }
    /// The columns of the terminal, else those of `COLUMNS`; `nil` where neither says any.
    var knownColumns: Int? { sink.terminalSize()?.columns ?? assumedColumns }
    /// The columns that a table may take; in a pipe nothing is cut unless `COLUMNS` asks for it.
    var columns: Int { knownColumns ?? .max }

    func print(_ line: StyledLine) {
        print([line])
    }

    func print(_ lines: [StyledLine]) {
        guard !isSilent, !lines.isEmpty else { return }
        let colour = usesColour
        let columns = columns
        write(lines.map { ($0.isFolded ? $0.fitted(to: columns) : $0).rendered(colour: colour) + "\n" }.joined())
    }

    /// Writes text of several lines that others wrote.
    func printForeign(_ text: String) {
        guard !isSilent else { return }
        let clean = TerminalText.clean(text)
        write(clean.hasSuffix("\n") ? clean : clean + "\n")
    }

    /// Writes `bytes` as they are.
    func write(_ bytes: [UInt8]) {
        guard !isSilent, !bytes.isEmpty else { return }
        sink.write(bytes)
    }

    private func write(_ text: String) {
        write(Array(text.utf8))
    }
}
