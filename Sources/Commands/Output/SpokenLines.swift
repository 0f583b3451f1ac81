import Domain

/// Makes whole lines of the pieces in which a program's text comes, and says which one is worth showing.
///
/// A program's output is cut where it happened to be read; half a line tells nobody anything. The lines of a completion
/// gate are told with the end of the iteration.
struct SpokenLines {
    private var rest = ""
    private var isInGate = false
    private var held: String?
    private var lastShown: Duration?

    /// One line a second can be read.
    private static let interval = Duration.seconds(1)
    /// No line is waited for beyond this.
    private static let longest = 1 << 14

    /// Takes the next piece, and returns the latest line where it is time for one.
    mutating func take(_ text: String, elapsed: Duration) -> String? {
        let pieces = (rest + text).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        rest = String((pieces.last ?? "").suffix(Self.longest))
        for line in pieces.dropLast() { note(line) }
        let isDue = lastShown.map { elapsed - $0 >= Self.interval } ?? true
        return isDue ? show(elapsed) : nil
    }

    /// Returns the line that is still held back; something else is told next.
    mutating func finish(elapsed: Duration) -> String? {
        note(rest[...])
        rest = ""
        isInGate = false
        return show(elapsed)
    }

    private mutating func show(_ elapsed: Duration) -> String? {
        guard let line = held else { return nil }
        held = nil
        lastShown = elapsed
        return line
    }

    private mutating func note(_ line: Substring) {
        let text = String(line.drop(while: \.isWhitespace)).firstLine(upTo: 200)
        let tag = text.lowercased()
        if tag == "<completion_gate>" { isInGate = true }
        if !text.isEmpty, !isInGate { held = text }
        if tag == "</completion_gate>" { isInGate = false }
    }
}
