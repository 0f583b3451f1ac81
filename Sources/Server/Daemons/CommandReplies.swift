import Domain
import Fleet
import Logging
import Store
import Wire

/// Notes what daemons say of commands.
struct CommandReplies: Sendable {
    let services: DaemonServices

    private var store: any TaskStore { services.store }

    /// The daemon has the command: an attempt that it is about is the daemon's for certain.
    ///
    /// The command is sent again after the next `welcome` all the same, until there is an answer.
    func note(_ ack: CommandAck, from daemon: DaemonID) async throws {
        services.receipts.note(ack.id, by: daemon)
        guard let command = try await command(ack.id, to: daemon), command.isHandOver else { return }
        try await accept(command, by: daemon)
    }

    func note(_ answer: CommandAnswer, in session: SessionKey) async throws {
        let daemon = session.daemon
        guard let command = try await command(answer.id, to: daemon) else { return }
        if command.isHandOver {
            switch answer.outcome {
            case .done: try await accept(command, by: daemon)
            case .refused, .failed: try await decline(command, answer, in: session)
            }
        }
        // Before the answer counts: what is noted twice was told once.
        if answer.outcome == .done, let key = command.command.attempt, command.acknowledgedAt == nil,
            let event = Delivery.event(of: answer.id, at: services.surroundings.now())
        {
            try await note(event, about: key.task)
        }
        if answer.outcome == .done, let key = command.command.attempt, command.acknowledgedAt == nil {
            try await keep(answer.checkpoints, of: key)
        }
        let document = String(decoding: try Frame.encode(answer), as: UTF8.self)
        let reply = CommandReply(answer.id, document)
        let isFirst = try await store.acknowledge(reply, by: daemon, at: services.surroundings.now())
        services.receipts.close(answer.id, of: daemon)
        guard isFirst else { return }
        guard let key = command.command.attempt, answer.outcome != .done else { return }
        try await note(NewEvent(.note, at: services.surroundings.now(), body: document), about: key.task)
    }

    private func command(_ id: String, to daemon: DaemonID) async throws -> QueuedCommand? {
        guard let command = try await store.command(id), command.command.daemon == daemon else { return nil }
        return command
    }

    private func note(_ event: NewEvent, about task: TaskID) async throws {
        do {
            _ = try await store.append([event], to: task)
        } catch StoreError.unknownTask {
            // Deleted meanwhile.
        }
    }

    private func keep(_ checkpoints: [WireCheckpoint], of key: AttemptKey) async throws {
        guard !checkpoints.isEmpty else { return }
        let effect = Intake.effect(of: checkpoints, key, at: services.surroundings.now())
        do {
            try await store.keep(effect.checkpoints, of: key, events: effect.events)
        } catch StoreError.unknownTask {
            // Deleted meanwhile.
        }
    }

    private func accept(_ command: QueuedCommand, by daemon: DaemonID) async throws {
        guard let key = command.command.attempt else { return }
        try await change(key) { AttemptRules.accepted($0, key.attempt, by: daemon, at: $1) }
    }

    private func decline(_ command: QueuedCommand, _ answer: CommandAnswer, in session: SessionKey) async throws {
        guard let key = command.command.attempt else { return }
        services.logger.warning(
            "A daemon does not take a task.",
            metadata: [
                "daemon.id": "\(session.daemon)", "task.id": "\(key.task)", "code": "\(answer.code ?? "none")",
            ]
        )
        let isHomeless = ["unknown_task", "stale_attempt", "patch"].contains(answer.code ?? "")
        try await change(key) { task, time in
            let decline = Decline(answer, in: session, at: time)
            return AttemptRules.declined(task, key.attempt, decline, isHomeless: isHomeless)
        }
    }

    private func change(_ key: AttemptKey, _ decide: (FleetTask, Timestamp) -> FleetTask?) async throws {
        var current = try await store.task(key.task)
        let time = services.surroundings.now()
        while let task = current, let changed = decide(task, time) {
            let outcome = try await store.update(changed, expecting: TaskExpectation(task), at: time)
            guard case .outdated(let other) = outcome else { return }
            current = other
        }
    }
}

extension Decline {
    /// What a daemon's refusal of a task means for the next tries.
    init(_ answer: CommandAnswer, in session: SessionKey, at time: Timestamp) {
        self.init(session.daemon, at: time)
        self.session = session.number
        cause =
            switch answer.code {
            case "not_allowed", "agent_unknown": .refusal
            case "no_slot", "draining", "wrong_status", "unknown_task", "stale_attempt": .busy
            default: .trouble
            }
        reason = (answer.message ?? answer.code?.spokenCode).map { String($0.prefix(300)) }
    }
}

extension QueuedCommand {
    /// Whether it hands a task over.
    var isHandOver: Bool { command.id.hasPrefix(HandOver.prefix) }

    /// Whether it has work of several tasks merged.
    var isMerge: Bool { command.id.hasPrefix(MergeDispatcher.prefix) }
}
