import Domain
import Fleet
import Logging
import Store
import Synchronization
import Wire

/// Has daemons carry out batches of merge queues.
struct MergeDispatcher: Sendable {
    let store: any TaskStore
    let lines: DaemonLines
    let surroundings: Surroundings
    private let presence: Presence

    init(store: any TaskStore, lines: DaemonLines, surroundings: Surroundings) {
        (self.store, self.lines, self.surroundings) = (store, lines, surroundings)
        presence = Presence(longestBreak: store.leases.timeToLive)
    }

    /// With which the ids of its commands begin.
    static let prefix = "merge-"
    /// So often a batch is tried whose work did not come to its daemon whole.
    private static let mostTries = 3
    private static let longestPatience = Duration.seconds(120)

    /// A daemon that was gone for so long may be replaced by another one.
    private var patience: Duration { min(Self.longestPatience, store.leases.grace) }

    // MARK: - Answers

    /// What daemons say of the batches that are at work, or why no daemon has one.
    func answers(of contract: Contract, _ tasks: [TaskID: FleetTask]) async throws
        -> [String: ContractRules.MergeAnswer]
    {
        var answers: [String: ContractRules.MergeAnswer] = [:]
        for (target, queue) in contract.queues {
            guard let batch = queue.batch else { continue }
            answers[target] = try await answer(to: MergeJob(batch, target, contract, tasks))
        }
        return answers
    }

    private func answer(to job: MergeJob) async throws -> ContractRules.MergeAnswer? {
        let number = job.batch.number
        guard let command = try await store.command(job.id) else { return try await outlook(of: job) }
        guard let text = command.answer else {
            if command.isWithdrawn { return .lost(batch: number) }
            guard try await isGone(command.command.daemon) else { return .atWork(batch: number) }
            return try await outlook(of: job) ?? .lost(batch: number)
        }
        let answer = try Frame.decode(Array(text.utf8), as: ToServer.self)
        guard case .commandAnswer(let said) = answer else { return .lost(batch: number) }
        if said.outcome == .done, let report = said.merge?.report { return .report(report, batch: number) }
        // Work that did not come whole is sent once more, to whoever can be had then.
        if said.code == "patch", job.batch.attempt < Self.mostTries { return .lost(batch: number) }
        // It may lack a login, or the way to the repository: nothing is said about the branch.
        if job.isStranger(command.command.daemon) { return .lost(batch: number) }
        let words = said.message ?? said.code?.spokenCode ?? "the daemon gave no reason"
        return .failed(words, batch: number)
    }

    /// Why no daemon can be told of the batch now; `nil` where one can.
    private func outlook(of job: MergeJob) async throws -> ContractRules.MergeAnswer? {
        switch try await maker.make(job) {
        case .command: nil
        case .waits(let wait): .waits(wait, batch: job.batch.number)
        case .divide: .scattered(batch: job.batch.number)
        }
    }

    /// Says that the server is there: a daemon is gone only while it could have come back.
    func look() { presence.look(at: surroundings.now()) }

    /// Whether a daemon was gone for too long.
    func isGone(_ daemon: DaemonID) async throws -> Bool {
        let now = surroundings.now()
        guard let since = presence.since, now - since > patience else { return false }
        guard let session = try await store.latestSession(of: daemon) else { return true }
        return now - max(session.end?.at ?? session.leaseUntil, session.startedAt) > patience
    }

    /// Whether the server has all that a task has done, so that another daemon may go on with it.
    func hasWork(of task: FleetTask) async throws -> Bool {
        if task.iterations == 0, try await store.checkpoints(of: task.id).isEmpty { return true }
        return try await maker.work(of: task.id) != nil
    }

    // MARK: - Commands

    private var maker: MergeMaker { MergeMaker(store: store, surroundings: surroundings) }

    /// Tells daemons of batches that none was told of; whether one was.
    func begin(_ contract: Contract, _ view: ContractRules.View) async throws -> Bool {
        var hasBegun = false
        for (target, queue) in contract.queues.sorted(by: { $0.key < $1.key }) {
            guard let batch = queue.batch else { continue }
            let job = MergeJob(batch, target, contract, view.tasks)
            if try await store.command(job.id) != nil { continue }
            guard case .command(let daemon, let message) = try await maker.make(job) else { continue }
            let document = String(decoding: try Frame.encode(try await maker.fill(message)), as: UTF8.self)
            _ = try await store.enqueue(NewCommand(job.id, to: daemon, document: document), at: surroundings.now())
            lines.ring(daemon)
            hasBegun = true
        }
        return hasBegun
    }
}

/// A batch that is to be carried out by a daemon.
struct MergeJob: Sendable {
    let batch: MergeQueue.Batch
    let target: String
    let contract: Contract
    /// Those of the contract.
    let tasks: [TaskID: FleetTask]

    init(_ batch: MergeQueue.Batch, _ target: String, _ contract: Contract, _ tasks: [TaskID: FleetTask]) {
        (self.batch, self.target, self.contract, self.tasks) = (batch, target, contract, tasks)
    }

    /// Of the command; the same for the same try of the same batch.
    var id: String { id(ofTry: batch.attempt) }

    func id(ofTry number: Int) -> String {
        let branch = SHA256Digest(of: target).description.prefix(8)
        return "\(MergeDispatcher.prefix)\(contract.id)-\(branch)-\(batch.number)-\(number)"
    }

    /// The daemons that have worked for the contract.
    var homes: Set<DaemonID> { Set(tasks.values.compactMap(\.home)) }

    /// Whether a daemon was asked that has not worked for the contract, though others have.
    func isStranger(_ daemon: DaemonID) -> Bool { !homes.isEmpty && !homes.contains(daemon) }

    /// What the tasks whose work is merged want of a daemon, or, where the branch alone is checked, what all tasks want.
    var labels: Set<String> {
        let asking = batch.isVerification ? Array(tasks.values) : batch.entries.compactMap { tasks[$0.task] }
        return asking.reduce(into: []) { $0.formUnion($1.demands.labels) }
    }

    var lane: String { String(SHA256Digest(of: "\(contract.place.address)\n\(target)").description.prefix(32)) }
}

/// Since when a server has been there for daemons to come back to.
private final class Presence: Sendable {
    private let watch: Mutex<LeaseWatch>

    init(longestBreak: Duration) { watch = Mutex(LeaseWatch(longestBreak: longestBreak)) }

    var since: Timestamp? { watch.withLock(\.since) }

    func look(at time: Timestamp) { watch.withLock { _ = $0.look(at: time) } }
}
