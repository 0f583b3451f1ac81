package import Domain
import Fleet
import Logging
import Store
import Wire

/// Tells people who do not look on; the machine that the server runs on has the means.
package protocol ChangeNotifier: Sendable {
    /// Since when changes are told: the first start of a server that had somebody to tell.
    func servedSince() async throws -> Timestamp
    /// Tells of moments as they come, each once, also where they come again after a restart; until the caller is cancelled.
    ///
    /// `report` is told in one sentence each what could not be told.
    func tellUntilEnd(_ moments: AsyncStream<TaskMoment>, report: @escaping @Sendable (String) -> Void) async
}

/// Watches the tasks of the store, and lets a notifier tell what people want to know of.
struct ChangeTeller: Sendable {
    let store: any TaskStore
    let notifier: any ChangeNotifier
    let surroundings: Surroundings
    /// How often it looks at most.
    var step = Duration.seconds(1)

    /// What changed in so long before a start is looked at again: a server may have been ended before it had told it.
    private static let lookingBack = Duration.seconds(86_400)
    private static let settling = Duration.milliseconds(500)
    private static let page = 256
    private static let mostQuestions = 1000

    func run() async {
        let changes = store.changes()
        let moments = AsyncStream.makeStream(of: TaskMoment.self, bufferingPolicy: .bufferingOldest(10_000))
        let logger = surroundings.logger
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await notifier.tellUntilEnd(moments.stream) {
                    logger.warning("A notification failed.", metadata: ["error": "\($0)"])
                }
            }
            group.addTask {
                await watch(changes, moments.continuation)
                moments.continuation.finish()
            }
        }
    }

    private func watch(_ changes: ChangeFeed, _ moments: AsyncStream<TaskMoment>.Continuation) async {
        do {
            let now = surroundings.now()
            let from = Timestamp(
                millisecondsSince1970: now.millisecondsSince1970 - Self.lookingBack.milliseconds
            )
            var watch = ChangeWatch(since: max(try await servedSince(), from))
            try await look(&watch, moments)
            for await _ in changes {
                try await look(&watch, moments)
                // What changes meanwhile is looked at together.
                try await surroundings.clock.sleep(for: step)
            }
        } catch is CancellationError {
            return
        } catch {
            surroundings.logger.error("Nobody is notified any more.", metadata: ["error": "\(error)"])
        }
    }

    /// What is wrong with the disk may be mended: it is tried until it is.
    private func servedSince() async throws -> Timestamp {
        while true {
            do {
                return try await notifier.servedSince()
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                surroundings.logger.error("Nobody can be notified for now.", metadata: ["error": "\(error)"])
                try await surroundings.clock.sleep(for: .seconds(60))
            }
        }
    }

    /// A store that fails once may answer the next time: what was not seen is seen then.
    private func look(_ watch: inout ChangeWatch, _ moments: AsyncStream<TaskMoment>.Continuation) async throws {
        do {
            var next = watch
            let questions = try await store.openQuestions(limit: Self.mostQuestions)
            var tasks = try await changedTasks(&next)
            if tasks.contains(where: { $0.standstill != nil }) {
                // What stands still for the same is noted one after the other, and told as one.
                try await surroundings.clock.sleep(for: Self.settling)
                let later = try await changedTasks(&next)
                let known = Set(later.map(\.id))
                tasks = tasks.filter { !known.contains($0.id) } + later
            }
            for id in next.unseen(questions) where !tasks.contains(where: { $0.id == id }) {
                if let task = try await store.task(id) { tasks.append(task) }
            }
            watch = next
            for (task, others) in ChangeWatch.gathered(tasks) {
                let asks = questions.contains { $0.key.attempt == AttemptKey(task.id, task.attempt) }
                let policy = asks ? try await policy(of: task.id) : nil
                var moment = watch.moment(of: task, questions, policy)
                moment.standstill?.others = others
                moments.yield(moment)
            }
        } catch let error as StoreError {
            try Task.checkCancellation()
            surroundings.logger.error("Changes could not be looked at.", metadata: ["error": "\(error)"])
        }
    }

    /// What becomes of a task's questions; `nil` where a later version has written it down.
    func policy(of task: TaskID) async throws -> QuestionPolicy? {
        try await store.document(of: task).flatMap(TaskDocument.read)?.questions?.policy
    }

    private func changedTasks(_ watch: inout ChangeWatch) async throws -> [FleetTask] {
        var changed: [FleetTask] = []
        watch.look(at: surroundings.now())
        var (time, last) = (watch.since, TaskID?.none)
        while true {
            let tasks = try await store.changed(since: time, after: last, limit: Self.page)
            changed += watch.note(tasks)
            guard tasks.count == Self.page, let newest = tasks.last else { return changed }
            (time, last) = (newest.updatedAt, newest.id)
        }
    }
}

/// What a teller has seen.
struct ChangeWatch: Sendable {
    private var changes: TaskChanges
    private var asked: Set<QuestionKey> = []

    init(since time: Timestamp) {
        changes = TaskChanges(since: time)
    }

    var since: Timestamp { changes.since }

    mutating func look(at now: Timestamp) { changes.look(at: now) }

    mutating func note(_ tasks: [FleetTask]) -> [FleetTask] { changes.note(tasks) }

    /// The tasks with a question that was not open before: while an agent waits for an answer its task may stay as it is.
    mutating func unseen(_ open: [QuestionEntry]) -> [TaskID] {
        let new = open.filter { !asked.contains($0.key) }
        asked = Set(open.map(\.key))
        var tasks: [TaskID] = []
        for task in new.map(\.key.attempt.task) where !tasks.contains(task) { tasks.append(task) }
        return tasks
    }

    /// Of the tasks that stand still for the same one alone, the one that is queued longest, with how many others there are.
    static func gathered(_ tasks: [FleetTask]) -> [(task: FleetTask, others: Int)] {
        let still = Dictionary(grouping: tasks.filter { $0.isQueued && $0.standstill != nil }) {
            $0.standstill?.sentence
        }
        let first = still.mapValues { $0.min { ($0.queuedAt, $0.id.rawValue) < ($1.queuedAt, $1.id.rawValue) }?.id }
        return tasks.compactMap { task in
            guard task.isQueued, let sentence = task.standstill?.sentence else { return (task, 0) }
            return first[sentence] == task.id ? (task, (still[sentence]?.count ?? 1) - 1) : nil
        }
    }

    /// Where a task stands; `open` are the questions of all tasks, `policy` is what becomes of its own.
    func moment(of task: FleetTask, _ open: [QuestionEntry], _ policy: QuestionPolicy? = nil) -> TaskMoment {
        let name = TaskCall(task.id.short)
        var moment = TaskMoment(
            id: task.id,
            name: task.name,
            call: name,
            status: task.status,
            attempt: task.attempt,
            at: task.updatedAt
        )
        moment.reason = task.reason
        moment.iterations = task.iterations
        moment.usage = task.usage
        moment.repository = task.demands.repository
        moment.branch = task.branch
        if task.isQueued, let standstill = task.standstill {
            let explanation = Explanation(standstill.sentence, hint: standstill.hint)
            moment.standstill = TaskMoment.Standstill(
                code: standstill.code,
                explanation,
                since: standstill.isOutage ? standstill.since : nil
            )
        }
        let asked = open.last { $0.key.attempt == AttemptKey(task.id, task.attempt) }
            .flatMap { Self.question($0, policy) }
        // A daemon that waits tells no reason: that a question is open is all there is.
        let worksOn = task.status.isActive && (task.status != .waiting || task.reason == nil)
        moment.question = worksOn ? asked : task.reason?.question(asked: asked)
        return moment
    }

    private static func question(_ entry: QuestionEntry, _ policy: QuestionPolicy?) -> TaskMoment.Question? {
        do {
            let asked = try APIText.decode(Array(entry.document.utf8), as: QuestionReport.self).taskQuestion
            return TaskMoment.Question(asked, number: entry.key.number, policy)
        } catch {
            // Whoever is told of the task learns of the question there.
            return nil
        }
    }
}
