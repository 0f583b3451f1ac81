import Domain

/// Makes whole lines of the pieces in which a program's text comes, and shows no more at once than can be read.
///
/// A program's output is cut where it happened to be read; half a line tells nobody anything. The lines of a completion
/// gate are told with the end of the iteration.
struct SpokenLines {
    private var rest = ""
    private var isInGate = false
    /// The latest lines that wait to be shown, and how many went before them.
    private var held: [String] = []
    private var passedOver = 0
    private var lastShown: Duration?
    /// Whether a completion gate is left out.
    private let hidesGates: Bool
    /// The command that shows all lines, where not even those that come here are all; `nil` where they are.
    private let complete: String?

    init(hidesGates: Bool = true, complete: String? = nil) {
        self.hidesGates = hidesGates
        self.complete = complete
    }

    /// So many lines a second can be read.
    private static let interval = Duration.seconds(1)
    private static let mostAtOnce = 5
    /// No line is waited for beyond this.
    private static let longest = 1 << 14

    /// Takes the next piece, and returns the lines to show where it is time for some.
    mutating func take(_ text: String, elapsed: Duration) -> [String] {
        let pieces = (rest + text).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        rest = String((pieces.last ?? "").suffix(Self.longest))
        for line in pieces.dropLast() { note(line) }
        return flush(elapsed: elapsed)
    }

    /// Returns the whole lines that are held back, where it is time to show some: nothing may follow them for long.
    mutating func flush(elapsed: Duration) -> [String] {
        let isDue = lastShown.map { elapsed - $0 >= Self.interval } ?? true
        return isDue ? show(elapsed) : []
    }

    /// Returns the lines that are still held back; something else is told next.
    mutating func finish(elapsed: Duration) -> [String] {
        note(rest[...])
        rest = ""
        isInGate = false
        return show(elapsed)
    }

    private mutating func show(_ elapsed: Duration) -> [String] {
        guard !held.isEmpty else { return [] }
        let number = passedOver.counted("more line")
        let mark = complete.map { "… (at least \(number): '\($0)' has all)" } ?? "… (\(number))"
        let lines = (passedOver > 0 ? [mark] : []) + held
        held = []
        passedOver = 0
        lastShown = elapsed
        return lines
    }

    private mutating func note(_ line: Substring) {
        let text = String(line.drop(while: \.isWhitespace)).firstLine(upTo: 200)
        let tag = text.lowercased()
        if hidesGates, tag == "<completion_gate>" { isInGate = true }
        if !text.isEmpty, !isInGate { held.append(text) }
        if held.count > Self.mostAtOnce {
            held.removeFirst()
            passedOver += 1
        }
        if tag == "</completion_gate>" { isInGate = false }
    }
}
