import Agents
import Domain
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

    /// What an agent's process left, and how long it ran.
    struct Result: Sendable {
        var outcome: AgentOutcome
        var duration: Duration
        /// What on this machine was the cause of its end.
        var problem: EnvironmentProblem?
    }

    /// Runs `command` and returns when nothing of it is left and its output is read to the end.
    ///
    /// `report` is called in the order of the output.
    func run(
        _ command: SupervisedCommand,
        reader: any AgentOutputReader,
        report: @escaping @Sendable (AgentEvent) -> Void
    ) async -> Result {
        let watch = Stopwatch(surroundings.clock)
        let state = TurnState(reader: reader, timeouts: timeouts)
        let cause: AgentExit.Cause
        do {
            var command = command
            command.readsWhileRunning = reader.isTalking
            let process = try await supervisor.start(command)
            let record = try await follow(process, state: state, watch: watch, report: report)
            cause = state.cause(of: record, stoppedByPerson: control.isStopping)
        } catch {
            cause = .launchFailed(message: "\(error)")
        }
        var outcome = state.finish(cause, at: surroundings.wallClock.now(), report: report)
        if case .exited(.code(let code)) = cause { outcome.exitStatus = code }
        return Result(outcome: outcome, duration: watch.elapsed)
    }

    private func follow(
        _ process: SupervisedProcess,
        state: TurnState,
        watch: Stopwatch,
        report: @escaping @Sendable (AgentEvent) -> Void
    ) async throws -> ExitRecord {
        let (wishes, wish) = AsyncStream.makeStream(of: Void.self)
        let line = AgentLine(state: state, input: process.input, watch: watch) { wish.yield() }
        control.attach(process, askingFirst: { if line.tell(.interrupt) { wish.yield() } else { process.interrupt() } })
        defer { control.detach() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await guardLiveness(of: process, state: state, watch: watch) }
            group.addTask { await insist(on: wishes, to: process) }
            group.addTask { await companion(line) }
            line.pass()
            for try await chunk in process.output {
                for event in state.absorb(chunk, at: watch.elapsed) { report(event) }
                line.pass()
            }
            group.cancelAll()
            return try await process.exit()
        }
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
