import Domain
import Journal
import Runner
import Wire

/// Carries out commands.
extension Workshop {
    /// Carries out the commands of a lane one after the other, until there is none without an answer.
    func carryOut(commandsOf lane: String) async {
        repeat {
            do {
                while !isLeaving, try await carryOutNext(of: lane) {}
            } catch is CancellationError where isLeaving {
                // It is taken up at the next start.
            } catch {
                // It stays without an answer, and is taken up when the next one comes, after the next welcome or at the next start.
                parts.tell(.upkeepFailed("A command could not be carried out: \(error)"))
            }
        } while !mayLeaveLane(lane)
    }

    /// Returns false where there is none.
    private func carryOutNext(of lane: String) async throws -> Bool {
        guard let command = try await parts.journal.nextCommand(of: lane) else { return false }
        try await carryOut(command)
        if let id = command.commandID { link.post(.answered(id: id)) }
        return true
    }

    private func carryOut(_ command: ToDaemon) async throws {
        switch command {
        case .spawnTask(let spawn): try await carryOut(spawn)
        case .resumeTask(let resume): try await carryOut(resume)
        case .checkpointPart(let part): try await answering(part.head) { try self.parcels.take(part) }
        case .pauseTask(let pause): try await wish(.pause, pause.head)
        case .stopTask(let stop): try await wish(.stop(force: stop.force), stop.head)
        case .interruptTask(let interrupt): try await wish(.interrupt(message: interrupt.message), interrupt.head)
        case .sendMessage(let message): try await carryOut(message)
        case .answerQuestion(let answer): try await carryOut(answer)
        case .restoreCheckpoint(let restore): try await carryOut(restore)
        case .deleteWorkspace(let delete): try await carryOut(delete)
        case .drain(let drain): try await carryOut(drain)
        case .mergeTasks(let merge): try await carryOut(merge)
        case .mergePart(let part): try await carryOut(part)
        case .welcome, .ack, .refused, .notUnderstood, .unknown: break
        }
    }

    /// Answers with what `body` throws, where that is about the command.
    private func answering(_ head: CommandHead, _ body: () async throws -> Void) async throws {
        var answer = CommandAnswer(head.id, head)
        do {
            try await body()
        } catch {
            answer = try CommandAnswer(head.id, head, failed: error)
        }
        try await parts.journal.answer(answer)
    }

    // MARK: - Ends

    /// Writes down what a person wants of an attempt, then lets its run hear of it.
    private func wish(_ wish: AttemptWish, _ head: CommandHead) async throws {
        guard let task = TaskID(rawValue: head.taskId), let held = try await parts.journal.held(task),
            held.attempt == head.attempt
        else { return try await parts.journal.answer(CommandAnswer(head.id, head, refused: .unknownTask)) }
        let handle = handle(of: task)
        var answer = CommandAnswer(head.id, head)
        answer.wasRunning = handle != nil
        try await parts.journal.answer(answer, changing: held) { held in
            guard held?.phase == .working || held?.phase == .accepted else { return }
            guard var changed = held else { return }
            changed.note.take(wish)
            held = changed
        }
        preparations.forgetWish(of: task)
        if let handle {
            handle.stop(wish.request)
        } else if held.phase == .working {
            begin(held)
        }
    }

    // MARK: - Talk

    private func carryOut(_ message: SendMessage) async throws {
        guard let task = TaskID(rawValue: message.head.taskId) else { return }
        let held = try await parts.journal.held(task)
        guard let held, held.attempt == message.head.attempt, held.takesSlot else {
            // The server tells it to whoever has the task next.
            let refusal = held.map { Refusal.staleAttempt($0.attempt) } ?? .unknownTask
            return try await parts.journal.answer(CommandAnswer(message.head.id, message.head, refused: refusal))
        }
        var answer = CommandAnswer(message.head.id, message.head)
        do {
            let wasSaid = try await parts.service.journal.messages(of: task)
                .contains { $0.text == message.text && $0.answers == nil && $0.sentAt == message.sentAt }
            if wasSaid {
                answer.delivered = "queued"
            } else {
                let sent = try await service.say(message.text, to: task, at: message.sentAt)
                answer.delivered = sent.agentListens && handle(of: task) != nil ? "live" : "queued"
            }
        } catch {
            answer = try CommandAnswer(message.head.id, message.head, failed: error)
        }
        try await parts.journal.answer(answer)
        gatherFrom(task)
    }

    private func carryOut(_ command: AnswerQuestion) async throws {
        guard let task = TaskID(rawValue: command.head.taskId) else { return }
        try await answering(command.head) {
            // It may have been given before a death.
            let isGiven = try await parts.service.journal.questions(of: task)
                .contains { $0.number == command.question && $0.answer?.text == command.text }
            if !isGiven { _ = try await service.answer(command.text, to: task, question: command.question) }
        }
        gatherFrom(task)
    }

    // MARK: - Workspaces

    private func carryOut(_ restore: RestoreCheckpoint) async throws {
        guard let task = TaskID(rawValue: restore.head.taskId) else { return }
        var answer = CommandAnswer(restore.head.id, restore.head)
        var taken: [Checkpoint] = []
        do {
            let restored = try await service.restore(task, to: restore.checkpoint)
            taken = [restored.kept, restored.made]
            answer.checkpoint = restored.kept.number
            answer.checkpoints = taken.map { WireCheckpoint($0) }
        } catch {
            answer = try CommandAnswer(restore.head.id, restore.head, failed: error)
        }
        // Nothing else tells of them: the attempt has told its end.
        try await parts.journal.answer(answer, telling: taken.map(GatherPlan.key(of:)), of: task)
    }

    private func carryOut(_ delete: DeleteWorkspace) async throws {
        guard let task = TaskID(rawValue: delete.head.taskId) else { return }
        try await answering(delete.head) {
            if try await parts.service.journal.task(task) != nil {
                try await service.discard(task, force: delete.force)
            }
            parcels.drop(task)
            try await parts.journal.forget(task)
        }
    }

    private func carryOut(_ drain: Drain) async throws {
        let stopAt = drain.draining ? drain.stopAfterMilliseconds.map { now + $0 } : nil
        note(isDraining: drain.draining)
        try await parts.journal.setDraining(drain.draining, stopAt: stopAt, answer: CommandAnswer(drain.id, nil))
        link.post(.capacityChanged)
        if let stopAt { post(.stopAll(at: stopAt)) }
    }
}

extension AttemptWish {
    /// How the run that is under way hears of it.
    var request: Runner.StopRequest {
        switch self {
        case .stop(let force): force ? .forced : .gentle
        case .pause: .pause
        case .interrupt: .gentle
        }
    }
}

extension AttemptWish? {
    /// What holds when another wish comes: an end is not taken back.
    package func followed(by next: AttemptWish) -> AttemptWish {
        switch (self, next) {
        case (.stop(let first), .stop(let second)): .stop(force: first || second)
        case (.stop(let force), .pause), (.stop(let force), .interrupt): .stop(force: force)
        case (.pause, .interrupt): .pause
        case (nil, _), (.pause, _), (.interrupt, _): next
        }
    }
}
