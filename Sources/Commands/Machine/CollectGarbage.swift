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
            Of many things of a kind that stay or go for the same reason the page has one line; '--verbose' has one for each, \
            and '--json' the whole path.
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

    @Flag(help: "Print a line for each thing, however many are alike")
    var verbose = false

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
            let page = GarbagePage(tally: tally, isDryRun: dryRun, isVerbose: verbose)
            printer.print(page.table(columns: printer.columns))
            printer.print(page.sum)
            environment.notes(quiet).print(page.hints)
        }
        return tally.hasFailures ? .failure : .success
    }
}
