import Domain
import Journal
import Runner

/// Runs attempts, from where they stand to their end.
extension Workshop {
    /// Works on an attempt until it has its end, or is not the daemon's any more.
    func work(_ handle: RunHandle, _ request: ResumeRequest?) async {
        let held = handle.held
        parts.tell(.began(held.task, attempt: held.attempt))
        do {
            try await follow(handle, request)
            // What comes last must be known before it is told that nothing follows.
            let isCutOff = handle.isAbandoned || isLeaving
            let ended = try await parts.journal.change(held, "end of run") { held in
                guard held.phase == .working else { return }
                // Where the task had come to its end all the same, whoever goes on finds that.
                if isCutOff { held.note.isSuspended = true } else { held.phase = .ended }
            }
            if ended?.phase == .ended {
                let task = try await parts.service.journal.readable(held.task)
                let status = task.map { RunRules.end(of: $0, note: held.note).status } ?? .failed
                parts.tell(.ended(held.task, attempt: held.attempt, status))
            }
        } catch {
            // The journals cannot be read or written: what is on the disk is taken up at the next start.
            handle.beginning.note(.failed(error))
            parts.tell(.gatheringFailed(held.task, "\(error)"))
        }
        handle.beginning.note(.failed(CancellationError()))
        noteEnd(of: handle)
        gatherFrom(held.task)
        await goOnIfAllowed(held)
    }

    /// An attempt whose agent was being stopped when the server said that it is the daemon's own.
    private func goOnIfAllowed(_ held: HeldTask) async {
        guard !isLeaving, lease?.standing(at: parts.machineTime()) == .holds else { return }
        do {
            guard let now = try await parts.journal.held(held.task), now.phase == .working,
                now.note.isSuspended == true
            else { return }
            begin(now)
        } catch {
            // It is taken up at the next connection.
            parts.tell(.gatheringFailed(held.task, "\(error)"))
        }
    }

    private func follow(_ handle: RunHandle, _ request: ResumeRequest?) async throws {
        var (request, deaths) = (request, 0)
        while !isLeaving {
            guard let held = try await parts.journal.held(handle.held.task), held.attempt == handle.held.attempt,
                held.phase == .working || held.phase == .accepted,
                let task = try await parts.service.journal.readable(held.task)
            else { return }
            let step = RunRules.next(task, note: held.note, request: request, deaths: deaths)
            guard step != .over else { return }
            if task.reason == .interrupted(.ownerDied) || task.status.isActive { deaths += 1 }
            try await prepare(handle, held, step)
            do {
                try await take(step, handle)
            } catch {
                handle.beginning.note(.failed(error))
                // A resume that a command asked for is answered; all else has failed for good.
                if held.phase == .accepted { return }
                _ = try await parts.journal.change(held, "failed run") { $0.note.failure = "\(error)" }
                return
            }
            request = nil
            if handle.isAbandoned { return }
        }
    }

    private func prepare(_ handle: RunHandle, _ held: HeldTask, _ step: RunRules.Step) async throws {
        handle.forgetStop()
        guard held.note.wish != nil || held.note.isSuspended != nil else { return }
        _ = try await parts.journal.change(held, "wish") { held in
            if case .interrupt = held.note.wish { held.note.wish = nil }
            held.note.isSuspended = nil
        }
    }

    private func take(_ step: RunRules.Step, _ handle: RunHandle) async throws {
        let id = handle.held.task
        let stops = handle.open()
        // From now on whoever stops the run is heard; a daemon that began to end before begins none.
        guard !isLeaving else { return }
        // A wish that came before the stop could be heard.
        switch try await parts.journal.held(id)?.note.wish {
        case .interrupt, nil: break
        case .some(let wish): handle.stop(wish.request)
        }
        switch step {
        case .run: _ = try await service.run(id, observer: handle.live, stops: stops)
        case .resume(let request): _ = try await service.resume(id, request, observer: handle.live, stops: stops)
        case .endOrphan(let isForced):
            if try await !service.stop(id, force: isForced).wasRunning { _ = try await service.find(id.rawValue) }
        case .over: break
        }
    }

    // MARK: - Ends from outside

    /// Stops the agent of an attempt that is not the daemon's any more, at once; its files are kept.
    func fence(_ task: TaskID, attempt: Int) async throws {
        guard let held = try await parts.journal.held(task), held.attempt == attempt, held.isHeld else { return }
        try await parts.journal.fence(task, attempt: attempt)
        parts.tell(.fenced(task, attempt: attempt))
        preparations.cut(task)
        if let handle = handle(of: task) {
            handle.abandon()
        } else {
            post(.endOrphan(held))
        }
    }

    /// Stops the agents of all attempts, because nobody knows whether they are the daemon's own.
    func suspend() async throws {
        let held = try await parts.journal.heldTasks().filter { $0.phase == .working && $0.note.isSuspended != true }
        guard !held.isEmpty else { return }
        parts.tell(.leaseOver)
        for attempt in held {
            _ = try await parts.journal.change(attempt, "suspend") { $0.note.isSuspended = true }
            handle(of: attempt.task)?.abandon()
        }
    }

    /// Ends what a former process left of an attempt, and records it.
    func endOrphan(_ held: HeldTask) async {
        do {
            if held.phase == .working {
                _ = try await parts.journal.change(held, "suspend") { $0.note.isSuspended = true }
            }
            _ = try await service.stop(held.task, force: true)
        } catch ServiceError.ofDaemon {
            // This daemon itself is at it already.
        } catch {
            parts.tell(.gatheringFailed(held.task, "\(error)"))
        }
    }

    /// Stops what still runs at `time`, unless the daemon is to take tasks again by then.
    func stopAll(at time: Timestamp) async {
        guard await clock.sleep(for: max(.zero, time - now)) else { return }
        do {
            guard try await parts.journal.stopAt() == time else { return }
            for held in try await parts.journal.heldTasks() where held.takesSlot { try await stop(held) }
        } catch {
            parts.tell(.upkeepFailed("What runs could not be stopped: \(error)"))
        }
    }

    /// One that does not run now ends when it would go on.
    private func stop(_ held: HeldTask) async throws {
        _ = try await parts.journal.change(held, "drained") { $0.note.drain() }
        handle(of: held.task)?.stop(.gentle)
    }
}
