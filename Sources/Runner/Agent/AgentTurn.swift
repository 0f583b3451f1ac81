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

    /// What an agent's process left, and how long it ran.
    struct Result: Sendable {
        var outcome: AgentOutcome
        var duration: Duration
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
            let process = try await supervisor.start(command)
            control.attach(process)
            defer { control.detach() }
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
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await guardLiveness(of: process, state: state, watch: watch) }
            for try await chunk in process.output {
                for event in state.absorb(chunk, at: watch.elapsed) { report(event) }
            }
            group.cancelAll()
            return try await process.exit()
        }
    }

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

/// Time since a start, on any clock.
struct Stopwatch: Sendable {
    private let measure: @Sendable () -> Duration
    private let wait: @Sendable (Duration) async throws -> Void

    init(_ clock: any Clock<Duration>) {
        self = Stopwatch.opened(clock)
    }

    private init(measure: @escaping @Sendable () -> Duration, wait: @escaping @Sendable (Duration) async throws -> Void)
    {
        self.measure = measure
        self.wait = wait
    }

    private static func opened<C: Clock<Duration>>(_ clock: C) -> Stopwatch {
        let start = clock.now
        return Stopwatch(
            measure: { start.duration(to: clock.now) },
            wait: { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
        )
    }

    var elapsed: Duration { measure() }

    /// Returns false when the calling task was cancelled meanwhile.
    func sleep(until offset: Duration) async -> Bool {
        do {
            try await wait(offset)
            return true
        } catch {
            return false
        }
    }
}

/// What the reading and the watching half of a turn share.
private final class TurnState: Sendable {
    private struct State: Sendable {
        var reader: any AgentOutputReader
        var monitor: LivenessMonitor
        var errors = ErrorTail()
        var expiry: LivenessMonitor.Expiry?
    }

    private let state: Mutex<State>

    init(reader: any AgentOutputReader, timeouts: Timeouts) {
        state = Mutex(State(reader: reader, monitor: LivenessMonitor(timeouts: timeouts)))
    }

    func absorb(_ chunk: SpoolChunk, at time: Duration) -> [AgentEvent] {
        state.withLock { state in
            state.monitor.outputArrived(at: time)
            guard chunk.stream == .output else {
                state.errors.append(chunk.bytes)
                return []
            }
            let events = state.reader.consume(chunk.bytes)
            for event in events { state.monitor.note(event, at: time) }
            return events
        }
    }

    func verdict(at time: Duration) -> LivenessMonitor.Verdict {
        state.withLock { $0.monitor.verdict(at: time) }
    }

    func sampled(_ used: Duration, at time: Duration) {
        state.withLock { $0.monitor.processorTimeSampled(used, at: time) }
    }

    func expire(_ expiry: LivenessMonitor.Expiry) {
        state.withLock { $0.expiry = expiry }
    }

    func cause(of record: ExitRecord, stoppedByPerson: Bool) -> AgentExit.Cause {
        switch state.withLock({ $0.expiry }) {
        case .timeout(let kind): .deadline(kind)
        case .stall: .stalled
        case nil: record.agentCause(stoppedByPerson: stoppedByPerson)
        }
    }

    func finish(_ cause: AgentExit.Cause, at end: Timestamp, report: (AgentEvent) -> Void) -> AgentOutcome {
        let (events, outcome) = state.withLock { state in
            let events = state.reader.finish()
            let exit = AgentExit(cause, errorTail: state.errors.bytes, endedAt: end)
            return (events, state.reader.outcome(of: exit))
        }
        for event in events { report(event) }
        return outcome
    }
}

/// The last bytes of standard error.
private struct ErrorTail: Sendable {
    private static let capacity = 16 << 10
    private(set) var bytes: [UInt8] = []

    mutating func append(_ chunk: [UInt8]) {
        bytes.append(contentsOf: chunk.suffix(Self.capacity))
        if bytes.count > Self.capacity { bytes.removeFirst(bytes.count - Self.capacity) }
    }
}

extension LivenessMonitor {
    fileprivate mutating func note(_ event: AgentEvent, at time: Duration) {
        switch event {
        case .toolCallBegan(let id, _, _): toolCallBegan(id, at: time)
        case .toolCallEnded(let id, _): toolCallEnded(id, at: time)
        case .session, .text, .usage, .retrying, .rateLimit, .permissionDenied, .result, .oversizedLine: break
        }
    }
}

extension ExitRecord {
    /// Why an agent's process ended, where no timer of makima's ended it.
    fileprivate func agentCause(stoppedByPerson: Bool) -> AgentExit.Cause {
        switch cause {
        case .deadline: .deadline(.iteration)
        case .ownerLost, .lost: .ownerLost(status)
        case .interrupted, .killed: .interrupted
        case .exited: stoppedByPerson ? .interrupted : status.map(AgentExit.Cause.exited) ?? .ownerLost(nil)
        }
    }
}
