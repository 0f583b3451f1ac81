/// What a whole terminal is to show.
struct TopFrame: Hashable, Sendable {
    /// As many as the terminal has rows, none wider than it.
    var lines: [StyledLine]
    /// Where something is typed, from 0; `nil` where nothing is.
    var cursor: Position?

    struct Position: Hashable, Sendable {
        var row: Int
        var column: Int
    }
}

/// Draws frames on a terminal: of each only the lines that differ from what is there.
struct TopPainter: Sendable {
    private var drawn: [String] = []
    private var cursor: TopFrame.Position?
    private var size: TerminalSize?

    /// Changes to the alternate screen.
    ///
    /// Text that a terminal takes for wider than makima does must not scroll it, hence no wrapping; pastes come between
    /// marks.
    static let enter = "\u{1B}[?1049h\u{1B}[?2004h\u{1B}[?7l\u{1B}[?25l\u{1B}[2J"
    /// Undoes all of that.
    static let leave = "\u{1B}[?2004l\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// The next frame is drawn as a whole: something else may have written to the terminal.
    mutating func forget() {
        size = nil
    }

    /// The bytes that make a terminal of `size` show `frame`; none where it shows that already.
    mutating func frame(_ frame: TopFrame, size: TerminalSize, colour: Bool) -> [UInt8] {
        var output = ""
        if self.size != size {
            self.size = size
            drawn = []
            output += "\u{1B}[2J"
        }
        let lines = frame.lines.prefix(size.rows).map { $0.fitted(to: size.columns).rendered(colour: colour) }
        for row in 0..<max(lines.count, drawn.count) {
            let line = row < lines.count ? lines[row] : ""
            let before = row < drawn.count ? drawn[row] : ""
            if line != before { output += "\u{1B}[\(row + 1);1H\u{1B}[2K" + line }
        }
        drawn = lines
        guard !output.isEmpty || frame.cursor != cursor else { return [] }
        if let place = frame.cursor {
            output += "\u{1B}[\(place.row + 1);\(place.column + 1)H" + (cursor == nil ? "\u{1B}[?25h" : "")
        } else if cursor != nil {
            output += "\u{1B}[?25l"
        }
        cursor = frame.cursor
        return Array(output.utf8)
    }
}
