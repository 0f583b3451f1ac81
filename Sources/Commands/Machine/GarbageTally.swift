import Domain
import Runner

/// What was looked at so far.
struct GarbageTally: Sendable {
    private(set) var entries: [GarbageEntry] = []

    mutating func add(_ entry: GarbageEntry) { entries.append(entry) }

    var gone: [GarbageEntry] { entries.filter(\.isGone) }
    var kept: [GarbageEntry] { entries.filter { !$0.isGone } }

    var hasFailures: Bool {
        entries.contains { if case .keep(.failed) = $0.verdict { true } else { false } }
    }

    func json(isDryRun: Bool) -> JSONValue {
        .fields([
            ("dryRun", .flag(isDryRun)),
            ("removedBytes", .whole(gone.map(\.bytes).reduce(0, +))),
            ("keptBytes", .whole(kept.map(\.bytes).reduce(0, +))),
            ("items", .list(entries.map(\.json))),
        ])
    }
}

extension GarbageEntry {
    var isGone: Bool {
        switch verdict {
        case .remove: true
        case .keep: false
        }
    }

    /// What it is, in words; `--json` has the whole path.
    var name: String {
        let owner = task?.short ?? "a task"
        let last = path.split(separator: "/").last.map(String.init) ?? path
        return switch kind {
        case .workspace: "workspace of \(owner)"
        case .taskDirectory: "directory of \(task?.short ?? last)"
        case .output: "output of \(owner), run \(last)"
        case .leftover: "leftover '\(last)'"
        case .room: "room of process \(last)"
        case .systemCopy: "copy of /etc '\(last)'"
        case .shim: "shim '\(last)'"
        case .refs: "refs of \(owner) in '\(last)'"
        }
    }

    fileprivate var json: JSONValue {
        let explanation = explanation
        return .fields([
            ("kind", .text(kind.rawValue)), ("task", .text(task?.rawValue)), ("path", .text(path)),
            ("bytes", .whole(bytes)),
            ("action", .text(isGone ? "remove" : "keep")), ("cause", .text(verdict.code)),
            ("ignoredFiles", .texts(ignoredFiles)),
            ("message", .text(explanation.sentence)), ("hint", .text(explanation.hint)),
        ])
    }
}

extension Int {
    /// A number of bytes: `512 B`, `4.0 KiB`, `1.2 GiB`.
    var byteWords: String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        guard self >= 1024 else { return "\(self) B" }
        var (tenths, unit) = (self * 10 / 1024, 0)
        while tenths >= 10_240, unit + 1 < units.count { (tenths, unit) = (tenths / 1024, unit + 1) }
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
