import Domain
import Fleet
import Runner
import Synchronization
import Wire

/// Carries out what the server wants: commands of one task in their order, tasks side by side, and merges beside them.
///
/// What is to be done is on the disk before it is begun; this is only what is under way.
final class Workshop: Sendable {
    let parts: DaemonParts
    let service: LocalTaskService
    let link: Link
    let clock: DaemonClock
    let repositories: RepositoryCache
    let parcels: ParcelStore
    let preparations = Preparations()
    private let (jobs, inbox) = AsyncStream.makeStream(of: Job.self)
    /// Apart from the other jobs, because runs end by being asked to, and never by being cancelled.
    private let (runs, runInbox) = AsyncStream.makeStream(of: Run.self)
    private let state = Mutex(State())

    private struct State {
        var runs: [TaskID: RunHandle] = [:]
        /// Whose commands are being carried out, and whether more came meanwhile.
        var lanes: [String: Bool] = [:]
        /// The bells of those who gather what tasks have to tell.
        var gatherers: [TaskID: Bell] = [:]
        /// What runs have to tell lookers-on, until it is gathered.
        var lives: [TaskID: LiveEvents] = [:]
        /// Until when the attempts are the daemon's own; `nil` while that is not known.
        var lease: LeaseEnd?
        var isDraining = false
        /// What the server said last of it, at a welcome or by a command.
        var serverDrains = false
        var isLeaving = false
    }

    enum Job: Sendable {
        /// Carries out the commands of a task, or merges; the others have an empty name.
        case lane(String)
        case gather(TaskID, Bell)
        case endOrphan(HeldTask)
        case stopAll(at: Timestamp)
        case clone(RepositoryURL)
        case keepTidy
    }

    private struct Run: Sendable {
        var handle: RunHandle
        var request: Runner.ResumeRequest?
    }

    init(_ parts: DaemonParts, link: Link, clock: DaemonClock) {
        self.parts = parts
        self.link = link
        self.clock = clock
        service = LocalTaskService(parts.service)
        repositories = RepositoryCache(
            git: parts.service.git,
            directory: "\(parts.service.state.root)/repositories",
            rules: parts.settings.repositories
        )
        parcels = ParcelStore(directory: "\(parts.service.state.root)/parcels")
    }

    /// Works until ``leave()``, and until everything is ended that was begun.
    func run() async throws {
        try await takeUp()
        async let working: Void = withDiscardingTaskGroup { group in
            for await run in runs { group.addTask { await self.work(run.handle, run.request) } }
        }
        await withDiscardingTaskGroup { group in
            for await job in jobs { group.addTask { await self.perform(job) } }
            group.cancelAll()
        }
        await working
    }

    /// Begins nothing any more, and stops what runs: it goes on at the next start.
    func leave(_ wish: Runner.StopRequest = .gentle) async {
        let runs = state.withLock { state in
            state.isLeaving = true
            return Array(state.runs.values)
        }
        for run in runs {
            do {
                // Before the stop, which would else be taken for a person's.
                _ = try await parts.journal.change(run.held, "leave") { $0.note.isSuspended = true }
            } catch {
                parts.tell(.gatheringFailed(run.held.task, "\(error)"))
            }
            run.leave(wish)
        }
        runInbox.finish()
        inbox.finish()
    }

    func post(_ job: Job) { inbox.yield(job) }

    private func perform(_ job: Job) async {
        switch job {
        case .lane(let lane): await carryOut(commandsOf: lane)
        case .gather(let task, let bell): await gather(task, bell)
        case .endOrphan(let held): await endOrphan(held)
        case .stopAll(let time): await stopAll(at: time)
        case .clone(let url): await clone(url)
        case .keepTidy: await keepTidy()
        }
    }

    private func clone(_ url: RepositoryURL) async {
        do {
            _ = try await repositories.fetch(url)
        } catch {
            parts.tell(.repositoryFailed(url.text, "\(error)"))
        }
    }

    // MARK: - After a start

    /// Takes up what a former process left: commands without an answer, attempts that go on, and what is to be told.
    private func takeUp() async throws {
        let lease = try await parts.journal.lease()
        let isDraining = try await parts.journal.isDraining()
        state.withLock { state in
            state.lease = lease
            state.isDraining = isDraining
        }
        let standing = lease?.standing(at: parts.machineTime()) ?? .unknown
        for held in try await parts.journal.heldTasks() {
            if held.phase == .working || held.phase == .ended { gatherFrom(held.task) }
            guard held.phase == .working else { continue }
            switch standing {
            case .holds: begin(held)
            case .over: post(.endOrphan(held))
            // The server says whose it is; what lives of its agent its shim ends in time.
            case .unknown: break
            }
        }
        if let time = try await parts.journal.stopAt() { post(.stopAll(at: time)) }
        for lane in try await parts.journal.unansweredLanes() { pump(lane) }
        for url in parts.settings.repositories.autoClone { post(.clone(url)) }
        post(.keepTidy)
    }

    /// Goes on with attempts that wait for the server's word, now that it has said nothing against them.
    func goOn() async throws {
        for lane in try await parts.journal.unansweredLanes() { pump(lane) }
        for held in try await parts.journal.heldTasks() where held.phase == .working { begin(held) }
    }

    // MARK: - What is under way

    /// Begins to work on an attempt, where nobody does; `nil` where somebody does, or nothing is begun any more.
    @discardableResult
    func begin(_ held: HeldTask, _ request: Runner.ResumeRequest? = nil) -> RunHandle? {
        // Whose it is the server says first.
        guard lease?.standing(at: parts.machineTime()) != .over else { return nil }
        let bell = gatherer(of: held.task)
        let handle = RunHandle(held, wallClock: parts.service.surroundings.wallClock) { bell.ring() }
        let isNew = state.withLock { state in
            guard state.runs[held.task] == nil, !state.isLeaving else { return false }
            state.runs[held.task] = handle
            state.lives[held.task] = handle.live
            return true
        }
        guard isNew else { return nil }
        if case .terminated = runInbox.yield(Run(handle: handle, request: request)) {
            handle.beginning.note(.failed(CancellationError()))
        }
        return handle
    }

    func handle(of task: TaskID) -> RunHandle? { state.withLock { $0.runs[task] } }

    func live(of task: TaskID) -> LiveEvents? { state.withLock { $0.lives[task] } }

    var handles: [RunHandle] { state.withLock { Array($0.runs.values) } }

    func noteEnd(of handle: RunHandle) {
        state.withLock { state in
            if state.runs[handle.held.task] === handle { state.runs[handle.held.task] = nil }
        }
    }

    /// Has somebody gather what the task has to tell, where nobody does.
    func gatherFrom(_ task: TaskID) { gatherer(of: task).ring() }

    private func gatherer(of task: TaskID) -> Bell {
        let (bell, isNew) = state.withLock { state in
            if let bell = state.gatherers[task] { return (bell, false) }
            let bell = Bell()
            state.gatherers[task] = bell
            return (bell, true)
        }
        if isNew { post(.gather(task, bell)) }
        return bell
    }

    func noteGathered(_ task: TaskID, _ bell: Bell) {
        state.withLock { state in
            guard state.gatherers[task] === bell else { return }
            state.gatherers[task] = nil
            if state.runs[task] == nil { state.lives[task] = nil }
        }
    }

    /// Everybody who has something to tell looks whether there is room now.
    func ringAll() {
        for bell in state.withLock({ Array($0.gatherers.values) }) { bell.ring() }
    }

    /// Has the commands of a lane carried out, where nobody does that.
    func pump(_ lane: String) {
        let isNew = state.withLock { state in
            defer { state.lanes[lane] = state.lanes[lane] == nil ? false : true }
            return state.lanes[lane] == nil && !state.isLeaving
        }
        if isNew { post(.lane(lane)) }
    }

    /// Whether whoever carries out the commands of a lane may end.
    func mayLeaveLane(_ lane: String) -> Bool {
        state.withLock { state in
            guard state.lanes[lane] == true, !state.isLeaving else {
                state.lanes[lane] = nil
                return true
            }
            state.lanes[lane] = false
            return false
        }
    }

    // MARK: - Standing

    var isLeaving: Bool { state.withLock(\.isLeaving) }
    var lease: LeaseEnd? { state.withLock(\.lease) }
    var isDraining: Bool { state.withLock { $0.isDraining || $0.serverDrains } }

    /// After a death of the daemon its agents are to have ended when the server may give their tasks to others.
    func note(_ welcome: Welcome) { parts.orphanCeiling.set(OrphanCeiling.duration(after: welcome)) }

    func note(_ lease: LeaseEnd) { state.withLock { $0.lease = lease } }
    /// As a command says: whatever was said at the welcome before holds no longer.
    func note(isDraining: Bool) { state.withLock { ($0.isDraining, $0.serverDrains) = (isDraining, isDraining) } }
    func note(serverDrains: Bool) { state.withLock { $0.serverDrains = serverDrains } }
}
