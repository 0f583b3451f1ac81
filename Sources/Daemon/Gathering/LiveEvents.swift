import Domain
import Runner
import Synchronization
import Wire

/// Keeps what happens in a run for lookers-on, until it is in the outbox.
///
/// Nothing is decided by these: what is more than fits is dropped, the oldest first, and a death costs them.
final class LiveEvents: RunObserver {
    private struct State {
        var events: [(iteration: Int, report: TaskEventReport)] = []
        var iteration = 0
        var dropped = 0
    }

    private let state = Mutex(State())
    private let wallClock: any WallClock
    private let ring: @Sendable () -> Void
    private let began: @Sendable () -> Void

    static let limit = 2000

    /// `ring` is called where the tasks' journal may tell something new, `began` when the run has.
    init(wallClock: any WallClock, ring: @escaping @Sendable () -> Void, began: @escaping @Sendable () -> Void) {
        self.wallClock = wallClock
        self.ring = ring
        self.began = began
    }

    func observe(_ event: RunEvent) {
        let now = wallClock.now()
        state.withLock { state in
            if case .iterationBegan(let number, _, _) = event { state.iteration = number }
            guard let report = TaskEventReport(event, iteration: state.iteration, at: now) else { return }
            if state.events.count == Self.limit {
                state.events.removeFirst()
                state.dropped += 1
            }
            state.events.append((report.iteration, report))
        }
        if case .began = event { began() }
        if event.tellsOfJournal { ring() }
    }

    /// The iteration of the first event.
    var first: Int? { state.withLock(\.events.first?.iteration) }

    /// Takes the first events of iterations up to `iteration`.
    func take(upTo iteration: Int, atMost limit: Int) -> [TaskEventReport] {
        state.withLock { state in
            let taken = state.events.prefix { $0.iteration <= iteration }.prefix(limit)
            state.events.removeFirst(taken.count)
            var reports = taken.map(\.report)
            if state.dropped > 0, let first = reports.first {
                var notice = TaskEventReport()
                notice.at = first.at
                notice.iteration = first.iteration
                notice.event = "notice"
                notice.code = "events_dropped"
                notice.text = "Events were left out: \(state.dropped)."
                reports.insert(notice, at: 0)
                state.dropped = 0
            }
            return reports
        }
    }
}

extension RunEvent {
    /// Whether the tasks' journal has something new.
    fileprivate var tellsOfJournal: Bool {
        switch self {
        case .agent, .preparing, .notice, .stopping: false
        case .began, .iterationBegan, .checkpointTaken, .checkBegan, .checkEnded, .iterationEnded, .waiting, .asked,
            .finished:
            true
        }
    }
}

extension TaskEventReport {
    /// `nil` for what is told otherwise.
    init?(_ event: RunEvent, iteration: Int, at time: Timestamp) {
        switch event {
        case .agent(let agentEvent):
            self.init(Stamp(), agentEvent, iteration: iteration, at: time)
            return
        case .checkpointTaken, .iterationEnded, .asked, .finished: return nil
        default: self.init()
        }
        at = time.clipped
        self.iteration = iteration
        take(event)
    }

    private mutating func take(_ event: RunEvent) {
        switch event {
        case .began(_, let sandbox): name("notice", code: "sandbox", sandbox.description)
        case .preparing(let preparation): take(preparation)
        case .iterationBegan(_, let limit, let attempt):
            name("iteration_began")
            self.limit = limit.clipped
            tryNumber = attempt
        case .checkBegan(let definition, let number):
            name("check_began")
            check = definition.name.clipped(to: WireLimits.command)
            iteration = number
        case .checkEnded(let ended):
            name("check_ended")
            check = ended.check.name.clipped(to: WireLimits.command)
            receipt = WireReceipt(ended, limit: WireLimits.sentence)
        case .waiting(let wait):
            name("waiting", code: wait.cause.rawValue)
            until = wait.until.clipped
            agent = wait.agent?.clipped(to: WireLimits.label)
        case .notice(let notice): name("notice", notice.sentence)
        case .stopping(let isForced): name("notice", code: isForced ? "stopping_forced" : "stopping")
        case .agent, .checkpointTaken, .iterationEnded, .asked, .finished: break
        }
    }

    private mutating func take(_ preparation: Preparation) {
        switch preparation {
        case .workspace: name("preparing", code: "workspace")
        case .setupCommand(let line): name("preparing", code: "setup_command", line)
        case .importing: name("preparing", code: "importing")
        case .publishing(let action): name("preparing", code: "publishing", action.rawValue)
        }
    }

    private mutating func name(_ event: String, code: String? = nil, _ text: String? = nil) {
        self.event = event
        self.code = code
        self.text = text?.clipped(to: WireLimits.message)
    }
}
