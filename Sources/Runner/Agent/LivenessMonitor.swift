package import Domain

/// Judges whether a running agent still lives.
///
/// A value: times are offsets from the start of its process.
///
/// A stall is not "no output": an agent that waits for its own test run prints nothing for long. So the stall time-out
/// stands still while a tool call is open (which has a cap of its own), and processor time of the process tree counts
/// as a sign of life.
package struct LivenessMonitor: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        /// Look again at `next`, at the latest.
        case alive(next: Duration)
        case expired(Expiry)
    }

    package enum Expiry: Hashable, Sendable {
        case timeout(TimeoutKind)
        case stall
        /// It did not answer what opens the talk with it, within this time.
        case unanswered(after: Duration)

        /// How an iteration that expired like this is recorded.
        package var end: IterationEnd {
            switch self {
            case .timeout(let kind): .timeout(kind)
            case .stall: .stall
            case .unanswered: .silentLaunchFailure(message: "It did not answer.")
            }
        }
    }

    private let timeouts: Timeouts
    private var hasOutput = false
    private var lastSignOfLife: Duration
    /// When the first output is due.
    private let firstOutputEnd: Duration
    private var lastProcessorSample: ProcessorSample
    private var openToolCalls: [String: Duration] = [:]
    /// What it waits for people to allow: that is no stall, and nobody can say how long it takes.
    private var openRequests: Set<String> = []

    private struct ProcessorSample: Hashable, Sendable {
        var at: Duration
        var used: Duration
    }

    /// Less than this share of one core counts as idle: event loops of waiting programs use some.
    private static let idleShare = 0.02

    /// `age` is that of a process that somebody else watched until now: what it did before is not known yet, so its silence
    /// begins here.
    package init(timeouts: Timeouts, age: Duration = .zero) {
        self.timeouts = timeouts
        lastSignOfLife = age
        firstOutputEnd = age + timeouts.firstOutput
        lastProcessorSample = ProcessorSample(at: age, used: .zero)
    }

    package mutating func outputArrived(at time: Duration) {
        hasOutput = true
        lastSignOfLife = max(lastSignOfLife, time)
    }

    package mutating func toolCallBegan(_ id: String, at time: Duration) {
        openToolCalls[id] = time
        lastSignOfLife = max(lastSignOfLife, time)
    }

    package mutating func toolCallEnded(_ id: String, at time: Duration) {
        openToolCalls[id] = nil
        lastSignOfLife = max(lastSignOfLife, time)
    }

    package mutating func permissionAsked(_ id: String, at time: Duration) {
        openRequests.insert(id)
    }

    /// The time that the agent was kept waiting is not the tool's.
    package mutating func permissionDecided(_ id: String, at time: Duration) {
        guard openRequests.remove(id) != nil else { return }
        lastSignOfLife = max(lastSignOfLife, time)
        openToolCalls = openToolCalls.mapValues { _ in time }
    }

    /// Takes the processor time that the agent's whole process tree has used so far.
    package mutating func processorTimeSampled(_ used: Duration, at time: Duration) {
        let elapsed = (time - lastProcessorSample.at).inSeconds
        let share = elapsed > 0 ? (used - lastProcessorSample.used).inSeconds / elapsed : 0
        if share >= Self.idleShare { lastSignOfLife = max(lastSignOfLife, time) }
        lastProcessorSample = ProcessorSample(at: time, used: used)
    }

    /// The same while the program has yet to answer what opens the talk with it.
    package func verdict(at time: Duration, awaitingHandshake: Bool) -> Verdict {
        let verdict = verdict(at: time)
        guard awaitingHandshake, let limit = timeouts.handshake, case .alive(let next) = verdict else { return verdict }
        return time >= limit ? .expired(.unanswered(after: limit)) : .alive(next: min(next, limit))
    }

    package func verdict(at time: Duration) -> Verdict {
        if !openRequests.isEmpty { return .alive(next: time + timeouts.stall / 4) }
        if !hasOutput, time >= firstOutputEnd { return .expired(.timeout(.firstOutput)) }
        if let oldest = openToolCalls.values.min() {
            let end = oldest + timeouts.toolCall
            return time >= end ? .expired(.timeout(.toolCall)) : .alive(next: end)
        }
        let stall = lastSignOfLife + timeouts.stall
        guard time < stall else { return .expired(.stall) }
        let next = hasOutput ? stall : min(stall, firstOutputEnd)
        return .alive(next: min(next, time + timeouts.stall / 4))
    }
}
