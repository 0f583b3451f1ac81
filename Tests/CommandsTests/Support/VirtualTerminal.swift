import Commands

/// What a terminal would show of bytes written to it: enough of one for makima's own sequences.
///
/// Everything but text, line feed, carriage return, colours, "up" and "erase below" is recorded as a fault.
struct VirtualTerminal {
    private(set) var rows: [[Character]] = [[]]
    private(set) var faults: [String] = []
    private var row = 0
    private var column = 0

    init(_ bytes: [UInt8]) {
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        while let character = rest.popFirst() {
            switch character {
            case "\n": moveDown()
            case "\r": column = 0
            case "\u{1B}": obey(&rest)
            default: put(character)
            }
        }
    }

    /// What is to be seen, without blank lines at the end.
    var screen: [String] {
        var lines = rows.map { String($0) }
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    private mutating func moveDown() {
        row += 1
        column = 0
        if row == rows.count { rows.append([]) }
    }

    private mutating func put(_ character: Character) {
        if column < rows[row].count { rows[row][column] = character } else { rows[row].append(character) }
        column += 1
    }

    private mutating func obey(_ rest: inout Substring) {
        guard rest.popFirst() == "[" else { return faults.append("no control sequence") }
        let parameters = rest.prefix { $0.isNumber || $0 == ";" }
        rest = rest.dropFirst(parameters.count)
        switch rest.popFirst() {
        case "m": break
        case "A": row = max(0, row - (Int(parameters) ?? 1))
        case "J":
            rows.removeSubrange((row + 1)...)
            rows[row] = Array(rows[row].prefix(column))
        case let other: faults.append("unexpected sequence \(parameters)\(other.map(String.init) ?? "")")
        }
    }
}
