/// How a piece of text looks on a terminal with colours.
///
/// Never the only carrier of a meaning.
enum Style: Hashable, Sendable {
    case plain
    case strong
    case faint
    case good
    case bad
    case warning
    case accent
    /// Chosen, in a list.
    case selected

    /// The parameters of the SGR sequence.
    fileprivate var parameters: String? {
        switch self {
        case .plain: nil
        case .strong: "1"
        case .faint: "2"
        case .good: "32"
        case .bad: "31"
        case .warning: "33"
        case .accent: "36"
        case .selected: "7"
        }
    }
}

/// One line for people, in pieces.
///
/// The only way to a terminal: every piece is cleaned when it is rendered, so that no text from outside, by whatever
/// way it came here, can carry an escape sequence.
struct StyledLine: Hashable, Sendable, ExpressibleByStringInterpolation {
    private struct Piece: Hashable {
        var text: String
        var style: Style
    }

    private var pieces: [Piece]
    /// Cut at the edge of a terminal instead of wrapped: it is one of many, and all of it is to be had elsewhere.
    private(set) var isFolded = false

    init(_ text: String, _ style: Style = .plain) {
        pieces = [Piece(text: TerminalText.cleanLine(text), style: style)]
    }

    /// A line of a file: its tabs stay what they are.
    ///
    /// Without a width, hence not for tables.
    init(verbatim bytes: some Sequence<UInt8>, _ style: Style) {
        let clean = TerminalText.clean(bytes: bytes)
        let line =
            clean.utf8.contains(0x0A)
            ? clean.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).joined(separator: #"\n"#)
            : clean
        pieces = [Piece(text: line, style: style)]
    }

    init(stringLiteral value: String) {
        self.init(value)
    }

    static func + (lhs: StyledLine, rhs: StyledLine) -> StyledLine {
        var sum = lhs
        sum.pieces += rhs.pieces
        return sum
    }

    /// The same line, to be cut at the edge of a terminal.
    var folded: StyledLine {
        var line = self
        line.isFolded = true
        return line
    }

    /// The text without its styles.
    var text: String { pieces.map(\.text).joined() }
    var width: Int { DisplayWidth.of(text) }

    /// The line cut to `columns`, with an ellipsis where something was cut.
    func fitted(to columns: Int) -> StyledLine {
        guard width > columns else { return self }
        var fitting = StyledLine("")
        var left = columns
        for piece in pieces where left > 0 {
            // One piece that fits exactly would hide that more follows.
            let isWhole = DisplayWidth.of(piece.text) < left
            let text = isWhole ? piece.text : DisplayWidth.fit(piece.text + " ", into: left)
            fitting = fitting + StyledLine(text, piece.style)
            left -= isWhole ? DisplayWidth.of(text) : left
        }
        return fitting
    }

    /// The line broken between words where it is wider than `columns`.
    ///
    /// What follows is indented by `indentation`, or else like the line itself.
    func wrapped(to columns: Int, indentation: Int? = nil) -> [StyledLine] {
        guard width > columns else { return [self] }
        let blanks = min(indentation ?? text.prefix { $0 == " " }.count, columns / 2)
        let indent = StyledLine(String(repeating: " ", count: blanks))
        var lines: [StyledLine] = []
        var line = StyledLine("")
        for piece in pieces {
            for (index, word) in piece.text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
                let gap = index == 0 ? "" : " "
                let isFull = line.width + DisplayWidth.of(gap + word) > columns
                if index > 0, isFull, line.width > indent.width {
                    lines.append(line)
                    line = indent + StyledLine(String(word), piece.style)
                } else {
                    line = line + StyledLine(gap + word, piece.style)
                }
            }
        }
        return lines + [line]
    }

    /// The line broken between words, and inside of those that are wider than `columns`: nothing of it is cut.
    func broken(to columns: Int) -> [StyledLine] {
        wrapped(to: columns).flatMap { $0.width > columns ? $0.chopped(to: columns) : [$0] }
    }

    private func chopped(to columns: Int) -> [StyledLine] {
        var lines: [StyledLine] = []
        var (line, used) = (StyledLine(""), 0)
        for piece in pieces {
            var part = ""
            for character in piece.text {
                let width = DisplayWidth.of(character)
                if used + width > columns, used > 0 {
                    lines.append(line + StyledLine(part, piece.style))
                    (line, used, part) = (StyledLine(""), 0, "")
                }
                part.append(character)
                used += width
            }
            line = line + StyledLine(part, piece.style)
        }
        return lines + [line]
    }

    /// The text to print, without a line end.
    func rendered(colour: Bool) -> String {
        pieces.map { piece in
            guard colour, let parameters = piece.style.parameters, !piece.text.isEmpty else { return piece.text }
            return "\u{1B}[\(parameters)m\(piece.text)\u{1B}[0m"
        }
        .joined()
    }
}
