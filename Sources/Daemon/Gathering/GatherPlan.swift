package import Domain
import Fleet
import Glibc

/// What is known of a task that a server has to hear of.
package struct TaskFacts: Hashable, Sendable {
    package var task: TaskRecord
    package var iterations: [IterationRecord] = []
    package var checkpoints: [Checkpoint] = []
    package var questions: [TaskQuestion] = []
    package var events: [TaskEvent] = []
    /// The sizes of the files of output that are complete or grow, by their sources.
    package var sizes: [OutputSource: Int] = [:]
    /// The runs whose setup command has ended.
    package var setups: [Int] = []
    /// The iteration of the first event for lookers-on that waits in memory; `nil` where none does.
    package var live: Int?
    /// Which attempt it is.
    package var attempt: Int
    /// Whether the attempt's run has ended: nothing comes any more.
    package var isOver = false
    /// The iteration whose checks are not over.
    package var judging: Int?

    package init(_ task: TaskRecord, attempt: Int) {
        self.task = task
        self.attempt = attempt
    }
}

/// A file of output.
package enum OutputSource: Hashable, Sendable {
    case agent(iteration: Int, attempt: Int, run: Int, ErrorOutput)
    /// `log` is the file of its standard output.
    case check(iteration: Int, attempt: Int, index: Int, log: String, ErrorOutput)
    case setup(run: Int, ErrorOutput)

    /// Which of the two streams.
    package enum ErrorOutput: String, Hashable, Sendable, CaseIterable {
        case no = "stdout"
        case yes = "stderr"
    }

    /// What it is called in the daemon's journal.
    package var name: String {
        switch self {
        case .agent(let iteration, let attempt, let run, let stream):
            "agent/\(run)/\(iteration)/\(attempt)/\(stream.rawValue)"
        case .check(_, _, _, let log, let stream): "check/\(log)/\(stream.rawValue)"
        case .setup(let run, let stream): "setup/\(run)/\(stream.rawValue)"
        }
    }
}

/// The next thing of a task that becomes an entry.
package enum GatherStep: Hashable, Sendable {
    /// A further part of work that is under way.
    case parcel
    case status(Int)
    /// A line of the history that a server is not told of.
    case passOver(Int)
    /// Where the task stands now.
    case standing
    /// What a file of output has from there on.
    case output(OutputSource, from: Int)
    /// Events for lookers-on of iterations up to this one.
    case live(upTo: Int)
    case checkpoint(Checkpoint, carriesWork: Bool)
    case iteration(IterationRecord)
    case question(TaskQuestion)
    case end
}

/// Decides in which order what is known of a task becomes entries of the outbox.
///
/// Before the end of an iteration come all its output, its checkpoints and its events; after the end of the attempt
/// comes nothing. What has become an entry is in the progress, and does not again.
package enum GatherPlan {
    /// The next step; `nil` where there is nothing to tell now.
    package static func next(_ facts: TaskFacts, after progress: GatherProgress) -> GatherStep? {
        if progress.parcel != nil { return .parcel }
        return status(facts, progress) ?? standing(facts, progress) ?? setup(facts, progress) ?? iterations(
            facts,
            progress
        )
            ?? live(facts) ?? checkpoints(facts, progress, upTo: .max) ?? questions(facts, progress)
            ?? end(facts, progress)
    }

    // MARK: - What cannot be read

    /// How often in a row output may be unreadable until it is passed over for good; `nil` is for ever.
    ///
    /// `error` is the system's; `nil` where what is there is damaged. What is lacking for a while comes back: descriptors, memory, a
    /// server of files. A bad place on a disk does not, and looks like one that answers again: it has half an hour.
    package static func looks(after error: CInt?) -> Int? {
        switch error {
        case nil, ENOENT, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, EACCES, EPERM, ENXIO, ENODEV, EINVAL, EOVERFLOW: 3
        case EIO, ESTALE: 30
        default: nil
        }
    }

    /// The wait after so many looks in a row that failed: what is wrong with a machine is not mended within a moment.
    package static func pause(after failures: Int) -> Duration {
        BackOff(first: .seconds(2), factor: 2, most: .seconds(60), spread: 0).delay(after: failures, jitter: 0)
    }

    // MARK: - Keys

    package static func key(ofEvent index: Int) -> String { "event/\(index)" }
    package static func key(of iteration: IterationRecord) -> String {
        "iteration/\(iteration.number)/\(iteration.attempt)"
    }
    package static func key(of checkpoint: Checkpoint) -> String { "checkpoint/\(checkpoint.number)" }
    package static func key(of question: TaskQuestion) -> String {
        "question/\(question.number)/\(question.answer == nil ? "asked" : "answered")"
    }
    /// Says that it has been told of an attempt where its task stands.
    package static func key(ofStanding attempt: Int) -> String { "standing/\(attempt)" }
    package static func key(ofEnd attempt: Int) -> String { "end/\(attempt)" }
    /// Says that the work of a commit has been told.
    package static func key(ofWork commit: CommitID) -> String { "work/\(commit)" }

    /// Says that output is passed over, because it cannot be read.
    package static func key(ofUnreadable source: OutputSource) -> String { "unreadable/\(source.name)" }

    /// How many iterations have been told of.
    package static func iterations(in derived: Set<String>) -> Int {
        var last = 0
        for key in derived {
            let parts: [Substring] = key.split(separator: "/")
            guard parts.count == 3, parts[0] == "iteration", let number = Int(parts[1]) else { continue }
            last = max(last, number)
        }
        return last
    }

    /// The names of everything that there is, for an attempt that has nothing to do with it.
    package static func everything(in facts: TaskFacts) -> [String] {
        facts.events.indices.map(key(ofEvent:)) + facts.iterations.filter { $0.endedAt != nil }.map(key(of:))
            + facts.checkpoints.map(key(of:)) + facts.questions.map(key(of:))
    }

    // MARK: - Steps

    private static func status(_ facts: TaskFacts, _ progress: GatherProgress) -> GatherStep? {
        guard let index = facts.events.indices.first(where: { !progress.derived.contains(key(ofEvent: $0)) }) else {
            return nil
        }
        let event = facts.events[index]
        // Only a server queues a task, and the end of an attempt is told by its end.
        return event.status.isActive && event.reason == nil ? .status(index) : .passOver(index)
    }

    /// An attempt that goes on with an agent at work has no event of its own that says so.
    private static func standing(_ facts: TaskFacts, _ progress: GatherProgress) -> GatherStep? {
        guard facts.attempt > 1, facts.task.status.isActive,
            !progress.derived.contains(key(ofStanding: facts.attempt))
        else { return nil }
        return .standing
    }

    private static func setup(_ facts: TaskFacts, _ progress: GatherProgress) -> GatherStep? {
        facts.setups.lazy.flatMap { run in OutputSource.ErrorOutput.allCases.map { OutputSource.setup(run: run, $0) } }
            .compactMap { output($0, facts, progress) }.first
    }

    private static func output(_ source: OutputSource, _ facts: TaskFacts, _ progress: GatherProgress) -> GatherStep? {
        let taken = progress.taken[source.name] ?? 0
        guard let size = facts.sizes[source], taken < size,
            !progress.derived.contains(key(ofUnreadable: source))
        else { return nil }
        return .output(source, from: taken)
    }

    private static func iterations(_ facts: TaskFacts, _ progress: GatherProgress) -> GatherStep? {
        for record in facts.iterations where !progress.derived.contains(key(of: record)) {
            if let step = checkpoints(facts, progress, upTo: record.number - 1) { return step }
            for source in record.sources {
                if let step = output(source, facts, progress) { return step }
            }
            guard record.isDecided(in: facts) else { return nil }
            return live(facts, upTo: record.number) ?? checkpoints(facts, progress, upTo: record.number)
                ?? .iteration(record)
        }
        return nil
    }

    private static func live(_ facts: TaskFacts, upTo iteration: Int = .max) -> GatherStep? {
        facts.live.flatMap { $0 <= iteration ? .live(upTo: iteration) : nil }
    }

    private static func checkpoints(_ facts: TaskFacts, _ progress: GatherProgress, upTo iteration: Int) -> GatherStep?
    {
        let told = facts.checkpoints.filter { $0.iteration <= iteration }
        guard let next = told.first(where: { !progress.derived.contains(key(of: $0)) }) else { return nil }
        return .checkpoint(next, carriesWork: carriesWork(next, of: told, facts, progress))
    }

    /// Of several that are told at once only the last one carries the work, and what is known already, or is no work, none.
    private static func carriesWork(
        _ checkpoint: Checkpoint,
        of told: [Checkpoint],
        _ facts: TaskFacts,
        _ progress: GatherProgress
    ) -> Bool {
        guard checkpoint.number == told.last?.number, let base = facts.task.spec.repository.base else { return false }
        return checkpoint.commit != base && !progress.derived.contains(key(ofWork: checkpoint.commit))
    }

    private static func questions(_ facts: TaskFacts, _ progress: GatherProgress) -> GatherStep? {
        facts.questions.first { !progress.derived.contains(key(of: $0)) }.map(GatherStep.question)
    }

    private static func end(_ facts: TaskFacts, _ progress: GatherProgress) -> GatherStep? {
        facts.isOver && !progress.derived.contains(key(ofEnd: facts.attempt)) ? .end : nil
    }
}

extension IterationRecord {
    /// The agent's files, and those of the checks that judged it.
    fileprivate var sources: [OutputSource] {
        let agent = OutputSource.ErrorOutput.allCases
            .map { OutputSource.agent(iteration: number, attempt: attempt, run: run, $0) }
        return agent + checkSources
    }

    package var checkSources: [OutputSource] {
        (outcome?.receipts ?? []).enumerated()
            .flatMap { index, receipt in
                OutputSource.ErrorOutput.allCases.map {
                    .check(iteration: number, attempt: attempt, index: index, log: receipt.logPath, $0)
                }
            }
    }

    fileprivate func isDecided(in facts: TaskFacts) -> Bool {
        endedAt != nil && (facts.isOver || facts.judging != number)
    }
}
