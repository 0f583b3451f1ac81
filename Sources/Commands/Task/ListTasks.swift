import ArgumentParser
import Domain
import Runner

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
        let tasks = listing.tasks.sorted { ($0.createdAt, $0.id.rawValue) > ($1.createdAt, $1.id.rawValue) }
        let shown = all ? tasks : tasks.enumerated().filter { $0 < Self.latest || $1.status.isActive }.map(\.element)
        if format.json {
            // What belongs to a single task is not read: it would take longer than all the rest.
            let names = listing.callNames
            let objects = shown.map { task in
                task.json(
                    workspace: listing.workspacePaths[task.id],
                    callName: names[task.id] ?? task.id.rawValue,
                    removedUpTo: listing.removed[task.id]
                )
            }
            environment.answers.print(json: .list(objects))
            return .success
        }
        let printer = environment.answers
        printer.print(table(of: shown, in: listing, at: environment.wallClock.now()).lines(columns: printer.columns))
        environment.notes(quiet).print(remarks(all: tasks.count + listing.older, shown: shown.count))
        try await QueueList(known: Set(listing.tasks.map(\.id)), all: all).print(in: environment, quiet)
        return .success
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

    private func remark(on id: TaskID, in listing: TaskListing) -> StyledLine {
        if listing.orphaned.contains(id) { return StyledLine(", without makima", .warning) }
        return listing.asking.contains(id) ? StyledLine(", asks you", .warning) : ""
    }

    private func table(of tasks: [TaskRecord], in listing: TaskListing, at now: Timestamp) -> Table {
        var table = Table(header: ["TASK", "STATUS", "ITER", "COST", "AGE", "NAME"], flexibleColumn: 5)
        table.dispensable = [3, 4, 2]
        guard !tasks.isEmpty else { return Table(header: [], flexibleColumn: 0) }
        for task in tasks {
            table.add([
                StyledLine(task.id.short, .strong),
                task.statusLine + remark(on: task.id, in: listing),
                StyledLine("\(task.iterations)/\(task.spec.limits.maxIterations)"),
                StyledLine(task.usage.costWords), StyledLine((now - task.updatedAt).age),
                StyledLine(task.spec.name),
            ])
        }
        return table
    }

    private func remarks(all: Int, shown: Int) -> [StyledLine] {
        if all == 0 { return ["There are no tasks yet.", "Hint: Begin one with 'makima run PLAN'."] }
        return all > shown ? [StyledLine("\(all - shown) older; 'makima list --all' shows them.", .faint)] : []
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
