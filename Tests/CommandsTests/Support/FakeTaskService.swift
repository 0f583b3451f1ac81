import Domain
import Runner
import Synchronization

/// A task service that plays events and returns records, and remembers what it was asked for.
final class FakeTaskService: TaskService {
    /// What the service was asked for, in order.
    enum Call: Hashable {
        case create(TaskSpec)
        case run(TaskID)
        case resume(TaskID, ResumeRequest)
        case diff(DiffRange)
        case restore(Int)
        case merge(String?)
        case say(String)
        case answer(String)
        case stop(force: Bool)
        case pause
        case endWait
        case discard(force: Bool)
        case collectGarbage(GarbageRequest)
    }

    /// There is no such task.
    struct NoSuchTask: Error, CustomStringConvertible {
        let name: String
        var description: String { "There is no task '\(name)'." }
    }

    struct State {
        var calls: [Call] = []
        var events: [RunEvent] = []
        var reason: Reason = .completed(.verified)
        /// Thrown by a run after its events.
        var failure: NoSuchTask?
        var dossiers: [TaskDossier] = []
        var unreadable: [UnreadableTask] = []
        var unrecovered: [TaskID: String] = [:]
        var diff: [UInt8] = []
        var files: [OutputFile] = []
        var mergeResult = MergeResult.upToDate(branch: "main")
        var stopAnswer = StopAnswer.asked
        var agentListens = true
        var garbage: [GarbageEntry] = []
        var isWaitingElsewhere = false
        /// Called each time a dossier is asked for: lets a test move the world on.
        var whenAsked: @Sendable (inout State) -> Void = { _ in }
    }

    let state: Mutex<State>

    init(dossiers: [TaskDossier] = []) {
        state = Mutex(State(dossiers: dossiers))
    }

    var calls: [Call] { state.withLock(\.calls) }
    func configure(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    private func note(_ call: Call) { state.withLock { $0.calls.append(call) } }

    func create(_ spec: TaskSpec) async throws -> TaskRecord {
        note(.create(spec))
        let task = TaskRecord(spec: spec, createdAt: Sample.time)
        state.withLock { $0.dossiers.append(Sample.dossier(task)) }
        return task
    }

    func run(_ id: TaskID, observer: any RunObserver, stops: StopRequests) async throws -> TaskRecord {
        note(.run(id))
        return try play(id, to: observer)
    }

    func resume(
        _ id: TaskID,
        _ request: ResumeRequest,
        observer: any RunObserver,
        stops: StopRequests
    ) async throws -> TaskRecord {
        note(.resume(id, request))
        return try play(id, to: observer)
    }

    private func play(_ id: TaskID, to observer: any RunObserver) throws -> TaskRecord {
        for event in state.withLock(\.events) { observer.observe(event) }
        if let failure = state.withLock(\.failure) { throw failure }
        return try state.withLock { state in
            guard let index = state.dossiers.firstIndex(where: { $0.task.id == id }) else {
                throw NoSuchTask(name: id.rawValue)
            }
            state.dossiers[index].task.reason = state.reason
            state.dossiers[index].task.status = state.reason.status
            return state.dossiers[index].task
        }
    }

    func find(_ name: String) async throws -> TaskRecord {
        let match = state.withLock { $0.dossiers.first { $0.task.id.rawValue.hasPrefix(name) } }
        guard let match else { throw ServiceError.noSuchTask(name) }
        return match.task
    }

    func findToResume(_ name: String) async throws -> TaskRecord { try await find(name) }

    func glance() async throws -> TaskListing { try await list() }

    func list(latest: Int?) async throws -> TaskListing {
        state.withLock { state in
            var listing = TaskListing(
                tasks: state.dossiers.map(\.task),
                unreadable: state.unreadable,
                workspacePaths: Dictionary(state.dossiers.map { ($0.task.id, $0.workspacePath) }) { first, _ in first }
            )
            listing.unrecovered = state.unrecovered
            for dossier in state.dossiers { listing.removed[dossier.task.id] = dossier.removedUpTo }
            return listing
        }
    }

    func dossier(_ id: TaskID) async throws -> TaskDossier {
        let match = state.withLock { state in
            state.whenAsked(&state)
            return state.dossiers.first { $0.task.id == id }
        }
        guard let match else { throw NoSuchTask(name: id.rawValue) }
        return match
    }

    func diff(_ id: TaskID, _ range: DiffRange) async throws -> TaskDiff {
        note(.diff(range))
        return state.withLock { TaskDiff($0.diff, upTo: 3) }
    }

    func restore(_ id: TaskID, to number: Int) async throws -> RestoredFiles {
        note(.restore(number))
        return RestoredFiles(
            kept: Sample.checkpoint(7, cause: .beforeRestore),
            made: Sample.checkpoint(8, cause: .restored)
        )
    }

    func merge(
        _ id: TaskID,
        into branch: String?,
        observer: any RunObserver,
        stops: StopRequests
    ) async throws -> MergeResult {
        note(.merge(branch))
        return state.withLock(\.mergeResult)
    }

    func say(_ text: String, to id: TaskID) async throws -> SentMessage {
        note(.say(text))
        let message = TaskMessage(number: 4, text: text, sentAt: Timestamp(millisecondsSince1970: 0))
        return SentMessage(message: message, agentListens: state.withLock(\.agentListens))
    }

    func answer(_ text: String, to id: TaskID, question number: Int?) async throws -> TaskQuestion {
        note(.answer(text))
        let time = Timestamp(millisecondsSince1970: 0)
        return TaskQuestion(
            number: 2,
            asked: AskedQuestion(text: "Which format?"),
            iteration: 1,
            askedAt: time,
            answer: TaskQuestion.Answer(text, from: .person, at: time)
        )
    }

    func endWait(of id: TaskID) async throws -> Bool {
        guard state.withLock(\.isWaitingElsewhere) else { return false }
        note(.endWait)
        return true
    }

    func pause(_ id: TaskID) async throws -> StopAnswer {
        note(.pause)
        return state.withLock(\.stopAnswer)
    }

    func stop(_ id: TaskID, force: Bool) async throws -> StopAnswer {
        note(.stop(force: force))
        return state.withLock(\.stopAnswer)
    }

    func discard(_ id: TaskID, force: Bool) async throws -> DiscardedWork {
        note(.discard(force: force))
        return state.withLock { state in
            DiscardedWork(last: state.dossiers.first { $0.task.id == id }?.checkpoints.map(\.number).max())
        }
    }

    func collectGarbage(_ request: GarbageRequest, observe: @Sendable (GarbageEntry) -> Void) async throws {
        note(.collectGarbage(request))
        state.withLock(\.garbage).forEach(observe)
    }

    func runInSandbox(_ request: SandboxRequest) async throws -> SandboxResult {
        SandboxResult(status: Int32(request.command.count))
    }

    func outputFiles(_ id: TaskID) async throws -> [OutputFile] { state.withLock(\.files) }
}
