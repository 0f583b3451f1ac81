import Domain
import Fleet
import Logging
import NIOCore
import Store
import WebSockets
import Wire

/// Stores what a daemon says, in its order, and acknowledges it.
struct DaemonInbox {
    let conversation: DaemonConversation
    let session: DaemonConversation.Session
    /// Rings once what the daemon had when it connected is here.
    let replayed: Bell

    private var lastTaken: Int
    private var hasReplayed = false
    private var entries: [InboxEntry] = []
    /// What is answered when the entries are stored.
    private var answers: [any WireMessage] = []
    /// The attempts whose messages had no effect, of which the daemon was told.
    private var told: Set<AttemptKey> = []
    /// How many messages meant nothing; the first is in the audit log, and at the end their number.
    private var meaningless = 0
    /// Whether the first of them is.
    private var isRecorded = false

    private var services: DaemonServices { conversation.services }
    private var store: any TaskStore { services.store }

    init(conversation: DaemonConversation, session: DaemonConversation.Session, replayed: Bell) {
        self.conversation = conversation
        self.session = session
        self.replayed = replayed
        lastTaken = session.lastTaken
    }

    /// Takes all that has come; returns why the conversation ends, where it does.
    mutating func take(_ frames: [[UInt8]]) async throws -> DaemonConversation.End? {
        do {
            for frame in frames { if let end = try await take(frame) { return end } }
            return try await flush(beat: nil)
        } catch StoreError.sessionOver {
            return try await over()
        }
    }

    /// Why the session is over though its connection is there.
    private func over() async throws -> DaemonConversation.End {
        let latest = try await store.latestSession(of: session.key.daemon)
        if latest?.number != session.key.number { return .ended(.fenced) }
        return .refused(
            Greeting.refused("session_expired", "Nothing was heard for too long: the session is over."),
            .tryAgainLater
        )
    }

    private mutating func take(_ frame: [UInt8]) async throws -> DaemonConversation.End? {
        let time = services.surroundings.now()
        switch Intake.read(frame) {
        case .report(let message, let stamp, let text):
            try await take(message, stamp, text, at: time)
            return entries.count >= Self.most ? try await flush(beat: nil) : nil
        case .refused(let refused, let number, let text):
            guard let number else { return .refused(refused, .protocolError) }
            answers.append(refused)
            keep(number, refused.code, text)
            return entries.count >= Self.most ? try await flush(beat: nil) : nil
        case .unknown(let reference, let text):
            answers.append(NotUnderstood(reference))
            guard let number = reference.number else { return try await flush(beat: nil) }
            keep(number, "unknown_type", text)
            return entries.count >= Self.most ? try await flush(beat: nil) : nil
        case .control(let message):
            if let end = try await flush(beat: nil) { return end }
            return try await control(message)
        }
    }

    /// So many are written in one transaction at most.
    private static let most = 256

    /// Keeps a message that means nothing here, so that nothing gets stuck behind it.
    private mutating func keep(_ number: Int, _ code: String, _ text: String) {
        var entry = Intake.blank(number)
        if number > lastTaken {
            meaningless += 1
            // Who connects again and again does not fill the log either.
            if meaningless == 1, services.mayRecord(session.key.daemon) {
                isRecorded = true
                let detail: KeyValuePairs<String, JSONValue> = [
                    "number": .integer(Int64(number)), "code": .string(code), "text": .string(text),
                ]
                entry.effect.audit = [audit("message.refused", detail)]
            }
        }
        entries.append(entry)
    }

    /// Records how many messages of the session meant nothing, where they are more than the one that was recorded.
    func close() async {
        guard meaningless > 1, isRecorded else { return }
        do {
            try await store.audit(audit("messages.refused", ["count": .integer(Int64(meaningless))]))
        } catch {
            services.logger.warning("Refused messages could not be recorded.", metadata: ["error": "\(error)"])
        }
    }

    private func audit(_ action: String, _ detail: KeyValuePairs<String, JSONValue>) -> AuditEntry {
        var members = detail.map { JSONMember(key: $0.key, value: $0.value) }
        members.append(JSONMember(key: "session", value: .integer(Int64(session.key.number))))
        return AuditEntry(
            at: services.surroundings.now(),
            actor: "daemon:\(session.key.daemon)",
            action: action,
            subject: session.key.daemon.rawValue,
            detail: JSONWriter.write(.object(members))
        )
    }

    private mutating func take(_ message: ToServer, _ stamp: Stamp, _ text: String, at time: Timestamp) async throws {
        var merges = false
        switch message {
        case .checkpointPart(let report):
            try await PatchStore(store: store).take(report, from: session.key.daemon, at: time)
                .map { answers.append($0.naming(stamp, ReportPart.type)) }
        case .checkpoint(let report):
            try await PatchStore(store: store).take(report, from: session.key.daemon, at: time)
                .map { answers.append($0.naming(stamp, CheckpointReport.type)) }
        case .taskComplete: merges = try await isMerging(stamp)
        default: break
        }
        entries.append(Intake.entry(message, stamp, text, merges: merges, at: time))
    }

    private func isMerging(_ stamp: Stamp) async throws -> Bool {
        guard let task = TaskID(rawValue: stamp.taskId), let document = try await store.document(of: task) else {
            return false
        }
        return TaskDocument.read(document)?.completionAction == .merge
    }

    // MARK: - Acknowledging

    /// Stores what has come and acknowledges it, with the heartbeat that came after it.
    private mutating func flush(beat: Int?) async throws -> DaemonConversation.End? {
        let batch = entries
        entries = []
        var end: DaemonConversation.End?
        if !batch.isEmpty {
            let outcomes = try await store.take(batch, from: session.key, at: services.surroundings.now())
            for (entry, outcome) in zip(batch, outcomes) {
                if let gap = note(entry, outcome) {
                    end = gap
                    break
                }
            }
        }
        for answer in answers { try await send(answer) }
        answers = []
        if !batch.isEmpty || beat != nil {
            try await conversation.send(OutboxAck(upTo: lastTaken, beat: beat))
        }
        if !hasReplayed, lastTaken >= session.replayedUpTo {
            hasReplayed = true
            replayed.ring()
        }
        return end
    }

    private mutating func note(_ entry: InboxEntry, _ outcome: TakeOutcome) -> DaemonConversation.End? {
        switch outcome {
        case .taken: services.surroundings.meter.count { $0.note(entry.effect) }
        case .repetition: services.surroundings.meter.count { $0.repetitions += 1 }
        case .stale(let cause):
            services.surroundings.meter.count { $0.staleMessages += 1 }
            tell(cause, of: entry)
        case .gap(let expected):
            var refused = Greeting.refused("outbox_gap", "Number \(entry.number) came, but \(expected) is the next.")
            refused.number = entry.number
            return .refused(refused, .policyViolation)
        }
        lastTaken = max(lastTaken, entry.number)
        return nil
    }

    /// Lets the daemon know, once for each attempt, that it works for nothing.
    private mutating func tell(_ cause: RefusalCause, of entry: InboxEntry) {
        guard let subject = entry.subject, told.count < 1000,
            told.insert(AttemptKey(subject.task, subject.attempt)).inserted
        else { return }
        var refused = Greeting.refused(
            "stale_attempt",
            "Attempt \(subject.attempt) of task \(subject.task) is not this daemon's: \(cause.rawValue.spokenCode)."
        )
        refused.number = entry.number
        answers.append(refused)
    }

    private func send(_ message: any WireMessage) async throws { try await conversation.send(message) }

    // MARK: - What is not numbered

    private mutating func control(_ message: ToServer) async throws -> DaemonConversation.End? {
        let time = services.surroundings.now()
        switch message {
        case .heartbeat(let beat):
            guard beat.session == session.key.number else {
                try await conversation.send(
                    Greeting.refused("not_expected", "The session is \(session.key.number), not \(beat.session).")
                )
                return nil
            }
            _ = try await store.renew(session.key, capacity: beat.capacity.capacity, at: time)
            conversation.line.commands.ring()
            return try await flush(beat: beat.beat)
        case .ack(let ack): try await CommandReplies(services: services).note(ack, from: session.key.daemon)
        case .commandAnswer(let answer):
            try await CommandReplies(services: services).note(answer, in: session.key)
        case .notUnderstood(let message):
            services.logger.warning(
                "A daemon does not understand a message.",
                metadata: conversation.line.metadata(["type": "\(message.of)"])
            )
        case .hello:
            try await conversation.send(Greeting.refused("not_expected", "There was a 'hello' already."))
        default: break
        }
        return nil
    }
}

extension Refused {
    fileprivate func naming(_ stamp: Stamp, _ type: String) -> Refused {
        var copy = self
        copy.number = stamp.number
        copy.of = type
        return copy
    }
}
