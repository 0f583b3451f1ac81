import ArgumentParser
import Domain
import Runner
import Synchronization

/// `makima gc`: removes what nobody needs any more.
struct CollectGarbage: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove what nobody needs any more, or say what that is",
        discussion: """
            What belongs to a task goes only where you say how long it is to stay: here, or under [retention] in \
            config.toml. A workspace goes only when its task is done and all of its work is in the repository, which a \
            last checkpoint brings about; the task stays in the list. What processes that are gone left behind goes at once. \
            '--json' has the whole path of each thing.
            """
    )

    @Flag(name: [.short, .customLong("dry-run")], help: "Say what would be removed, and why, and remove nothing")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Let workspaces go that are unchanged for so long, as 14d; 0s is any time",
            valueName: "time"
        ),
        transform: DurationArgument.parse
    )
    var olderThan: DurationArgument?

    @Option(
        help: ArgumentHelp("Let prompts, output and check logs go that are so old, as 30d", valueName: "time"),
        transform: DurationArgument.parse
    )
    var logsOlderThan: DurationArgument?

    @Flag(help: "Let workspaces go also of tasks that stopped, which then cannot go on")
    var stopped = false

    @Flag(help: "Let workspaces go also where ignored files are in them, which no checkpoint has")
    var ignored = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let settings = try await environment.machine.loadSettings(for: nil)
        var request = GarbageRequest(retention: settings.retention, isDryRun: dryRun)
        request.includesStopped = stopped
        request.includesIgnored = ignored
        if let olderThan { request.retention.workspaces = olderThan.duration }
        if let logsOlderThan { request.retention.logs = logsOlderThan.duration }
        if let here = try await environment.machine.inspectRepository(at: environment.currentDirectory, base: nil) {
            request.repositories = [here.path]
        }
        let service = try await TaskLookup(environment: environment).service()
        let seen = Mutex(GarbageTally())
        let printer = environment.answers
        try await service.collectGarbage(request) { entry in
            seen.withLock { $0.add(entry) }
        }
        let tally = seen.withLock { $0 }
        if format.json {
            printer.print(json: tally.json(isDryRun: dryRun))
        } else {
            printer.print(tally.table(isDryRun: dryRun, columns: printer.columns))
            printer.print(tally.sum(isDryRun: dryRun))
            environment.notes(quiet).print(tally.hints)
        }
        return tally.hasFailures ? .failure : .success
    }
}

/// What was looked at so far.
private struct GarbageTally: Sendable {
    private(set) var entries: [GarbageEntry] = []

    mutating func add(_ entry: GarbageEntry) { entries.append(entry) }

    private var gone: [GarbageEntry] { entries.filter(\.isGone) }
    private var kept: [GarbageEntry] { entries.filter { !$0.isGone } }

    var hasFailures: Bool {
        entries.contains { if case .keep(.failed) = $0.verdict { true } else { false } }
    }

    /// What goes before what stays, and of each the largest first.
    func table(isDryRun: Bool, columns: Int) -> [StyledLine] {
        guard !entries.isEmpty else { return [] }
        var table = Table(header: ["FATE", "SIZE", "WHAT", "WHY"], flexibleColumn: 3)
        for entry in (gone.sorted { $0.bytes > $1.bytes } + kept.sorted { $0.bytes > $1.bytes }) {
            let gone = StyledLine(isDryRun ? "would go" : "removed", .warning)
            let fate = entry.isGone ? gone : StyledLine("stays", .faint)
            table.add([
                fate, StyledLine(entry.kind == .refs ? "–" : entry.bytes.byteWords), StyledLine(entry.name),
                StyledLine(entry.explanation.sentence),
            ])
        }
        return table.lines(columns: columns) + [""]
    }

    func sum(isDryRun: Bool) -> StyledLine {
        guard !entries.isEmpty else { return StyledLine("There is nothing to remove.") }
        let verb = isDryRun ? "Would remove" : "Removed"
        return StyledLine("\(verb) ") + StyledLine(Self.words(gone), .strong)
            + StyledLine("; kept \(Self.words(kept)).")
    }

    private static func words(_ entries: [GarbageEntry]) -> String {
        "\(entries.count.counted("item")) (\(entries.map(\.bytes).reduce(0, +).byteWords))"
    }

    /// Each once, however many stay for the same reason.
    var hints: [StyledLine] {
        var seen: Set<String> = []
        return kept.compactMap(\.explanation.hint).filter { seen.insert($0).inserted }
            .map { StyledLine("Hint: ", .accent) + StyledLine($0) }
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
    fileprivate var isGone: Bool {
        switch verdict {
        case .remove: true
        case .keep: false
        }
    }

    /// What it is, in words; `--json` has the whole path.
    fileprivate var name: String {
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
