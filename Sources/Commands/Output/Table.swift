/// A table for people that fits the terminal: one column gives way, the others keep what they need.
struct Table {
    /// Empty for a table without a head line.
    var header: [String]
    /// The column that is cut when the line is too narrow.
    var flexibleColumn: Int
    private(set) var rows: [[StyledLine]] = []

    /// No column is cut below this.
    private static let narrowest = 8
    private static let gap = "  "

    init(header: [String], flexibleColumn: Int) {
        self.header = header
        self.flexibleColumn = flexibleColumn
    }

    mutating func add(_ row: [StyledLine]) {
        rows.append(row)
    }

    /// Returns the lines, none wider than `columns` as long as the fixed columns leave room.
    func lines(columns: Int) -> [StyledLine] {
        let head = header.isEmpty ? [] : [header.map { StyledLine($0, .faint) }]
        let all = head + rows
        guard let count = all.map(\.count).max() else { return [] }
        var widths = (0..<count).map { column in all.map { $0.count > column ? $0[column].width : 0 }.max() ?? 0 }
        let excess = widths.reduce(0, +) + (count - 1) * Self.gap.count - columns
        if excess > 0, widths.indices.contains(flexibleColumn) {
            widths[flexibleColumn] = max(min(Self.narrowest, widths[flexibleColumn]), widths[flexibleColumn] - excess)
        }
        return all.map { line(of: $0, widths: widths) }
    }

    private func line(of row: [StyledLine], widths: [Int]) -> StyledLine {
        var line = StyledLine("")
        for (column, cell) in row.enumerated() {
            let isLast = column == row.count - 1
            let fitting = cell.fitted(to: widths[column])
            let padding = isLast ? "" : String(repeating: " ", count: max(0, widths[column] - fitting.width)) + Self.gap
            line = line + fitting + StyledLine(padding)
        }
        return line
    }
}
