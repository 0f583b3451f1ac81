import Domain
import Journal
import Runner
import Wire
import Workspaces

/// Begins attempts.
extension Workshop {
    /// Makes a task of the command, once however often it is tried.
    func carryOut(_ spawn: SpawnTask) async throws {
        guard let held = try await accepted(spawn.head) else { return }
        do {
            try await make(spawn, held)
        } catch let cut as PreparationCut {
            return try await end(held, spawn.head, cut)
        } catch {
            return try await decline(held, spawn.head, error)
        }
        try await parts.journal.answer(CommandAnswer(spawn.head.id, spawn.head), changing: held) { held in
            guard held?.phase == .accepted else { return }
            held?.phase = .working
            held?.note.stage = nil
            held?.note.before = nil
        }
        parcels.drop(held.task, butFor: held.attempt)
        if let now = try await parts.journal.held(held.task), now.phase == .working { begin(now) }
    }

    /// The attempt that the command began; answers where there is none any more.
    private func accepted(_ head: CommandHead) async throws -> HeldTask? {
        if let task = TaskID(rawValue: head.taskId), let held = try await parts.journal.held(task),
            held.attempt == head.attempt, held.phase == .accepted
        {
            return held
        }
        try await parts.journal.answer(CommandAnswer(head.id, head, refused: .unknownTask))
        return nil
    }

    /// Answers that an attempt could not be begun, and lets the one before be the last again.
    private func decline(_ held: HeldTask, _ head: CommandHead, _ error: any Error) async throws {
        let answer = try CommandAnswer(head.id, head, failed: error)
        try await parts.journal.answer(answer, changing: held) { held in
            guard held?.phase == .accepted else { return }
            guard let before = held?.note.before, let task = held?.task else {
                held = nil
                return
            }
            held = HeldTask(task, attempt: before, phase: .closed)
        }
    }

    /// Ends an attempt before there is anything of it, as somebody wished.
    private func end(_ held: HeldTask, _ head: CommandHead, _ cut: PreparationCut) async throws {
        try await parts.journal.answer(CommandAnswer(head.id, head), changing: held) { held in
            guard held?.phase == .accepted else { return }
            held?.phase = .ended
            held?.note.stage = nil
            held?.note.before = nil
            held?.note.wish = cut.wish
        }
        parcels.drop(held.task)
        gatherFrom(held.task)
    }

    private func make(_ spawn: SpawnTask, _ held: HeldTask) async throws {
        let journal = parts.service.journal
        if held.note.stage != .creating {
            try await waitForEnd(of: held.task)
            if try await journal.task(held.task) != nil {
                // What it left is in the repository before it goes, or it does not go.
                try await service.discard(held.task, force: false)
            }
            // Also where its record is gone already: what was told of it is not told of this one.
            try await parts.journal.forgetProgress(of: held.task)
            _ = try await parts.journal.change(held, "creating") { $0.note.stage = .creating }
        }
        guard try await journal.task(held.task) == nil else { return }
        let place = try await preparations.prepare(held) { [repositories] in try await repositories.place(of: spawn) }
        // What an attempt before had done here, or another daemon in the same repository, may be nowhere else.
        try await PrivateRefReader(git: parts.service.git).keepCheckpoints(of: held.task, in: place.path)
        try await takeWork(of: spawn, held, into: place)
        let spec = try await spec(of: spawn, at: place)
        _ = try await service.create(spec) { task in
            spawn.standing?.apply(to: &task)
            // No conversation is here that it could be.
            task.sessionID = nil
        }
        if let history = spawn.history { _ = try await journal.say(history, to: spec.id, at: now) }
    }

    /// Waits until the run of an earlier attempt has ended that is being stopped.
    private func waitForEnd(of task: TaskID) async throws {
        while let handle = handle(of: task), handle.isAbandoned {
            guard await clock.sleep(for: .milliseconds(50)) else { throw CancellationError() }
        }
    }

    var now: Timestamp { parts.service.surroundings.wallClock.now() }

    private func spec(of spawn: SpawnTask, at place: RepositoryPlace) async throws -> TaskSpec {
        let defaults = try await parts.settings.defaults()
        var surroundings = TaskSurroundings(repositoryPath: place.path, base: place.base)
        surroundings.limits = defaults.limits
        surroundings.timeouts = defaults.timeouts
        surroundings.sandbox = defaults.sandbox
        surroundings.agents = Dictionary(defaults.agents.map { ($0.name, $0) }) { first, _ in first }
        surroundings.forge = defaults.forge
        surroundings.trust = parts.settings.trust
        var spec = try spawn.spec(in: surroundings)
        if spec.repository.baseBranch == nil { spec.repository.baseBranch = place.branch }
        if parts.settings.trust == .stranger { spec.sandbox = try spec.sandbox.within(defaults.sandbox) }
        return spec
    }

    /// Brings the work that the task begins with into its repository.
    private func takeWork(of spawn: SpawnTask, _ held: HeldTask, into place: RepositoryPlace) async throws {
        guard let patch = spawn.patch else {
            guard let source = spawn.continueFromTaskId.flatMap(TaskID.init(rawValue:)) else { return }
            return try await repositories.takeWork(ofTask: source, for: held.task, in: place)
        }
        let file = try parcels.file(of: patch, for: held)
        do {
            try await repositories.take(patch, in: file, for: held.task, into: place)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal.patch("The work cannot be taken in: \(error)")
        }
    }

    // MARK: - Resume

    func carryOut(_ resume: ResumeTask) async throws {
        guard let held = try await accepted(resume.head) else { return }
        do {
            try await begin(resume, held)
        } catch {
            return try await decline(held, resume.head, error)
        }
        try await parts.journal.answer(CommandAnswer(resume.head.id, resume.head), changing: held) { held in
            guard held?.phase == .accepted else { return }
            held?.phase = .working
            held?.note.stage = nil
            held?.note.before = nil
        }
        // It may have ended by now, or be of a former process.
        if handle(of: held.task) == nil, let now = try await parts.journal.held(held.task), now.phase == .working {
            begin(now)
        }
        gatherFrom(held.task)
    }

    private func begin(_ resume: ResumeTask, _ held: HeldTask) async throws {
        try await waitForEnd(of: held.task)
        guard let task = try await parts.service.journal.task(held.task) else { throw Refusal.unknownTask }
        if case .resuming(let runs) = held.note.stage, task.runs > runs { return }
        await refresh(task, held)
        _ = try await parts.journal.change(held, "resuming") { $0.note.stage = .resuming(runs: task.runs) }
        let request = try await request(resume, of: task)
        try await remember(held)
        // Not now: it stays without an answer, and is tried again after the next welcome.
        guard let handle = begin(held, request) else { throw CancellationError() }
        if case .failed(let error) = await handle.beginning.value() { throw error }
    }

    /// It may be told to merge what came into the branch since, by another daemon; where that cannot be got, it goes on without.
    private func refresh(_ task: TaskRecord, _ held: HeldTask) async {
        let path = task.spec.repository.path
        do {
            try await preparations.prepare(held) { [repositories] in try await repositories.refresh(path) }
        } catch is PreparationCut {
            // Its run ends as soon as it is begun.
        } catch {
            parts.tell(.repositoryFailed(path, "\(error)"))
        }
    }

    private func request(_ resume: ResumeTask, of task: TaskRecord) async throws -> Runner.ResumeRequest {
        let defaults = try await parts.settings.defaults()
        let trust = parts.settings.trust
        let agents = Dictionary(defaults.agents.map { ($0.name, $0) }) { first, _ in first }
        var request = try Runner.ResumeRequest(resume, agents: agents, trust: trust)
        if trust == .stranger { try request.keep(task.spec.sandbox, within: defaults.sandbox) }
        return request
    }
}

extension SpawnTask {
    /// What was said before, for an agent that has no conversation to go on with.
    fileprivate var history: String? {
        guard !conversationHistory.isEmpty else { return nil }
        let turns = conversationHistory.map { "\($0.speaker): \($0.text)" }
        return "This was said before, in another conversation:\n\n" + turns.joined(separator: "\n\n")
    }
}
