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
        let notifier = try environment.machine.openNotifier()
        let before = try await service.dossier(id)
        let moments = AsyncStream.makeStream(of: TaskMoment.self)
        async let telling: Void = tell(moments.stream, by: notifier)
        let task = try await observe(before) { observer in
            let stops = environment.listenForStops()
            defer { stops.finish() }
            let teller = MomentTeller(observer, before, at: environment.wallClock, to: moments.continuation)
            let task = try await work(teller, stops)
            teller.end(task)
            return task
        }
        guard let reason = task.reason else { throw CommandError.stillActive(task.status) }
        var dossier = try await service.dossier(id)
        dossier.task = task
        show(RunSummary(dossier: dossier, reason: reason))
        moments.continuation.finish()
        await telling
        return ExitStatus(reason)
    }

    private func tell(_ moments: AsyncStream<TaskMoment>, by notifier: (any RunNotifier)?) async {
        let notes = notes
        await notifier?.tell(moments) { notes.print(StyledLine("Warning: ", .warning) + StyledLine($0)) }
    }

    /// Prints how a task ended, and what to do next.
    func show(_ summary: RunSummary) {
        if format.json {
            let dossier = summary.dossier
            let workspace = dossier.workspacePath.isEmpty ? nil : dossier.workspacePath
            let object = dossier.task.json(workspace: workspace, callName: dossier.callName)
            return environment.answers.print(json: RunEvent.line("task", [("task", object)]))
        }
        let answers = environment.answers
        answers.print((answers.isTerminal ? [""] : []) + summary.answer.flatMap { $0.wrapped(to: answers.columns) })
        notes.print(summary.hints.flatMap { $0.wrapped(to: notes.columns) })
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
