/// A table for people that fits the terminal: one column gives way, the others keep what they need.
struct Table {
    /// Empty for a table without a head line.
    var header: [String]
    /// The column that is cut when the line is too narrow.
    var flexibleColumn: Int
    /// The columns that a narrow terminal is spared, the least useful first.
    var dispensable: [Int] = []
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

    /// Returns the lines, none wider than `columns`.
    func lines(columns: Int) -> [StyledLine] {
        var table = self
        while let column = table.dispensable.first, table.narrowestWidth > columns { table.remove(column) }
        return table.fitted(to: columns)
    }

    /// The width below which the lines do not fit, however much the flexible column gives way.
    private var narrowestWidth: Int {
        let widths = naturalWidths
        guard widths.indices.contains(flexibleColumn) else { return Self.total(widths) }
        return Self.total(widths) - max(0, widths[flexibleColumn] - Self.narrowest)
    }

    private var naturalWidths: [Int] {
        let all = rows + (header.isEmpty ? [] : [header.map { StyledLine($0) }])
        let count = all.map(\.count).max() ?? 0
        return (0..<count).map { column in all.map { $0.count > column ? $0[column].width : 0 }.max() ?? 0 }
    }

    private static func total(_ widths: [Int]) -> Int {
        widths.reduce(0, +) + (widths.count - 1) * gap.count
    }

    private mutating func remove(_ column: Int) {
        if header.indices.contains(column) { header.remove(at: column) }
        for index in rows.indices where rows[index].indices.contains(column) { rows[index].remove(at: column) }
        if flexibleColumn > column { flexibleColumn -= 1 }
        dispensable = dispensable.dropFirst().map { $0 > column ? $0 - 1 : $0 }
    }

    private func fitted(to columns: Int) -> [StyledLine] {
        let head = header.isEmpty ? [] : [header.map { StyledLine($0, .faint) }]
        let all = head + rows
        guard !all.isEmpty else { return [] }
        var widths = naturalWidths
        let excess = Self.total(widths) - columns
        if excess > 0, widths.indices.contains(flexibleColumn) {
            widths[flexibleColumn] = max(min(Self.narrowest, widths[flexibleColumn]), widths[flexibleColumn] - excess)
        }
        return all.map { line(of: $0, widths: widths).fitted(to: columns) }
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
