import Domain
import Journal
import Processes

extension LocalTaskService {
    /// Takes the task's lock, and what can be gone on with of the iteration in which its owner died.
    ///
    /// What the request changes about the agent itself cannot reach one that works already: that is ended then.
    func ownForResume(_ id: TaskID, _ request: ResumeRequest) async throws -> OwnedTask {
        // Who is refused must not have taken the agent from whoever would be let.
        if isOrphaned(id) {
            _ = try await changed(existing(id), by: request)
        }
        let (lock, taken) = try await ownWithAgent(id)
        do {
            guard let taken else {
                let found = request.changesAgent ? nil : try await Adopter(parts: parts).ended(existing(id))
                return OwnedTask(lock: lock, adoption: await found?.settled(by: parts))
            }
            guard request.changesAgent || taken.isEnding else { return OwnedTask(lock: lock, adoption: taken) }
            try await end(taken)
            return OwnedTask(lock: lock, hasEndedAgent: !taken.isEnding)
        } catch {
            lock.release()
            throw error
        }
    }

    /// Whether the task is held by what a dead owner had started, alone.
    func isOrphaned(_ id: TaskID) -> Bool {
        let lock = parts.state.task(id).ownerLock
        return OwnerLock.isHeld(lock) && OwnerLock.owner(lock) == nil
    }

    /// The task as it stands when its owner's death is recorded, with no iteration left open.
    func recovered(_ id: TaskID, keepingIn kept: KeptWorkspace? = nil) async throws -> TaskRecord {
        try await Recovery(parts: parts, keepingIn: kept).recover(existing(id))
    }

    /// What whoever resumes has to know of a makima that died.
    func notices(of task: TaskRecord, endedAgent: Bool) async throws -> [RunNotice] {
        guard task.reason == .interrupted(.ownerDied) else { return [] }
        let last = try await parts.journal.iterations(of: task.id).last { $0.run == task.runs }
        let cutOff = last?.outcome?.ownerDied == true ? last?.number : nil
        return ((endedAgent ? [.orphanEnded] : []) + [.ownerDied(iteration: cutOff)]).map(RunNotice.recovery)
    }

    func goOn(
        _ id: TaskID,
        with adoption: Adoption,
        _ request: ResumeRequest,
        _ following: Following,
        _ lock: OwnerLock
    ) async throws -> TaskRecord {
        let changed: TaskRecord
        do {
            let task = try await existing(id)
            changed = try self.changed(task, by: request)
            if let message = request.message { try await pass(message, to: task) }
        } catch {
            // It has nobody any more.
            try await end(adoption)
            throw error
        }
        return await TaskRun(parts: parts, observer: following.observer, stops: following.stops, lock: lock)
            .goOn(changed, with: adoption)
    }

    /// The task of a dead owner with what a person changes about it; throws where that is refused.
    private func changed(_ task: TaskRecord, by request: ResumeRequest) throws -> TaskRecord {
        guard task.status.isActive || task.reason == .interrupted(.ownerDied) else { return task }
        var stopped = task
        stopped.status = .interrupted
        let plan = RunPlan(resumption: .interrupted(.ownerDied), request: request)
        var changed = try ResumeRules.apply(plan, to: stopped, ceiling: parts.ceiling())
        try validate(changed.spec)
        changed.status = task.status
        return changed
    }

    /// Ends an agent that was taken over, and waits for its end.
    func end(_ adoption: Adoption, force: Bool = false) async throws {
        guard case .working(let process) = adoption.agent else { return }
        if force { process.kill() } else { process.interrupt() }
        _ = try await process.exit()
    }

    /// Ends an agent that works on without its owner, and records what became of its iteration.
    ///
    /// Returns whether there was one.
    func stopOrphan(_ id: TaskID, force: Bool) async throws -> Bool {
        guard let taken = try await Adopter(parts: parts).take(id) else { return false }
        defer { taken.lock.release() }
        try await end(taken.adoption, force: force)
        _ = try await Recovery(parts: parts).close(existing(id), because: .person)
        return true
    }
}

extension ResumeRequest {
    /// Whether it changes what an agent is started with.
    fileprivate var changesAgent: Bool {
        sandbox != nil || permissions != nil || network != nil || !allowHosts.isEmpty || !read.isEmpty || agent != nil
            || choices != nil || setupCommand != nil || resources.changesProcesses || questions != nil || context != nil
    }
}

/// A task that this process has for a resume.
struct OwnedTask: Sendable {
    var lock: OwnerLock
    /// What of its dead owner's iteration is gone on with.
    var adoption: Adoption?
    /// Whether an agent that worked on was ended.
    var hasEndedAgent = false
}

/// Who looks on while a task runs, and who can stop it.
struct Following: Sendable {
    let observer: any RunObserver
    let stops: StopRequests

    init(_ observer: any RunObserver, _ stops: StopRequests) {
        self.observer = observer
        self.stops = stops
    }
}
