import Agents
import Domain
import Processes
import Synchronization

/// What the reading and the watching half of a turn share.
final class TurnState: Sendable {
    private struct State: Sendable {
        var reader: any AgentOutputReader
        var monitor: LivenessMonitor
        var errors = ErrorTail()
        var expiry: LivenessMonitor.Expiry?
        var lostInput: ProcessError?
    }

    private let state: Mutex<State>
    /// The longest piece of standard error that is shown at once.
    private static let shownLimit = 4 << 10

    /// Where a former makima started the program, its answer may not be read yet.
    private let isAdopted: Bool

    /// `adoptedAt` is the age of a program that a former makima started; `nil` of one that is started now.
    init(reader: any AgentOutputReader, timeouts: Timeouts, adoptedAt age: Duration? = nil) {
        isAdopted = age != nil
        state = Mutex(State(reader: reader, monitor: LivenessMonitor(timeouts: timeouts, age: age ?? .zero)))
    }

    func absorb(_ chunk: SpoolChunk, at time: Duration) -> [AgentEvent] {
        state.withLock { state in
            state.monitor.outputArrived(at: time)
            guard chunk.stream == .output else {
                state.errors.append(chunk.bytes)
                return [.errorOutput(String(decoding: chunk.bytes.suffix(Self.shownLimit), as: UTF8.self))]
            }
            let events = state.reader.consume(chunk.bytes)
            for event in events { state.monitor.note(event, at: time) }
            return events
        }
    }

    /// Takes note of what a former makima wrote to the program; returns the numbers of the messages in it.
    func recall(_ input: [UInt8]) -> Set<Int> { state.withLock { $0.reader.recall(input) } }

    /// Takes note that the program could not be given what it was to read.
    func noteLostInput(_ error: ProcessError) { state.withLock { $0.lostInput = error } }

    /// Why the program could not be given what it was to read; `nil` where it was.
    var lostInput: ProcessError? { state.withLock(\.lostInput) }

    /// What the program is to read next.
    func takeInput() -> AgentInput { state.withLock { $0.reader.takeInput() } }

    /// Returns whether the program can be told `word`.
    func hear(_ word: AgentWord, at time: Duration) -> Bool {
        state.withLock { state in
            if case .permission(let id, _) = word { state.monitor.permissionDecided(id, at: time) }
            return state.reader.hear(word)
        }
    }

    func verdict(at time: Duration) -> LivenessMonitor.Verdict {
        state.withLock {
            $0.monitor.verdict(at: time, awaitingHandshake: !isAdopted && $0.reader.awaitsHandshake)
        }
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
        case .unanswered(let limit): .unanswered(after: limit)
        case nil: record.agentCause(stoppedByPerson: stoppedByPerson)
        }
    }

    /// The end of what the program printed to standard error.
    var lastErrors: String { state.withLock { String(decoding: $0.errors.bytes, as: UTF8.self) } }

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
        case .permissionAsked(let id, _): permissionAsked(id, at: time)
        case .permissionWithdrawn(let id): permissionDecided(id, at: time)
        case .session, .text, .usage, .retrying, .rateLimit, .permissionDenied, .messageTaken, .result, .errorOutput,
            .oversizedLine:
            break
        }
    }
}

extension ExitRecord {
    /// Why an agent's process ended, where no timer of makima's ended it.
    func agentCause(stoppedByPerson: Bool) -> AgentExit.Cause {
        switch cause {
        case .deadline: .deadline(.iteration)
        case .ownerLost, .lost: .ownerLost(status)
        case .interrupted, .killed: .interrupted
        case .exited: stoppedByPerson ? .interrupted : status.map(AgentExit.Cause.exited) ?? .ownerLost(nil)
        }
    }
}
