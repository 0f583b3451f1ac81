import Domain
import Runner

/// Follows a run to its stop, in the form that was asked for, and says how it ended.
struct RunFollowing {
    let environment: CommandEnvironment
    let format: FormatOptions
    let quiet: QuietOptions

    /// What is done while it is looked on.
    typealias Work = (any RunObserver, StopRequests) async throws -> TaskRecord

    /// Prints what is not the answer.
    var notes: Printer { environment.notes(quiet) }

    /// Lets `work` run the task `id`, and returns the exit code that its end calls for.
    func follow(_ id: TaskID, of service: any TaskService, _ work: Work) async throws -> ExitStatus {
        let task = try await observe(try await service.dossier(id)) { observer in
            let stops = environment.listenForStops()
            defer { stops.finish() }
            return try await work(observer, stops)
        }
        guard let reason = task.reason else { throw CommandError.stillActive(task.status) }
        var dossier = try await service.dossier(id)
        dossier.task = task
        if format.json {
            let object = task.json(workspace: dossier.workspacePath, callName: dossier.callName)
            environment.answers.print(json: RunEvent.line("task", [("task", object)]))
        } else {
            let summary = RunSummary(dossier: dossier, reason: reason)
            let answers = environment.answers
            answers.print((answers.isTerminal ? [""] : []) + summary.answer.flatMap { $0.wrapped(to: answers.columns) })
            notes.print(summary.hints.flatMap { $0.wrapped(to: notes.columns) })
        }
        return ExitStatus(reason)
    }

    /// Shows `work` on `dossier`'s task while it goes on.
    func observe<Result>(
        _ dossier: TaskDossier,
        _ work: (any RunObserver) async throws -> Result
    ) async throws -> Result {
        if format.json {
            return try await work(
                JSONFollower(
                    workspace: dossier.workspacePath,
                    callName: dossier.callName,
                    printer: environment.answers
                )
            )
        }
        guard notes.isTerminal, !quiet.quiet, environment.variables["TERM"] != "dumb" else {
            let follower = PlainFollower(
                callName: dossier.callName,
                printer: notes,
                elapsed: stopwatch(environment.clock)
            )
            let clock = environment.clock
            async let _: Void = follower.keepCurrent(by: clock)
            return try await work(follower)
        }
        let follower = TerminalFollower(
            task: dossier.task,
            callName: dossier.callName,
            printer: notes,
            elapsed: stopwatch(environment.clock)
        )
        let clock = environment.clock
        async let _: Void = follower.keepCurrent(by: clock)
        defer { follower.end() }
        return try await work(follower)
    }

    private func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let began = clock.now
        return { began.duration(to: clock.now) }
    }
}
