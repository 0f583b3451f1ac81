/// The latest lines of a task's log, broken to the width of a terminal.
struct TopLogText: Hashable, Sendable {
    private struct Line: Hashable {
        var told: StyledLine
        var rows: [StyledLine]
    }

    private var lines: [Line] = []
    private(set) var columns: Int
    /// As shown, from the oldest on.
    private(set) var rows: [StyledLine] = []

    /// So many can be scrolled through; `makima logs` has all.
    static let most = 4000

    init(columns: Int) {
        self.columns = columns
    }

    /// Returns how many rows went at the beginning to make room.
    mutating func append(_ told: [StyledLine]) -> Int {
        let added = told.suffix(Self.most).map { Line(told: $0, rows: Self.rows(of: $0, columns)) }
        lines += added
        rows += added.flatMap(\.rows)
        let excess = max(0, lines.count - Self.most)
        let gone = lines.prefix(excess).reduce(0) { $0 + $1.rows.count }
        lines.removeFirst(excess)
        rows.removeFirst(gone)
        return gone
    }

    mutating func wrap(to columns: Int) {
        guard columns != self.columns else { return }
        self.columns = columns
        for index in lines.indices { lines[index].rows = Self.rows(of: lines[index].told, columns) }
        rows = lines.flatMap(\.rows)
    }

    private static func rows(of line: StyledLine, _ columns: Int) -> [StyledLine] {
        line.isFolded ? [line.fitted(to: columns)] : line.broken(to: columns)
    }
}
