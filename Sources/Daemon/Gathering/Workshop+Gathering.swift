import Domain
import Journal
import Runner
import Wire

/// Turns what a task has to tell into entries of the outbox.
extension Workshop {
    /// Gathers until the attempt's end is in the outbox, or the attempt is not the daemon's own any more.
    func gather(_ task: TaskID, _ bell: Bell) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock, pace = parts.settings.pace] in
                while await clock.sleep(for: pace) { bell.ring() }
            }
            var gathering = Gathering(workshop: self, task: task)
            var failures = 0
            while !Task.isCancelled, !isLeaving {
                do {
                    guard try await gathering.pass() else { break }
                    failures = 0
                } catch {
                    parts.tell(.gatheringFailed(task, "\(error)"))
                    gathering.forget()
                    failures += 1
                    guard await clock.sleep(for: GatherPlan.pause(after: failures)) else { break }
                }
                await bell.wait()
            }
            group.cancelAll()
        }
        noteGathered(task, bell)
        await gatherAgainIfBegun(task)
    }

    /// Another attempt may have begun just when this one was told to its end.
    private func gatherAgainIfBegun(_ task: TaskID) async {
        guard !isLeaving else { return }
        do {
            guard let held = try await parts.journal.held(task) else { return }
            if held.phase == .working || held.phase == .ended { gatherFrom(task) }
        } catch {
            // It is taken up at the next start.
            parts.tell(.gatheringFailed(task, "\(error)"))
        }
    }
}

/// What one gatherer has seen so far.
struct Gathering {
    let workshop: Workshop
    let task: TaskID
    private var facts: TaskFacts?
    private var progress: GatherProgress?
    /// The phase, the task and the events as they were when the facts were read.
    private var seen: (held: HeldTask, updatedAt: Timestamp, passes: Int)?

    init(workshop: Workshop, task: TaskID) {
        self.workshop = workshop
        self.task = task
    }

    private var parts: DaemonParts { workshop.parts }
    private var reader: TaskReader { TaskReader(journal: parts.service.journal, state: parts.service.state) }

    /// The checkpoint whose work is waited for, and since when.
    var waiting: (checkpoint: Int, since: Duration)?

    /// How often in a row output could not be read.
    private var failures: [OutputSource: Int] = [:]

    /// Nothing is believed any more that was read before.
    mutating func forget() {
        facts = nil
        progress = nil
        seen = nil
    }

    /// Enters all that there is to tell, as far as there is room; returns false when nothing can follow.
    mutating func pass() async throws -> Bool {
        guard let held = try await parts.journal.held(task) else { return false }
        switch held.phase {
        case .accepted: return true
        case .reported, .closed, .fenced: return false
        case .working, .ended: break
        }
        switch try await look(held) {
        case .facts: break
        case .changing: return true
        case .lost(let cause, let isGone): return try await endLost(held, isGone: isGone, cause)
        }
        do {
            let goesOn = try await enterAll(of: held)
            failures = [:]
            return goesOn
        } catch let unreadable as UnreadableOutput {
            return try await passOver(unreadable, held)
        }
    }

    /// Enters what was seen, as far as there is room; returns false when nothing can follow.
    private mutating func enterAll(of held: HeldTask) async throws -> Bool {
        guard var facts else { return true }
        var progress: GatherProgress
        if let known = self.progress {
            progress = known
        } else {
            progress = try await parts.journal.progress(of: task)
        }
        try reader.measure(&facts, after: progress)
        facts.live = workshop.live(of: task)?.first
        while let step = GatherPlan.next(facts, after: progress), hasRoom {
            guard let batch = try await batch(for: step, facts, progress, held) else { break }
            guard let last = try await parts.journal.enter(batch) else {
                forget()
                return true
            }
            progress.note(batch)
            workshop.link.post(.made(upTo: last))
            if batch.isEnd { return false }
            facts.live = workshop.live(of: task)?.first
            // What grew meanwhile comes before what follows.
            if case .output = step { try reader.measure(&facts, after: progress) }
        }
        self.progress = progress
        self.facts = facts
        return true
    }

    /// Tells once that output is missing, where it could not be read at several looks and will not be.
    private mutating func passOver(_ unreadable: UnreadableOutput, _ held: HeldTask) async throws -> Bool {
        failures[unreadable.source, default: 0] += 1
        guard let most = GatherPlan.looks(after: unreadable.code), failures[unreadable.source, default: 0] >= most
        else { throw unreadable }
        failures[unreadable.source] = nil
        parts.tell(.gatheringFailed(task, "\(unreadable). It is passed over."))
        var batch = OutboxBatch(task, attempt: held.attempt)
        batch.keys = [GatherPlan.key(ofUnreadable: unreadable.source)]
        batch.messages = [TaskEventReport(missing: unreadable.source, at: now)]
        if let last = try await parts.journal.enter(batch) { workshop.link.post(.made(upTo: last)) }
        forget()
        return true
    }

    /// Ends an attempt of which nothing is known any more but that it was; returns false when that is told.
    private mutating func endLost(_ held: HeldTask, isGone: Bool, _ cause: String) async throws -> Bool {
        // Whoever works on it finds the same, and ends.
        guard held.phase == .ended else { return true }
        var batch = OutboxBatch(task, attempt: held.attempt)
        batch.keys = [GatherPlan.key(ofEnd: held.attempt)]
        batch.isEnd = true
        let told = GatherPlan.iterations(in: try await parts.journal.progress(of: task).derived)
        let reason = RunRules.end(ofLost: held.note, isGone: isGone, because: cause)
        batch.messages = [TaskComplete(lost: task, reason, iterations: told, at: now)]
        guard let last = try await parts.journal.enter(batch) else {
            forget()
            return true
        }
        workshop.link.post(.made(upTo: last))
        return false
    }

    private var now: Timestamp { parts.service.surroundings.wallClock.now() }

    private var hasRoom: Bool { parts.journal.pendingBytes < parts.settings.outboxBytes }

    /// Reads what is known of the task, where that has changed.
    private mutating func look(_ held: HeldTask) async throws -> TaskReading {
        let updatedAt = try await parts.service.journal.readable(task)?.updatedAt
        let passes = (seen?.passes ?? 0) + 1
        let isKnown = seen.map { $0.held.phase == held.phase && $0.updatedAt == updatedAt } ?? false
        // Checkpoints and questions come without a change of the task itself.
        if isKnown, let facts, passes < Self.mostPasses {
            seen?.passes = passes
            return .facts(facts)
        }
        let reading = try await reader.facts(of: held)
        if case .facts(let read) = reading {
            facts = read
            seen = (held, read.task.updatedAt, 0)
        }
        return reading
    }

    private static let mostPasses = 4

    // MARK: - Batches

    private mutating func batch(
        for step: GatherStep,
        _ facts: TaskFacts,
        _ progress: GatherProgress,
        _ held: HeldTask
    ) async throws -> OutboxBatch? {
        var batch = OutboxBatch(task, attempt: held.attempt)
        switch step {
        case .passOver(let index): batch.keys = [GatherPlan.key(ofEvent: index)]
        case .status(let index):
            batch.keys = [GatherPlan.key(ofEvent: index)]
            let isLast = index == facts.events.count - 1
            batch.messages = [StatusChange(facts.events[index], of: facts.task, isLast: isLast)]
            let standing = GatherPlan.key(ofStanding: held.attempt)
            if !progress.derived.contains(standing) { batch.keys.append(standing) }
        case .standing:
            batch.keys = [GatherPlan.key(ofStanding: held.attempt)]
            batch.messages = [StatusChange(Stamp(), facts.task, at: now)]
        case .output(let source, let offset): return try output(source, offset, facts, batch)
        case .live(let iteration):
            let reports = workshop.live(of: task)?.take(upTo: iteration, atMost: 100) ?? []
            guard !reports.isEmpty else { return nil }
            batch.messages = reports
        case .checkpoint(let checkpoint, let carriesWork):
            return try await checkpointBatch(checkpoint, carriesWork: carriesWork, facts, batch)
        case .parcel: return try parcelBatch(progress.parcel, facts, batch)
        case .iteration(let record):
            batch.keys = [GatherPlan.key(of: record)]
            batch.messages = [report(record, facts)]
        case .question(let question):
            batch.keys = [GatherPlan.key(of: question)]
            batch.messages = [QuestionReport(Stamp(), question)]
        case .end:
            batch.keys = [GatherPlan.key(ofEnd: held.attempt)]
            batch.isEnd = true
            batch.messages = [end(facts, held)]
        }
        return batch
    }

    private func output(_ source: OutputSource, _ offset: Int, _ facts: TaskFacts, _ empty: OutboxBatch) throws
        -> OutboxBatch?
    {
        guard let size = facts.sizes[source] else { return nil }
        let end = min(size, offset + Self.pieces * TaskOutput.pieceLimit)
        let bytes = try reader.read(source, of: task, offset..<end)
        var batch = empty
        var taken = 0
        while taken < bytes.count {
            let piece = Array(bytes[taken..<min(taken + TaskOutput.pieceLimit, bytes.count)])
            let isLast = facts.isComplete(source) && offset + taken + piece.count == size
            let length = OutputCut.length(of: piece, isComplete: isLast)
            // Half a character: the rest of it is still to come.
            guard length > 0 else { break }
            var message = TaskOutput(source, facts.task)
            message.take(Array(piece[..<length]), at: facts.start(of: source) + offset + taken)
            batch.messages.append(message)
            taken += length
        }
        guard taken > 0 else { return nil }
        batch.piece = OutboxBatch.Piece(source.name, offset..<offset + taken)
        return batch
    }

    private static let pieces = 8

    private func report(_ record: IterationRecord, _ facts: TaskFacts) -> IterationEnded {
        let last = facts.checkpoints.last { $0.iteration <= record.number }
        var report = IterationEnded.fitting(Stamp(), record, task: facts.task, checkpoint: last?.number)
        let (number, attempt, run) = (record.number, record.attempt, record.run)
        report.stdoutBytes = facts.sizes[.agent(iteration: number, attempt: attempt, run: run, .no)]
        report.stderrBytes = facts.sizes[.agent(iteration: number, attempt: attempt, run: run, .yes)]
        return report
    }

    private func end(_ facts: TaskFacts, _ held: HeldTask) -> any DurableMessage {
        let task = RunRules.end(of: facts.task, note: held.note)
        guard let complete = TaskComplete(Stamp(), task, checkpoint: facts.checkpoints.last, at: now) else {
            preconditionFailure("An attempt ended without an end.")
        }
        return complete
    }
}

extension TaskComplete {
    /// The end of an attempt of which there is no record any more.
    fileprivate init(lost task: TaskID, _ reason: Reason, iterations: Int, at time: Timestamp) {
        self.init()
        at = time.clipped
        status = reason.status
        self.reason = WireReason(reason, task: TaskCall(task.rawValue))
        standing.iterations = iterations
    }
}

extension TaskEventReport {
    /// That output could not be read; where it is on the machine is nobody else's affair.
    fileprivate init(missing source: OutputSource, at time: Timestamp) {
        self.init()
        at = time.clipped
        event = "notice"
        code = "output_unreadable"
        text = "Output could not be read on the daemon's machine and is missing here: \(source.name)"
            .clipped(to: WireLimits.sentence)
        switch source {
        case .agent(let number, _, _, _), .check(let number, _, _, _, _): iteration = number
        case .setup: break
        }
    }
}

extension StatusChange {
    /// Where the task stood by a line of its history.
    fileprivate init(_ event: TaskEvent, of task: TaskRecord, isLast: Bool) {
        var then = task
        then.status = event.status
        then.reason = event.reason
        then.iterations = event.iteration
        if !isLast { then.wait = nil }
        self.init(Stamp(), then, at: event.at)
    }
}

extension TaskOutput {
    fileprivate init(_ source: OutputSource, _ task: TaskRecord) {
        self.init()
        switch source {
        case .agent(let iteration, let attempt, _, let stream):
            (self.iteration, tryNumber) = (iteration, attempt)
            self.stream = stream == .no ? .stdout : .stderr
        case .check(let iteration, let attempt, let index, _, _):
            (self.iteration, tryNumber) = (iteration, attempt)
            stream = .check
            let checks = task.spec.checks
            check = (checks.indices.contains(index) ? checks[index].name : "\(index + 1)")
                .clipped(to: WireLimits.command)
        case .setup: stream = .setup
        }
    }
}
