import Domain
import Fleet
import Logging
import Store
import Synchronization
import Wire

/// Hands queued tasks to daemons, whenever something has changed.
final class DispatchService: Sendable {
    private let store: any TaskStore
    private let lines: DaemonLines
    private let dispatcher: Dispatcher
    private let surroundings: Surroundings
    /// How far the queue was looked at, and why its tasks were not handed out.
    private let walk = Mutex(QueueWalk())
    /// Rings when a round may be worth while.
    let bell = Bell()

    /// So many of the queue are looked at together.
    private let page: Int

    init(
        store: any TaskStore,
        lines: DaemonLines,
        limits: DispatchLimits,
        surroundings: Surroundings,
        page: Int = 1000
    ) {
        self.page = page
        self.store = store
        self.lines = lines
        dispatcher = Dispatcher(limits: limits)
        self.surroundings = surroundings
    }

    /// Works until the bell is finished, or the task cancelled.
    func run() async {
        for await _ in bell.rings {
            do {
                while try await round() > 0 {}
            } catch {
                surroundings.logger.error("Tasks could not be handed out.", metadata: ["error": "\(error)"])
            }
        }
    }

    func obstacle(of task: TaskID) -> DispatchObstacle? { walk.withLock { $0.obstacle(of: task) } }

    /// Hands out what can be handed out; returns how many tasks that were.
    func round() async throws -> Int {
        let time = surroundings.now()
        let mark = walk.withLock { walk in
            walk.begin()
            return walk.mark
        }
        var queue = try await store.ready(at: time, after: nil, limit: page)
        var (count, hasRoom) = try await handOut(queue.tasks, at: time)
        var next = queue.next.map { mark ?? $0 }
        var pages = 1
        while let cursor = next, hasRoom, pages < QueueWalk.pages {
            queue = try await store.ready(at: time, after: cursor, limit: page)
            let more = try await handOut(queue.tasks, at: time)
            (count, hasRoom, next) = (count + more.count, more.hasRoom, queue.next)
            pages += 1
        }
        walk.withLock { [next, hasRoom] walk in walk.end(before: next, hasRoom: hasRoom) }
        return count
    }

    /// Hands out what can be handed out of a page; how many tasks that were, and whether a daemon may take more.
    private func handOut(_ queue: [FleetTask], at time: Timestamp) async throws -> (count: Int, hasRoom: Bool) {
        guard !queue.isEmpty else { return (0, false) }
        let load = try await store.load()
        let daemons = try await daemons(at: time)
        let plan = dispatcher.plan(
            queue: queue,
            daemons: daemons,
            heldKeys: load.keys,
            shares: load.shares,
            at: time
        )
        walk.withLock { $0.note(plan) }
        let slots = daemons.filter { !$0.isDraining }.map(\.freeSlots).reduce(0, +)
        let tasks = Dictionary(queue.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var count = 0
        for placement in plan.placements {
            guard let task = tasks[placement.task] else { continue }
            guard try await handOver(task, placement, at: time) else { continue }
            count += 1
            surroundings.meter.count { $0.handOvers += 1 }
        }
        return (count, slots > plan.placements.count)
    }

    /// Those that are connected, and the others that are known.
    private func daemons(at time: Timestamp) async throws -> [DaemonState] {
        let connected = try await store.connected(at: time)
        let here = Set(connected.map(\.id))
        let away = try await store.daemons().filter { !here.contains($0.id) }
            .map { record in
                var state = DaemonState(
                    record.id,
                    session: 0,
                    labels: record.labels,
                    capacity: DaemonCapacity(slots: 0)
                )
                state.isAway = true
                return state
            }
        return connected + away
    }

    /// Whether the task was handed over.
    private func handOver(_ task: FleetTask, _ placement: DispatchPlan.Placement, at time: Timestamp) async throws
        -> Bool
    {
        let daemon = placement.session.daemon
        guard let facts = try await facts(task) else {
            surroundings.logger.error("A task's document cannot be read.", metadata: ["task.id": "\(task.id)"])
            return false
        }
        if let hold = facts.orders.hold { return try await keep(task, hold, at: time) }
        if let spent = facts.contract?.spent { return try await end(task, .budget(spent), at: time) }
        let message: ToDaemon
        let document: String
        do throws(WireError) {
            (message, document) = try facts.frame(for: daemon)
        } catch { return try await giveUp(task, error, at: time) }
        let key = AttemptKey(task.id, task.attempt + 1)
        var request = AssignmentRequest(
            task.id,
            previousAttempt: placement.previousAttempt,
            to: placement.session,
            command: NewCommand(
                "\(HandOver.prefix)\(key.task)-\(key.attempt)",
                to: daemon,
                about: key,
                document: document
            ),
            at: time
        )
        // In the same transaction: what was said is told, or stands.
        request.lastEvent = facts.lastEvent
        request.further = try facts.orders.talk.said.compactMap {
            try $0.command(about: key, to: daemon, isResumed: message.isResumption)
        }
        guard case .assigned = try await store.assign(request) else { return false }
        lines.ring(daemon)
        surroundings.logger.info(
            "A task was handed to a daemon.",
            metadata: ["task.id": "\(key.task)", "attempt": "\(key.attempt)", "daemon.id": "\(daemon)"]
        )
        return true
    }

    /// What cannot be told cannot be told a second later either: the task ends, and says why.
    private func giveUp(_ task: FleetTask, _ error: WireError, at time: Timestamp) async throws -> Bool {
        surroundings.logger.error(
            "A task cannot be told to a daemon.",
            metadata: ["task.id": "\(task.id)", "error": "\(error)"]
        )
        let message = "The task cannot be handed to a daemon. \(error)"
        return try await end(task, .failed(.internalError(message: message)), at: time)
    }

    private func end(_ task: FleetTask, _ reason: Reason, at time: Timestamp) async throws -> Bool {
        guard let ended = OrderRules.fail(task, reason, at: time) else { return false }
        _ = try await store.update(ended, expecting: TaskExpectation(task), at: time)
        return false
    }

    /// A person's order outlives the daemon that was told.
    private func keep(_ task: FleetTask, _ hold: PersonOrder.Kind, at time: Timestamp) async throws -> Bool {
        let step = hold == .pause ? OrderRules.pause(task, at: time) : OrderRules.stop(task, at: time)
        guard case .changed(let changed) = step else { return false }
        _ = try await store.update(changed, expecting: TaskExpectation(task), at: time)
        return false
    }

    /// What decides about the command; `nil` where the task cannot be read.
    private func facts(_ task: FleetTask) async throws -> HandOver? {
        guard let text = try await store.document(of: task.id), let document = TaskDocument.read(text) else {
            return nil
        }
        var facts = HandOver(task: task, document: document)
        // First: what happens while the rest is read is looked at in another round.
        facts.lastEvent = try await store.lastEvent(of: task.id)
        if task.attempt > 0 { facts.attempts = try await store.attempts(of: task.id) }
        let history = OrderHistory(store: store)
        let orders = try await history.events(of: task.id)
        let beginning = StandingOrders.beginning(facts.attempts)
        let answers = try await history.answers(of: task.id, orders)
        facts.orders = StandingOrders(orders, attempt: beginning, answers: answers)
        // It may have been told to the one that was lost.
        let wasLost = facts.attempts.contains { $0.attempt > beginning && $0.end == .lost }
        if wasLost, !facts.orders.isOwnChange {
            facts.orders.changes?.message = nil
        }
        if task.attempt > 0 {
            facts.standing = try await standing(of: task)
            facts.work = try await work(of: task.id, isOwn: true)
        }
        facts.contract = try await share(of: task)
        if facts.work == nil, let other = document.continueFromTaskId.flatMap(TaskID.init(rawValue:)) {
            facts.work = try await work(of: other, isOwn: false)
        }
        return facts
    }

    /// What a task of a contract may still spend, and is told of the others.
    private func share(of task: FleetTask) async throws -> ContractShare? {
        guard let id = task.demands.contract.flatMap(ContractID.init(rawValue:)),
            let contract = try await store.contract(id)
        else { return nil }
        let tasks = try await ContractHands.tasks(of: id, in: store)
        return ContractShare(of: task, in: contract, tasks: tasks, at: surroundings.now())
    }

    /// Where a task stands; where that cannot be read, its limits and budgets hold all the same, and that it lacks the rest is told.
    private func standing(of task: FleetTask) async throws -> WireStanding? {
        guard let entry = try await store.iterations(of: task.id).last else { return nil }
        do throws(WireError) {
            return try entry.report()?.standing
        } catch {
            surroundings.logger.error(
                "A task goes on without what it has learnt and its conversation: its last report cannot be read.",
                metadata: ["task.id": "\(task.id)", "iteration": "\(entry.number)", "error": "\(error)"]
            )
            var standing = WireStanding()
            (standing.iterations, standing.runs) = (task.iterations, task.attempt)
            (standing.usage, standing.activeMilliseconds) = (WireUsage(task.usage), task.activeTime ?? .zero)
            return standing
        }
    }

    /// The last checkpoint of a task whose work is here.
    private func work(of id: TaskID, isOwn: Bool) async throws -> HandOver.Work? {
        guard let entry = try await store.checkpoints(of: id).last(where: \.isStored), let blob = entry.blob,
            var patch = patch(entry, of: id)
        else { return nil }
        if blob.size <= WireLimits.part {
            patch.data = try await store.readBlob(blob.digest, of: id, at: 0, limit: blob.size)
        }
        return HandOver.Work(patch: patch, checkpoint: isOwn ? entry.number : nil)
    }

    /// What cannot be read is work that is not here, which is told.
    private func patch(_ entry: CheckpointEntry, of task: TaskID) -> WirePatch? {
        do throws(WireError) {
            guard case .checkpoint(let report) = try Frame.decode(Array(entry.document.utf8), as: ToServer.self) else {
                return nil
            }
            return report.patch
        } catch {
            surroundings.logger.error(
                "A task goes on without its last work: the report of its checkpoint cannot be read.",
                metadata: ["task.id": "\(task)", "checkpoint": "\(entry.number)", "error": "\(error)"]
            )
            return nil
        }
    }
}
