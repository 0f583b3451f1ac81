import Agents
import Domain
import Glibc
import Processes
import Synchronization

/// One process of an agent, from its start to its judged end.
struct AgentTurn: Sendable {
    let supervisor: Supervisor
    let surroundings: Surroundings
    let timeouts: Timeouts
    let control: ProcessControl
    /// Talks with the agent while it works, until it is cancelled; nobody does by default.
    var companion: @Sendable (AgentLine) async -> Void = { _ in }

    /// Told which messages a former makima gave the program, by their numbers.
    var recalled: @Sendable (Set<Int>) -> Void = { _ in }

    /// What an agent's process left, and how long it ran.
    struct Result: Sendable {
        var outcome: AgentOutcome
        var duration: Duration
        /// What the kernel did to it at its limits; `nil` is nothing.
        var limitHits: LimitHits?
        /// What on this machine was the cause of its end.
        var problem: EnvironmentProblem?
        /// Why nobody could follow what it did; it was ended then.
        var failure: String?
        /// The end of what it printed to standard error.
        var lastErrors = ""

        /// What ends the task beside what the agent did.
        var trouble: Reason? {
            if let problem { return .blocked(.environment(problem)) }
            return failure.map { .failed(.internalError(message: "The agent could not be followed: \($0)")) }
        }
    }

    /// Where the process comes from.
    enum Source: Sendable {
        case started(SupervisedCommand)
        /// A former makima started it, so long ago; the deadline counts from its start, too.
        case adopted(SupervisedProcess, age: Duration, deadline: Duration)
        /// A former makima started it, and it has ended.
        case ended(Spool, ExitRecord)
    }

    /// Runs the program and returns when nothing of it is left and its output is read to the end.
    ///
    /// `report` is called in the order of the output, from its first byte.
    func run(
        _ source: Source,
        reader: any AgentOutputReader,
        report: @escaping @Sendable (AgentEvent) -> Void
    ) async -> Result {
        let watch = Stopwatch(surroundings.clock, since: source.age)
        var state = TurnState(reader: reader, timeouts: timeouts, adoptedAt: source.adoptedAge)
        let cause: AgentExit.Cause
        var duration: Duration?
        var hits: LimitHits?
        var failure: String?
        do {
            let record: ExitRecord
            do {
                switch source {
                case .started(var command):
                    command.readsWhileRunning = reader.isTalking
                    defer { control.detach() }
                    let process = try await supervisor.start(command) { control.attach($0) }
                    record = try await follow(process, state: state, watch: watch, report: report)
                case .adopted(let process, _, let deadline):
                    record = try await follow(process, until: deadline, state: state, watch: watch, report: report)
                case .ended(let spool, let ending):
                    try await read(spool, state: state, report: report)
                    record = ending
                    duration = ending.duration
                }
                failure = state.lostInput.flatMap { $0.isDiskFull ? nil : "\($0)" }
            } catch let lost as LostProcess {
                // What it did and what it spent is in its spool all the same.
                failure = "\(lost.error)"
                record = lost.record
                state = TurnState(reader: reader, timeouts: timeouts)
                try await read(lost.spool, state: state) { _ in }
            }
            hits = record.limitHits
            cause = state.cause(of: record, stoppedByPerson: control.isStopping)
        } catch {
            cause = .launchFailed(message: "\(error)")
        }
        var outcome = state.finish(cause, at: surroundings.wallClock.now(), report: report)
        if case .exited(.code(let code)) = cause { outcome.exitStatus = code }
        outcome.settle(atLimits: hits)
        let problem = state.lostInput.map { EnvironmentProblem.diskFull(path: $0.subject) }
        var result = Result(outcome: outcome, duration: duration ?? watch.elapsed, limitHits: hits)
        result.problem = problem
        result.failure = failure
        result.lastErrors = state.lastErrors
        return result
    }

    /// A process that could not be followed any more, and was ended.
    private struct LostProcess: Error {
        let error: any Error
        let spool: Spool
        let record: ExitRecord
    }

    /// Reads what a process printed that has ended; nothing can be said to it.
    private func read(
        _ spool: Spool,
        state: TurnState,
        report: @escaping @Sendable (AgentEvent) -> Void
    ) async throws {
        if let input = try spool.input() { _ = state.recall(input) }
        for try await chunk in spool.contents() {
            for event in state.absorb(chunk, at: .zero) { report(event) }
        }
    }

    /// Whatever goes wrong, the process has ended when this returns: nobody else would watch what it does and spends.
    private func follow(
        _ process: SupervisedProcess,
        until deadline: Duration? = nil,
        state: TurnState,
        watch: Stopwatch,
        report: @escaping @Sendable (AgentEvent) -> Void
    ) async throws -> ExitRecord {
        do {
            return try await watchOver(process, until: deadline, state: state, watch: watch, report: report)
        } catch {
            process.kill()
            throw LostProcess(error: error, spool: process.spool, record: try await process.exit())
        }
    }

    /// With a `deadline` a former makima started the process, and has written to it.
    private func watchOver(
        _ process: SupervisedProcess,
        until deadline: Duration?,
        state: TurnState,
        watch: Stopwatch,
        report: @escaping @Sendable (AgentEvent) -> Void
    ) async throws -> ExitRecord {
        let (wishes, wish) = AsyncStream.makeStream(of: Void.self)
        let before = deadline == nil ? [] : try process.spool.input() ?? []
        recalled(state.recall(before))
        let line = AgentLine(state: state, input: process.input, written: before, watch: watch) { wish.yield() }
        control.attach(process, askingFirst: { if line.tell(.interrupt) { wish.yield() } else { process.interrupt() } })
        defer { control.detach() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await guardLiveness(of: process, state: state, watch: watch) }
            group.addTask { await insist(on: wishes, to: process) }
            group.addTask { await companion(line) }
            group.addTask { await keep(deadline, of: process, state: state, watch: watch) }
            line.pass()
            for try await chunk in process.output {
                for event in state.absorb(chunk, at: watch.elapsed) { report(event) }
                line.pass()
            }
            group.cancelAll()
            return try await process.exit()
        }
    }

    /// Ends the process at a deadline that its shim does not know, because it was started with another one.
    private func keep(_ deadline: Duration?, of process: SupervisedProcess, state: TurnState, watch: Stopwatch) async {
        guard let deadline, await watch.sleep(until: deadline) else { return }
        state.expire(.timeout(.iteration))
        process.interrupt()
    }

    /// Interrupts a program that was asked over its input to end its work, and has not ended some seconds later.
    ///
    /// Returns when cancelled.
    private func insist(on wishes: AsyncStream<Void>, to process: SupervisedProcess) async {
        for await _ in wishes {
            guard await Stopwatch(surroundings.clock).sleep(until: Self.patience) else { return }
            process.interrupt()
        }
    }

    private static let patience = Duration.seconds(3)

    /// Ends the process when it shows no sign of life.
    ///
    /// Returns when cancelled.
    private func guardLiveness(of process: SupervisedProcess, state: TurnState, watch: Stopwatch) async {
        while !Task.isCancelled {
            switch state.verdict(at: watch.elapsed) {
            case .alive(let next):
                guard await watch.sleep(until: next) else { return }
                if let used = process.cpuTime() { state.sampled(used, at: watch.elapsed) }
            case .expired(let expiry):
                state.expire(expiry)
                process.interrupt()
                return
            }
        }
    }
}

extension AgentTurn.Source {
    /// How old the process is, where a former makima started it; `nil` where it does not run yet, or not any more.
    fileprivate var adoptedAge: Duration? {
        switch self {
        case .started, .ended: nil
        case .adopted(_, let age, _): age
        }
    }

    /// How long ago the process was started.
    fileprivate var age: Duration { adoptedAge ?? .zero }
}

extension ProcessError {
    fileprivate var isDiskFull: Bool {
        guard case .systemCallFailed(_, _, let code) = self else { return false }
        return code == ENOSPC || code == EDQUOT
    }

    fileprivate var subject: String {
        guard case .systemCallFailed(_, let subject, _) = self else { return "" }
        return subject
    }
}
