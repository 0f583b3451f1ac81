/// Keeps a block of lines at the bottom of a terminal while text scrolls above it.
///
/// The cursor rests at the beginning of the line under the block: what others echo there (`^C`) is erased with it, and
/// a process that dies leaves the cursor where a shell expects it. Every frame is one write, so nothing is seen
/// half-drawn. No modes are switched, hence none can be left switched.
struct LiveScreen {
    /// The widths of the lines of the block as drawn; a terminal that became narrower has wrapped them.
    private var drawnWidths: [Int] = []

    /// The bytes that replace the block by `lines` and draw `block` under them.
    mutating func frame(lines: [StyledLine], block: [StyledLine], size: TerminalSize, colour: Bool) -> [UInt8] {
        var output = erasure(columns: size.columns)
        let columns = max(1, size.columns - 1)
        for line in lines {
            output += (line.isFolded ? line.fitted(to: columns) : line).rendered(colour: colour) + "\n"
        }
        // A line of full width would move the cursor on some terminals and not on others.
        let shown = block.prefix(max(0, size.rows - 1)).map { $0.fitted(to: columns) }
        drawnWidths = shown.map(\.width)
        for line in shown { output += line.rendered(colour: colour) + "\n" }
        return Array(output.utf8)
    }

    private func erasure(columns: Int) -> String {
        guard !drawnWidths.isEmpty else { return "" }
        let rows = drawnWidths.reduce(0) { $0 + max(1, ($1 + columns - 1) / max(1, columns)) }
        return "\r\u{1B}[\(rows)A\u{1B}[J"
    }
}
