import ArgumentParser
import Domain
import Runner
import Wire

/// `makima list`: one line for each task.
struct ListTasks: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tasks, the latest first",
        aliases: ["ls"]
    )

    @Flag(help: "List all tasks, not only the latest 20 and those at work")
    var all = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    /// Enough for a day's work, few enough for a screen.
    private static let latest = 20

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let service = try await TaskLookup(environment: environment).service()
        let listing = try await service.list(latest: all ? nil : Self.latest)
        // A task that is passed over is no progress report: no option silences this.
        environment.complaints.print(listing.unreadable.flatMap(warning) + warnings(of: listing))
        let server = try await QueueList.read(in: environment)
        let rows = ListRow.all(of: listing, and: server?.views ?? [])
        let shown = all ? rows : rows.enumerated().filter { $0 < Self.latest || !$1.isAtRest }.map(\.element)
        if format.json {
            environment.answers.print(json: .list(shown.map { json(of: $0, in: listing, at: server?.address ?? "") }))
            return .success
        }
        let printer = environment.answers
        let notes = environment.notes(quiet)
        if rows.isEmpty, listing.older == 0 {
            notes.print(["There are no tasks yet.", "Hint: Begin one with 'makima run PLAN'."])
        }
        let table = table(of: shown, at: environment.wallClock.now())
        printer.print(table.lines(columns: printer.columns))
        notes.print(remarks(left: rows.count - shown.count, older: listing.older, hasServer: server != nil))
        notes.print(shown.flatMap(\.waits).flatMap { $0.wrapped(to: notes.columns) })
        return .success
    }

    /// What belongs to a single task is not read: it would take longer than all the rest.
    private func json(of row: ListRow, in listing: TaskListing, at address: String) -> JSONValue {
        let facts = row.view.map { ServerFacts(address: address, view: $0, isHere: row.record != nil) }
        guard let task = row.record else {
            let dossier = row.view.flatMap {
                ServerDossier(view: $0, history: TaskHistory(), callName: String(row.id.prefix(6))).dossier
            }
            let members = dossier?.task.members(workspace: nil, callName: dossier?.callName ?? row.id) ?? []
            // What the server tells of a single task only is not known here.
            let unknown: Set<String> = ["maxIterations", "ceiling", "checks", "agent", "runs", "activeSeconds"]
            let known = members.map { unknown.contains($0.0) ? ($0.0, JSONValue.null) : $0 }
            return .fields(known + (facts.map { [("server", $0.json)] } ?? []))
        }
        let members = task.members(
            workspace: listing.workspacePaths[task.id],
            callName: listing.callNames[task.id] ?? task.id.rawValue,
            removedUpTo: listing.removed[task.id]
        )
        return .fields(members + (facts.map { [("server", $0.json)] } ?? []))
    }

    private func warning(of task: UnreadableTask) -> [StyledLine] {
        [
            StyledLine("Warning: ", .warning)
                + StyledLine("The task '\(task.id)' is left out: its row in the journal is damaged (\(task.message))."),
            StyledLine("Hint: ", .accent)
                + StyledLine(
                    "Its files are as they were, in '\(task.directory)'; take them from there, or bring a copy of "
                        + "the journal back."
                ),
        ]
    }

    private func warnings(of listing: TaskListing) -> [StyledLine] {
        listing.unrecovered.sorted { $0.key.rawValue < $1.key.rawValue }
            .flatMap { id, problem -> [StyledLine] in
                let name = listing.callNames[id] ?? id.rawValue
                return [
                    StyledLine("Warning: ", .warning)
                        + StyledLine(
                            "The makima of task \(name) is gone, and what it left cannot be recorded: \(problem)"
                        ),
                    StyledLine("Hint: ", .accent)
                        + StyledLine("Mend that; or let go of the task with 'makima discard \(name)'."),
                ]
            }
    }

    private func table(of rows: [ListRow], at now: Timestamp) -> Table {
        guard !rows.isEmpty else { return Table(header: [], flexibleColumn: 0) }
        let hasServer = rows.contains { $0.view != nil }
        let header = ["TASK", "STATUS", "ITER", "COST", "AGE"] + (hasServer ? ["DAEMON"] : []) + ["NAME"]
        var table = Table(header: header, flexibleColumn: header.count - 1)
        table.dispensable = hasServer ? [3, 4, 2, 5] : [3, 4, 2]
        for row in rows {
            let daemon = hasServer ? [StyledLine(row.daemon ?? "")] : []
            table.add(
                [
                    StyledLine(String(row.id.prefix(6)), .strong), row.statusLine + row.remark,
                    StyledLine(row.iterations),
                    StyledLine(row.usage.costWords), StyledLine((now - row.updatedAt).age),
                ] + daemon + [StyledLine(row.name)]
            )
        }
        return table
    }

    private func remarks(left: Int, older: Int, hasServer: Bool) -> [StyledLine] {
        guard left + older > 0 else { return [] }
        // Of those that are not listed here the server may know some, too: they are not to be counted twice.
        let count = hasServer && older > 0 ? "Older ones are left out" : "\(left + older) older"
        return [StyledLine("\(count); 'makima list --all' shows them.", .faint)]
    }
}

extension TaskRecord {
    /// The status with the word for its reason, where that says more.
    var statusLine: StyledLine {
        let code = (reason?.code ?? wait?.cause.rawValue).flatMap { $0 == status.rawValue ? nil : $0.spokenCode }
        let words = [code, pause].compactMap { $0 }
        let line = status.mark + StyledLine(" \(status.words)")
        return words.isEmpty ? line : line + ":" + StyledLine(" \(words.joined(separator: " "))", .faint)
    }
}

extension TaskRecord {
    /// Until when it waits, or did.
    private var pause: String? {
        switch reason {
        case .waiting(_, let until?): "until \(until.formattedUTC)"
        case .interrupted: wait.map { "while waiting \($0.label)" }
        default: wait?.label
        }
    }
}

extension Duration {
    /// As `now`, `5 min`, `3 h`, `12 d`.
    var age: String {
        switch milliseconds / 60_000 {
        case ..<1: "now"
        case let minutes where minutes < 60: "\(minutes) min"
        case let minutes where minutes < 48 * 60: "\(minutes / 60) h"
        case let minutes: "\(minutes / 1440) d"
        }
    }
}
