import Domain
import Fleet
import Store
import TestSupport

/// A store with what the cases of the conformance suite put into it.
struct StoreBench: Sendable {
    let store: any TaskStore

    init(_ store: any TaskStore) {
        self.store = store
    }

    static let then = Timestamp(millisecondsSince1970: 1_772_373_909_000)

    static func at(_ seconds: Int) -> Timestamp { then + .seconds(seconds) }

    static func id(_ seed: Int = 1) -> TaskID {
        var random = SeededGenerator(seed: UInt64(seed))
        return TaskID(using: &random)
    }

    static func daemonID(_ name: String = "anna") -> DaemonID {
        guard let id = DaemonID(rawValue: name) else { preconditionFailure("'\(name)' is no daemon's name.") }
        return id
    }

    static func newTask(
        _ seed: Int = 1,
        _ demands: TaskDemands = TaskDemands(),
        at time: Timestamp = then
    ) -> NewTask {
        let task = FleetTask(id: id(seed), name: "task \(seed)", demands: demands, createdAt: time)
        return NewTask(task, document: "{\"plan\":\"do \(seed)\"}")
    }

    /// Makes a task.
    @discardableResult
    func add(_ seed: Int = 1, _ demands: TaskDemands = TaskDemands(), at time: Timestamp = then) async throws
        -> FleetTask
    {
        let made = try await store.create([Self.newTask(seed, demands, at: time)], key: nil, at: time)
        return try require(made.tasks.first, "task that was made")
    }

    /// Makes a daemon known, and connects it.
    @discardableResult
    func connect(_ name: String = "anna", slots: Int = 4, at time: Timestamp = then) async throws -> SessionKey {
        let id = Self.daemonID(name)
        if try await store.daemon(id) == nil {
            try await store.put(DaemonRecord(id, name: name, labels: ["linux"], enrolledAt: time))
        }
        let opening = try await store.openSession(of: id, on: "server", at: time)
        _ = try await store.renew(opening.session.key, capacity: DaemonCapacity(slots: slots), at: time)
        return opening.session.key
    }

    /// Makes a task and hands it to a daemon.
    func assign(_ seed: Int = 1, to session: SessionKey, at time: Timestamp = then) async throws -> FleetTask {
        if try await store.task(Self.id(seed)) == nil { try await add(seed) }
        let task = try require(try await store.task(Self.id(seed)), "task")
        let request = AssignmentRequest(task.id, previousAttempt: task.attempt, to: session, at: time)
        guard case .assigned(let assigned) = try await store.assign(request) else {
            throw BrokenPromise(description: "task \(seed) was not handed out")
        }
        return assigned
    }

    /// Writes a task that has reached a status without a daemon.
    @discardableResult
    func force(_ seed: Int, _ status: TaskStatus, isMerged: Bool = false) async throws -> FleetTask {
        var task = try require(try await store.task(Self.id(seed)), "task")
        let expectation = TaskExpectation(task)
        task.status = status
        task.isMerged = isMerged
        guard case .updated(let updated) = try await store.update(task, expecting: expectation, at: Self.at(1)) else {
            throw BrokenPromise(description: "task \(seed) was not changed")
        }
        return updated
    }

    /// What a daemon says of attempt `attempt` of a task.
    static func entry(
        _ number: Int,
        of seed: Int = 1,
        attempt: Int = 1,
        sequence: Int? = nil,
        _ effect: InboxEffect
    ) -> InboxEntry {
        let subject = InboxEntry.Subject(id(seed), attempt: attempt, sequence: sequence ?? number)
        return InboxEntry(number, about: subject, effect)
    }

    static func status(_ status: TaskStatus, iterations: Int = 0) -> InboxEffect {
        InboxEffect(.status(StatusReport(status, iterations: iterations)))
    }

    static func output(_ text: String) -> NewEvent { NewEvent(.output, at: then, body: text) }

    /// What of a task's history is not written by the store itself.
    func told(_ seed: Int = 1) async throws -> [String] {
        let kinds = Set(EventKind.allCases).subtracting([.status])
        return try await store.events(of: Self.id(seed), after: 0, kinds: kinds, limit: 1000).map(\.event.body)
    }
}
