import Domain
import Runner

/// What `makima gc` tells people: a line for each thing, or for many that are alike.
struct GarbagePage {
    let tally: GarbageTally
    let isDryRun: Bool
    /// Whether each thing has a line of its own.
    let isVerbose: Bool

    /// So many that are alike have a line each.
    static let mostAlike = 3

    /// Things that a line tells of; never empty.
    private struct Row {
        var entries: [GarbageEntry]

        var bytes: Int { entries.map(\.bytes).reduce(0, +) }

        var what: String {
            guard let first = entries.first else { return "" }
            return entries.count == 1 ? first.name : first.kind.words(for: entries.count)
        }

        var why: String {
            guard let first = entries.first else { return "" }
            let sentences = Set(entries.map(\.explanation.sentence))
            // What kept makima from finding out may be the same for all.
            if case .keep(.unproven) = first.verdict, sentences.count == 1 { return first.explanation.sentence }
            return entries.count == 1 ? first.explanation.sentence : first.verdict.sentenceOfSeveral
        }

        /// Each once.
        var hints: [String] {
            var seen: Set<String> = []
            return entries.compactMap(\.explanation.hint).filter { seen.insert($0).inserted }
        }
    }

    /// What goes before what stays, and of each the largest first.
    func table(columns: Int) -> [StyledLine] {
        guard !tally.entries.isEmpty else { return [] }
        var table = Table(header: ["FATE", "SIZE", "WHAT", "WHY"], flexibleColumn: 3)
        for row in rows(of: tally.gone) {
            table.add([StyledLine(isDryRun ? "would go" : "removed", .warning)] + cells(of: row))
        }
        for row in rows(of: tally.kept) { table.add([StyledLine("stays", .faint)] + cells(of: row)) }
        return table.lines(columns: columns) + [""]
    }

    private func cells(of row: Row) -> [StyledLine] {
        let size = row.entries.first?.kind == .refs ? "–" : row.bytes.byteWords
        return [StyledLine(size), StyledLine(row.what), StyledLine(row.why)]
    }

    private func rows(of entries: [GarbageEntry]) -> [Row] {
        var rows: [Row] = []
        var places: [String: [Int]] = [:]
        for (index, entry) in entries.enumerated() {
            let key = isVerbose || entry.isToldAlone ? "\(index)" : "\(entry.kind.rawValue) \(entry.verdict.code)"
            places[key, default: []].append(index)
        }
        for indices in places.values {
            let alike = indices.map { entries[$0] }
            rows += alike.count > Self.mostAlike ? [Row(entries: alike)] : alike.map { Row(entries: [$0]) }
        }
        return rows.sorted { ($0.bytes, $1.what) > ($1.bytes, $0.what) }
    }

    var sum: StyledLine {
        guard !tally.entries.isEmpty else { return StyledLine("There is nothing to remove.") }
        let verb = isDryRun ? "Would remove" : "Removed"
        return StyledLine("\(verb) ") + StyledLine(Self.words(tally.gone), .strong)
            + StyledLine("; kept \(Self.words(tally.kept)).")
    }

    private static func words(_ entries: [GarbageEntry]) -> String {
        "\(entries.count.counted("item")) (\(entries.map(\.bytes).reduce(0, +).byteWords))"
    }

    /// Each once, however many stay for the same reason; of many that are alike, that of the first.
    var hints: [StyledLine] {
        let kept = rows(of: tally.kept)
        var seen: Set<String> = []
        var hints = kept.flatMap { $0.hints.prefix(1) }.filter { seen.insert($0).inserted }
        if (kept + rows(of: tally.gone)).contains(where: { $0.entries.count > 1 }) {
            hints.append(
                "With '--verbose' each thing has a line\(kept.contains { $0.hints.count > 1 } ? " and a hint" : "")."
            )
        }
        return hints.map { StyledLine("Hint: ", .accent) + StyledLine($0) }
    }
}

extension GarbageEntry {
    /// Whether it says something that others do not: what failed, and files that go and are nowhere else.
    fileprivate var isToldAlone: Bool {
        switch verdict {
        case .keep(.failed): true
        case .keep: false
        case .remove: !ignoredFiles.isEmpty
        }
    }
}

extension GarbageEntry.Kind {
    fileprivate func words(for count: Int) -> String {
        switch self {
        case .workspace: "\(count) workspaces"
        case .taskDirectory: "\(count) directories of tasks"
        case .output: "output of \(count) runs"
        case .leftover: "\(count) leftovers"
        case .room: "rooms of \(count) processes"
        case .systemCopy: "\(count) copies of /etc"
        case .shim: "\(count) shims"
        case .refs: "refs of \(count) tasks"
        }
    }
}
