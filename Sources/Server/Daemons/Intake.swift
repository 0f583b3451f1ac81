import Domain
import Fleet
import Store
import Wire

/// Decides what each message of a daemon makes of the store.
enum Intake {
    /// A frame of a daemon, as far as it was understood.
    enum Frame: Sendable {
        /// From the outbox, with its text.
        case report(ToServer, Stamp, String)
        case control(ToServer)
        /// It cannot be taken: what it is answered with, and its number where it has one.
        case refused(Refused, number: Int?, text: String)
        /// Of a type that nobody here knows.
        case unknown(FrameReference, text: String)
    }

    static func read(_ bytes: [UInt8]) -> Frame {
        let message: ToServer
        do throws(WireError) {
            message = try Wire.Frame.decode(bytes)
        } catch {
            let reference = Wire.Frame.reference(in: bytes)
            return .refused(Refused(error, of: reference), number: reference?.number, text: clipped(bytes))
        }
        if case .unknown(let reference) = message { return .unknown(reference, text: clipped(bytes)) }
        guard let stamp = message.stamp else { return .control(message) }
        return .report(message, stamp, String(decoding: bytes, as: UTF8.self))
    }

    /// What is kept of a frame that means nothing.
    private static func clipped(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix(4096), as: UTF8.self).replacing("\0", with: "\u{FFFD}")
    }

    /// The entry of a message from the outbox; `text` is its frame.
    ///
    /// Where the daemon `merges`, what is done is in the target branch.
    static func entry(
        _ message: ToServer,
        _ stamp: Stamp,
        _ text: String,
        merges: Bool = false,
        at time: Timestamp
    ) -> InboxEntry {
        guard let task = TaskID(rawValue: stamp.taskId) else {
            // The wire lets nothing else through.
            return InboxEntry(stamp.number, InboxEffect())
        }
        return InboxEntry(
            stamp.number,
            about: InboxEntry.Subject(task, attempt: stamp.attempt, sequence: stamp.sequence),
            effect(of: message, AttemptKey(task, stamp.attempt), text, merges: merges, at: time)
        )
    }

    /// The entry of what means nothing: its number is used up.
    static func blank(_ number: Int) -> InboxEntry { InboxEntry(number, InboxEffect()) }

    private static func effect(
        of message: ToServer,
        _ key: AttemptKey,
        _ text: String,
        merges: Bool,
        at time: Timestamp
    ) -> InboxEffect {
        switch message {
        case .taskOutput: return InboxEffect(events: [NewEvent(.output, at: time, body: text)])
        case .taskEvent(let report): return InboxEffect(events: [NewEvent(report.kind, at: report.at, body: text)])
        case .statusChange(let change):
            let report = StatusReport(change.status, reason: change.reason?.reason(of: change.status))
            return InboxEffect(.status(report), events: [NewEvent(.note, at: change.at, body: text)])
        case .iterationEnded(let report): return effect(of: report, text, at: time)
        case .checkpoint(let report): return effect(of: report, text, at: time)
        case .question(let report): return effect(of: report, key, text)
        case .taskComplete(let report): return effect(of: report, text, merges: merges)
        case .checkpointPart, .hello, .heartbeat, .ack, .commandAnswer, .notUnderstood, .unknown:
            return InboxEffect()
        }
    }

    private static func effect(of report: IterationEnded, _ text: String, at time: Timestamp) -> InboxEffect {
        let progress = AttemptReport.progress(
            iterations: report.standing.iterations,
            usage: report.standing.usage.usage,
            activeTime: report.standing.activeMilliseconds
        )
        let end = report.endedAt ?? time
        var effect = InboxEffect(progress, events: [NewEvent(.iteration, at: end, body: text)])
        var entry = IterationEntry(
            report.iteration,
            turn: report.tryNumber,
            attempt: report.stamp.attempt,
            startedAt: report.startedAt,
            endedAt: end,
            document: text
        )
        entry.spent = Spending(iterations: report.counted ? 1 : 0, usage: report.usage.usage)
        effect.iterations = [entry]
        effect.receipts = report.receipts.map { receipt in
            ReceiptEntry(
                receipt.check.name,
                iteration: report.iteration,
                attempt: report.stamp.attempt,
                at: end,
                document: document(of: receipt)
            )
        }
        return effect
    }

    /// The checkpoints that were taken by an order, whose answer tells of them.
    static func effect(of checkpoints: [WireCheckpoint], _ key: AttemptKey, at time: Timestamp) -> InboxEffect {
        var all = InboxEffect()
        for checkpoint in checkpoints {
            var report = CheckpointReport()
            report.stamp = Stamp(number: 1, task: key.task, attempt: key.attempt, sequence: 1)
            report.checkpoint = checkpoint
            guard let text = frame(report) else { continue }
            let one = effect(of: report, text, at: time)
            all.events += one.events
            all.checkpoints += one.checkpoints
        }
        return all
    }

    private static func effect(of report: CheckpointReport, _ text: String, at time: Timestamp) -> InboxEffect {
        var bare = report
        bare.patch?.data = nil
        let body = bare.patch == report.patch ? text : frame(bare) ?? "{}"
        let taken = report.checkpoint.takenAt
        var effect = InboxEffect(events: [NewEvent(.checkpoint, at: taken, body: body)])
        effect.checkpoints = [
            CheckpointEntry(
                report.checkpoint.number,
                attempt: report.stamp.attempt,
                takenAt: taken,
                blob: report.patch?.key,
                document: body
            )
        ]
        return effect
    }

    private static func effect(of report: QuestionReport, _ key: AttemptKey, _ text: String) -> InboxEffect {
        var effect = InboxEffect(events: [NewEvent(.question, at: report.answeredAt ?? report.askedAt, body: text)])
        if report.answeredBy == nil {
            let question = QuestionKey(key, report.question)
            effect.questions = [QuestionEntry(question, askedAt: report.askedAt, document: text)]
        } else {
            // Settled, by whomever: nobody needs to answer any more.
            effect.withdrawnQuestions = [report.question]
        }
        return effect
    }

    private static func effect(of report: TaskComplete, _ text: String, merges: Bool) -> InboxEffect {
        var status = StatusReport(
            report.status,
            reason: report.reason.reason(of: report.status),
            iterations: report.standing.iterations,
            usage: report.standing.usage.usage,
            branch: report.branch
        )
        status.activeTime = report.standing.activeMilliseconds
        status.isMerged = merges && report.status == .done
        return InboxEffect(.status(status), events: [NewEvent(.note, at: report.at, body: text)])
    }

    /// What was read is written as it was allowed to be read.
    private static func frame(_ message: some WireMessage) -> String? {
        do throws(WireError) {
            return String(decoding: try Wire.Frame.encode(message), as: UTF8.self)
        } catch { return nil }
    }

    private static func document(of receipt: WireReceipt) -> String {
        do throws(WireError) {
            return String(decoding: try APIText.encode(receipt), as: UTF8.self)
        } catch { return "{}" }
    }
}

extension TaskEventReport {
    fileprivate var kind: EventKind {
        switch event {
        case "check_began", "check_ended": .check
        case "preparing", "iteration_began", "waiting", "notice": .note
        default: .agent
        }
    }
}

extension WirePatch {
    /// What the server keeps of it is called.
    var key: BlobKey? { SHA256Digest(hex: sha256).map { BlobKey($0, size: size) } }
}
