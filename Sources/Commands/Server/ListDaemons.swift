import ArgumentParser
import Domain
import Wire

/// `makima daemons`: shows the daemons of the server, and lets them take tasks or none.
struct ListDaemons: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemons",
        abstract: "Show the daemons of the server; drain, fill or forget one",
        discussion: """
            A daemon that is drained takes no new tasks and works on with those that it has, as before its machine is restarted; \
            '--fill' ends that.
            """
    )

    @Option(help: ArgumentHelp("Let this daemon take no new tasks", valueName: "id"))
    var drain: String?

    @Option(
        help: ArgumentHelp("With '--drain': stop what still runs after this time", valueName: "time"),
        transform: DurationArgument.parse
    )
    var stopAfter: DurationArgument?

    @Option(help: ArgumentHelp("Let this daemon take tasks again", valueName: "id"))
    var fill: String?

    @Option(help: ArgumentHelp("Forget this daemon, which has no task, with its tokens", valueName: "id"))
    var forget: String?

    @OptionGroup var format: FormatOptions

    func validate() throws {
        guard [drain, fill, forget].compactMap({ $0 }).count <= 1 else {
            throw ValidationError("Name one of '--drain', '--fill' and '--forget'.")
        }
        guard stopAfter == nil || drain != nil else {
            throw ValidationError("'--stop-after' belongs to '--drain'.")
        }
    }

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue = try await environment.queue()
        if let forget {
            try await queue.removeDaemon(forget)
            if format.json {
                environment.answers.print(json: .fields([("id", .text(forget)), ("forgotten", .flag(true))]))
            } else {
                environment.answers.print(StyledLine("The server has forgotten the daemon '\(forget)'."))
            }
            return .success
        }
        if let id = drain ?? fill {
            var request = DrainRequest()
            request.draining = drain != nil
            request.stopAfterMilliseconds = stopAfter?.duration
            return try tell(of: try await queue.drain(id, request), in: environment)
        }
        return try show(try await queue.daemons(), in: environment)
    }

    private func tell(of daemon: DaemonView, in environment: CommandEnvironment) throws -> ExitStatus {
        if format.json {
            environment.answers.print(json: try APIText.value(daemon))
            return .success
        }
        let now = daemon.draining ? "takes no new tasks" : "takes tasks"
        let rest = daemon.draining && daemon.assigned > 0 ? "; it has \(daemon.assigned.counted("task")) still" : ""
        let later = daemon.connected ? "" : ", once it is connected"
        environment.answers.print(StyledLine("The daemon '\(daemon.daemonId)' \(now)\(later)\(rest)."))
        return .success
    }

    private func show(_ daemons: [DaemonView], in environment: CommandEnvironment) throws -> ExitStatus {
        let printer = environment.answers
        if format.json {
            printer.print(json: .list(try daemons.map { try APIText.value($0) }))
            return .success
        }
        guard !daemons.isEmpty else {
            printer.print(StyledLine("The server knows no daemon."))
            return .success
        }
        var table = Table(header: ["DAEMON", "STATE", "TASKS", "SEEN", "VERSION", "LABELS"], flexibleColumn: 5)
        table.dispensable = [4, 3]
        let now = environment.wallClock.now()
        for daemon in daemons {
            table.add([
                StyledLine(daemon.daemonId, .strong), daemon.stateLine,
                StyledLine(daemon.slots.map { "\(daemon.assigned)/\($0)" } ?? "\(daemon.assigned)"),
                StyledLine(daemon.lastSeenAt.map { (now - $0).age } ?? "never"), StyledLine(daemon.makimaVersion ?? ""),
                StyledLine(daemon.labels.joined(separator: ", ")),
            ])
        }
        printer.print(table.lines(columns: printer.columns))
        return .success
    }
}

extension DaemonView {
    /// In words; one that is away and has tasks may still be at work.
    fileprivate var stateLine: StyledLine {
        let drained = draining ? ", takes no tasks" : ""
        if connected { return StyledLine("connected\(drained)", draining ? .warning : .good) }
        return StyledLine("away\(drained)", assigned > 0 ? .warning : .faint)
    }
}
