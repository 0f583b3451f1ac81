@testable import Commands

/// What a terminal shows that is drawn on as a whole: enough of one for what `makima top` sends.
///
/// Any other sequence, any other control character and anything beyond its edges is recorded as a fault.
struct VirtualScreen {
    private(set) var cells: [[Character]]
    private(set) var faults: [String] = []
    private(set) var colours = 0
    /// Private modes that are set.
    private(set) var modes = plain
    /// Those of a terminal that nobody has taken over: it wraps lines and shows its cursor.
    static let plain: Set = ["?7", "?25"]
    private let size: TerminalSize
    private var row = 0
    private var column = 0

    init(_ bytes: [UInt8] = [], size: TerminalSize) {
        self.size = size
        cells = Self.blank(size)
        draw(bytes)
    }

    private static func blank(_ size: TerminalSize) -> [[Character]] {
        Array(repeating: Array(repeating: " ", count: size.columns), count: size.rows)
    }

    /// Each row without blanks at its end.
    var lines: [String] {
        cells.map { row in
            var text = String(row.filter { $0 != "\0" })
            while text.last == " " { text.removeLast() }
            return text
        }
    }

    var text: String { lines.joined(separator: "\n") }

    mutating func draw(_ bytes: [UInt8]) {
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        while let character = rest.popFirst() {
            if character == "\u{1B}" { obey(&rest) } else { put(character) }
        }
    }

    private mutating func put(_ character: Character) {
        let isControl = character.unicodeScalars.contains { $0.properties.generalCategory == .control }
        let width = StyledLine(String(character)).width
        guard !isControl, column + width <= size.columns else {
            return faults.append(isControl ? "a control character" : "text beyond the edge, in row \(row)")
        }
        cells[row][column] = character
        if width == 2 { cells[row][column + 1] = "\0" }
        column += width
    }

    private mutating func obey(_ rest: inout Substring) {
        guard rest.popFirst() == "[" else { return faults.append("no control sequence") }
        let parameters = String(rest.prefix { $0.isNumber || $0 == ";" || $0 == "?" })
        rest = rest.dropFirst(parameters.count)
        switch (rest.popFirst(), parameters) {
        case ("m", _): colours += 1
        case ("J", "2"): cells = Self.blank(size)
        case ("K", "2"): cells[row] = Array(repeating: " ", count: size.columns)
        case ("H", _): move(parameters.split(separator: ";").compactMap { Int($0) })
        case ("h", _) where parameters.hasPrefix("?"): modes.insert(parameters)
        case ("l", _) where parameters.hasPrefix("?"): modes.remove(parameters)
        case (let other, _): faults.append("unexpected sequence \(parameters)\(other.map(String.init) ?? "")")
        }
    }

    private mutating func move(_ place: [Int]) {
        guard place.count == 2, (1...size.rows).contains(place[0]), (1...size.columns).contains(place[1]) else {
            return faults.append("a place beyond the edge")
        }
        (row, column) = (place[0] - 1, place[1] - 1)
    }
}
