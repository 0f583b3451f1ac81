import Agents
package import Domain
import Journal
import LoopCore
import Processes
import Workspaces

/// Runs tasks in this process, on this machine.
package struct LocalTaskService: TaskService {
    let parts: ServiceParts

    package init(_ parts: ServiceParts) {
        self.parts = parts
    }

    // MARK: - Running

    package func create(_ spec: TaskSpec) async throws -> TaskRecord { try await create(spec) { _ in } }

    /// The same for a task that others have worked on: `adopt` lets the new record be as they left it.
    package func create(_ spec: TaskSpec, adopt: (inout TaskRecord) -> Void) async throws -> TaskRecord {
        try parts.requireRoom()
        try validate(spec)
        var spec = spec
        spec.protected = try spec.protected.map(ProtectedPattern.normalised)
        let repository = spec.repository
        if spec.completion == .merge, repository.targetBranch == nil, repository.baseBranch == nil {
            throw ServiceError.noTargetBranch(spec.id)
        }
        if spec.completion == .merge, let target = repository.targetBranch ?? repository.baseBranch {
            // Else it would be found missing when all the work is done.
            guard try await RepositoryReader(git: parts.git).canMerge(into: target, in: repository.path) else {
                throw WorkspaceError.unknownBranch(target)
            }
        }
        try await validateForge(of: spec)
        // Refused here, before anything is made, where the program is missing.
        _ = try parts.probeAgent(spec)
        var task = TaskRecord(spec: spec, createdAt: parts.surroundings.wallClock.now())
        adopt(&task)
        try await parts.journal.insert(task)
        return task
    }

    package func run(_ id: TaskID, observer: any RunObserver, stops: StopRequests) async throws -> TaskRecord {
        let lock = try await own(id)
        defer { lock.release() }
        let task = try await existing(id)
        return await TaskRun(parts: parts, observer: observer, stops: stops, lock: lock)
            .run(task, plan: RunPlan(resumption: nil))
    }

    package func resume(
        _ id: TaskID,
        _ request: ResumeRequest,
        observer: any RunObserver,
        stops: StopRequests
    ) async throws -> TaskRecord {
        let owned = try await ownForResume(id, request)
        let lock = owned.lock
        defer { lock.release() }
        let following = Following(observer, stops)
        if let adoption = owned.adoption { return try await goOn(id, with: adoption, request, following, lock) }
        let kept = KeptWorkspace()
        do {
            let recovered = try await recovered(id, keepingIn: kept)
            let plan = try await plan(request, recovered, endedAgent: owned.hasEndedAgent)
            var run = TaskRun(parts: parts, observer: observer, stops: stops, lock: lock)
            run.kept = kept
            let ended = await run.run(plan.task, plan: plan.plan)
            await kept.close()
            return ended
        } catch {
            await kept.close()
            throw error
        }
    }

    /// What a resume comes to; throws where it is refused.
    private func plan(
        _ request: ResumeRequest,
        _ recovered: TaskRecord,
        endedAgent: Bool
    ) async throws -> (task: TaskRecord, plan: RunPlan) {
        let id = recovered.id
        // Before anything is asked of the person that would not help either.
        try validateWorkspace(of: recovered)
        var plan = RunPlan(resumption: recovered.reason, request: request, wasReady: try await wasReady(id))
        let task = try ResumeRules.apply(plan, to: recovered, ceiling: parts.ceiling())
        try validate(task.spec)
        plan.hold = try ResumeRules.hold(plan, of: task, before: recovered, rest: restOfWait(recovered, as: task))
        try parts.requireRoom()
        try validateSandbox(of: task, before: recovered)
        if request.setupCommand != nil { try validateSetup(of: id) }
        if let message = request.message { try await pass(message, to: task) }
        plan.hasUnheard = try await parts.journal.hasUnheard(of: id)
        plan.notices = try await notices(of: recovered, endedAgent: endedAgent)
        return (task, plan)
    }

    /// Refuses a task whose workspace was removed: there is nothing to go on in, and nothing is made in its place.
    private func validateWorkspace(of task: TaskRecord) throws(WorkspaceError) {
        if let last = removal(of: task) { throw .removed(task.id, checkpoint: last) }
    }

    /// The last checkpoint of a workspace that was removed.
    func removal(of task: TaskRecord) -> Int? {
        switch parts.site(of: task.spec).condition() {
        case .removed(let last), .beingRemoved(let last): last
        case .absent, .unfinished, .intact, .broken: nil
        }
    }

    /// Refuses a mode for which the task's workspace was not made; `before` is the task as it stands.
    private func validateSandbox(of task: TaskRecord, before: TaskRecord) throws(ServiceError) {
        // What cannot be read is the run's to tell, as its reason.
        guard let madeConfined = try? parts.site(of: task.spec).isMadeForSandbox(),
            madeConfined != (task.spec.sandbox.mode != .off)
        else { return }
        let option =
            madeConfined == (before.spec.sandbox.mode != .off) ? "" : " --sandbox \(madeConfined ? "auto" : "off")"
        throw ServiceError.workspaceMadeOtherwise(
            task.id,
            withSandbox: madeConfined,
            resume: before.call(before.id.short).resume + option
        )
    }

    /// What is there when the setup command has ended is the ground that an agent's work is measured from.
    private func validateSetup(of id: TaskID) throws(ServiceError) {
        guard !Marker.exists(parts.state.task(id).setUpMarker) else { throw ServiceError.workspacePrepared(id) }
    }

    /// Whether the agent was ready when it last ended, with files that no person has set back since.
    private func wasReady(_ id: TaskID) async throws -> Bool {
        let last = try await parts.journal.iterations(of: id).last { $0.endedAt != nil }?.outcome
        guard let last, last.isReady, let kept = last.checkpoint else { return false }
        return try await parts.journal.checkpoints(of: id)
            .allSatisfy { $0.cause != .restored || $0.number < kept.number }
    }

    /// What is left of the wait that `before` was in; nothing where the task uses another account from now on.
    private func restOfWait(_ before: TaskRecord, as task: TaskRecord) throws -> AccountHold? {
        // Values of variables may tell accounts apart.
        let (old, new) = try (parts.withValues(before.spec).agent, parts.withValues(task.spec).agent)
        guard parts.agents.account(of: old) == parts.agents.account(of: new) else { return nil }
        let surroundings = parts.surroundings
        return KeptWait.rest(of: before, at: surroundings.wallClock.now(), jitter: surroundings.jitter())
    }

    package func say(_ text: String, to id: TaskID) async throws -> SentMessage {
        try await say(text, to: id, at: parts.surroundings.wallClock.now())
    }

    /// `time` is when a person said it.
    package func say(_ text: String, to id: TaskID, at time: Timestamp) async throws -> SentMessage {
        let task = try await existing(id)
        guard task.status.isResumable else { throw ServiceError.noListener(id, task.status) }
        try validateWorkspace(of: task)
        let message = try await parts.journal.say(text, to: id, at: time)
        try ring(parts.state.task(id).messageBell)
        let capabilities = parts.agents.capabilities(of: task.spec.agent)
        return SentMessage(message: message, agentListens: capabilities.listens)
    }

    package func answer(_ text: String, to id: TaskID, question number: Int?) async throws -> TaskQuestion {
        let task = try await existing(id)
        guard task.status.isResumable else { throw ServiceError.noListener(id, task.status) }
        try validateWorkspace(of: task)
        guard let question = try await parts.questionDesk(of: task.spec).answer(number, text) else {
            throw ServiceError.nothingAsked(id)
        }
        try ring(parts.state.task(id).messageBell)
        return question
    }

    /// What a person says who resumes answers what was asked, where something was.
    func pass(_ message: String, to task: TaskRecord) async throws {
        do {
            guard try await parts.questionDesk(of: task.spec).answer(nil, message, hasSeen: true) == nil
            else { return }
        } catch ServiceError.unclearAnswer {
            // Something else is said.
        }
        _ = try await parts.journal.say(message, to: task.id, at: parts.surroundings.wallClock.now())
    }

    package func endWait(of id: TaskID) async throws -> Bool {
        let task = try await existing(id)
        let directory = parts.state.task(id)
        let isWaiting = task.status == .waiting && task.reason == nil
        guard isWaiting, OwnerLock.owner(directory.ownerLock) != nil else { return false }
        let isForPerson = task.wait?.cause.isForPerson == true
        if isForPerson { try await parts.questionDesk(of: task.spec).closeQuestions() }
        try ring(isForPerson ? directory.messageBell : directory.waitBell)
        return true
    }

    /// Lets the process that runs the task, where there is one, look for what a person wants of it.
    private func ring(_ bell: String) throws {
        guard Marker.exists(bell) else { return }
        try writeFile([UInt8(ascii: "1")], to: bell)
    }

    // MARK: - Looking

    package func find(_ name: String) async throws -> TaskRecord {
        switch try await parts.journal.find(name) {
        case .none: return try await findBranch(name)
        case .ambiguous(let ids): throw ServiceError.ambiguous(name, ids.map(\.rawValue))
        case .one(let id): return try await lookedAfter(existing(id), Recovery.recoverIfAbandoned)
        }
    }

    package func findToResume(_ name: String) async throws -> TaskRecord {
        guard case .one(let id) = try await parts.journal.find(name) else { return try await find(name) }
        return try await lookedAfter(existing(id), Recovery.noteIfAbandoned)
    }

    /// The task as it is, where what its dead owner left cannot be recorded: it can be looked at and let go of all the same,
    /// and ``list()`` says what is wrong.
    private func lookedAfter(
        _ task: TaskRecord,
        _ look: (Recovery) -> (TaskRecord) async throws -> TaskRecord
    ) async throws -> TaskRecord {
        do {
            return try await look(Recovery(parts: parts))(task)
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch {
            return task
        }
    }

    /// Finds the task by the beginning of the branch that makima made for it, with `makima/` or without.
    private func findBranch(_ name: String) async throws -> TaskRecord {
        let own = "makima/"
        let prefix = name.hasPrefix(own) ? name : own + name
        let found = try await parts.journal.tasks().tasks.filter { $0.branch?.hasPrefix(prefix) == true }
        guard let task = found.first, !name.isEmpty else { throw ServiceError.noSuchTask(name) }
        guard found.count == 1 else { throw ServiceError.ambiguous(name, found.map(\.id.rawValue)) }
        return task
    }

    package func list(latest: Int?) async throws -> TaskListing {
        var listing = try await glance(latest: latest)
        try await recoverAbandoned(in: &listing)
        for task in listing.tasks {
            if let last = removal(of: task) { listing.removed[task.id] = last }
            if task.status.isActive, isOrphaned(task.id) { listing.orphaned.insert(task.id) }
            // Only an agent that works can wait for a person who does not know of it.
            guard task.status.isActive, task.spec.questions != nil else { continue }
            let isAsking = try await parts.questionDesk(of: task.spec).hasOpenQuestion()
            if isAsking { listing.asking.insert(task.id) }
        }
        return listing
    }

    package func glance() async throws -> TaskListing { try await glance(latest: nil) }

    private func glance(latest: Int?) async throws -> TaskListing {
        let journal = parts.journal
        let found = if let latest { try await journal.tasks(latest: latest) } else { try await journal.tasks() }
        let unreadable = found.damaged.map {
            UnreadableTask(id: $0.id, message: $0.message, directory: "\(parts.state.tasks)/\($0.id)")
        }
        let paths = found.tasks.map { ($0.id, parts.state.task($0.id).tree) }
        var listing = TaskListing(
            tasks: found.tasks,
            unreadable: unreadable,
            workspacePaths: Dictionary(paths) { first, _ in first }
        )
        listing.older = found.older
        if found.older > 0 { listing.others = try await journal.neighbours(of: found.tasks.map(\.id)) }
        return listing
    }

    package func dossier(_ id: TaskID) async throws -> TaskDossier {
        let iterations = try await parts.journal.iterations(of: id)
        var dossier = TaskDossier(
            task: try await existing(id),
            iterations: iterations,
            checkpoints: try await parts.journal.checkpoints(of: id),
            receipts: iterations.flatMap { $0.outcome?.receipts ?? [] },
            events: try await parts.journal.events(of: id),
            talk: TaskTalk(
                messages: try await parts.journal.messages(of: id),
                questions: try await parts.journal.questions(of: id)
            ),
            workspacePath: parts.state.task(id).tree,
            callName: try await callName(of: id)
        )
        dossier.runningCheck = runningCheck(of: dossier.task, last: iterations.last)
        dossier.vaultPath = parts.site(of: dossier.task.spec).vaultPath
        dossier.removedUpTo = removal(of: dossier.task)
        dossier.isOrphaned = dossier.task.status.isActive && isOrphaned(id)
        dossier.networkRefusals = NetworkLog(path: parts.state.task(id).networkLog).refusals()
        return dossier
    }

    package func outputFiles(_ id: TaskID) async throws -> [OutputFile] {
        let task = try await existing(id)
        let directory = parts.state.task(id)
        return try await parts.journal.iterations(of: id)
            .map { record in
                let spool = directory.iteration(record.number, attempt: record.attempt, run: record.run)
                return OutputFile(
                    iteration: record.number,
                    attempt: record.attempt,
                    path: Spool(spool).outputPath,
                    errorPath: Spool(spool).errorOutputPath,
                    agent: record.outcome?.performer?.kind ?? task.spec.agent.kind
                )
            }
    }

    // MARK: - Helpers of the calls above and in the extensions

    func existing(_ id: TaskID) async throws -> TaskRecord {
        guard let task = try await parts.journal.task(id) else { throw ServiceError.noSuchTask(id.rawValue) }
        return task
    }

    /// Takes the task's lock.
    ///
    /// Where its owner has died, the lock is held by the shims of what it had started, until nothing of that is left:
    /// that is waited for.
    ///
    /// An agent that works on without its owner is ended.
    func own(_ id: TaskID) async throws -> OwnerLock {
        let (lock, taken) = try await ownWithAgent(id)
        if let taken { try await end(taken) }
        return lock
    }

    /// Takes the task's lock, and its agent where that works on without its owner.
    func ownWithAgent(_ id: TaskID) async throws -> (OwnerLock, Adoption?) {
        let directory = parts.state.task(id)
        try makeDirectories(directory.root)
        let watch = Stopwatch(parts.surroundings.clock)
        while true {
            if let lock = try OwnerLock.acquire(directory.ownerLock) { return (lock, nil) }
            let owner = OwnerLock.owner(directory.ownerLock)
            guard owner == nil, watch.elapsed < Self.endingTime else { throw ServiceError.running(id, owner: owner) }
            if let taken = try await Adopter(parts: parts).take(id) { return (taken.lock, taken.adoption) }
            guard await watch.sleep(until: watch.elapsed + .milliseconds(50)) else { throw CancellationError() }
        }
    }

    /// How long the ending of an agent may take whose makima is gone; the shim's graces are far shorter.
    private static let endingTime = Duration.seconds(30)

    private func callName(of id: TaskID) async throws -> String {
        let neighbours = try await parts.journal.neighbours(of: [id])
        return CallName.shortest(for: id.rawValue, among: neighbours.map(\.rawValue))
    }
}

/// The shortest beginning of an id that names no other task, four characters at least.
enum CallName {
    static func shortest(for id: String, among ids: [String]) -> String {
        for length in 4..<max(5, id.count) {
            let prefix = String(id.prefix(length))
            if ids.allSatisfy({ $0 == id || !$0.hasPrefix(prefix) }) { return prefix }
        }
        return id
    }
}

/// Patterns of protected paths as git takes them: relative to the root of the repository.
package enum ProtectedPattern {
    package static func normalised(_ pattern: String) throws(ServiceError) -> String {
        let relative = pattern.drop { $0 == "/" }
        let parts = relative.split(separator: "/", omittingEmptySubsequences: false)
        guard !relative.isEmpty, !parts.contains("..") else { throw .invalidPattern(pattern) }
        return String(relative)
    }
}
