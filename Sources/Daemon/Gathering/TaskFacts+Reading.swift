import Domain
import Journal
import Processes
import Runner

/// What can be known of a task now.
enum TaskReading: Sendable {
    case facts(TaskFacts)
    /// It changes too fast to be seen.
    case changing
    /// Nothing of it can be had any more, for this reason: a clause.
    case lost(String, isGone: Bool)
}

/// Output that is there and cannot be read.
struct UnreadableOutput: Error, CustomStringConvertible {
    var source: OutputSource
    var cause: String
    /// The error of the system; `nil` where what is there is damaged.
    var code: CInt?

    init(_ source: OutputSource, _ error: any Error) {
        self.source = source
        cause = "\(error)"
        switch error {
        case let failure as PlainFile.Failure: code = failure.code
        case ProcessError.systemCallFailed(_, _, let code): self.code = code
        default: break
        }
    }

    var description: String { "The output '\(source.name)' cannot be read: \(cause)" }
}

extension TaskJournal {
    /// The task; `nil` also where what is written of it cannot be read any more.
    func readable(_ task: TaskID) async throws -> TaskRecord? {
        do {
            return try await self.task(task)
        } catch JournalError.damagedRow {
            return nil
        }
    }
}

/// Reads what is known of a task from the tasks' journal and its files.
struct TaskReader: Sendable {
    let journal: any TaskJournal
    let state: StateDirectory

    /// As it stood at one moment.
    func facts(of held: HeldTask) async throws -> TaskReading {
        do {
            return try await readableFacts(of: held)
        } catch JournalError.damagedRow(_, let message) {
            return .lost("its record on the daemon's machine is damaged: \(message)", isGone: false)
        }
    }

    private func readableFacts(of held: HeldTask) async throws -> TaskReading {
        for _ in 0..<5 {
            guard let before = try await journal.task(held.task) else {
                return .lost("its record on the daemon's machine is gone", isGone: true)
            }
            var facts = TaskFacts(before, attempt: held.attempt)
            facts.iterations = try await journal.iterations(of: held.task)
            facts.checkpoints = try await journal.checkpoints(of: held.task)
            facts.questions = try await journal.questions(of: held.task)
            facts.events = try await journal.events(of: held.task)
            // The iterations may be older than the task, and not be judged as the task says.
            guard try await journal.task(held.task) == before else { continue }
            facts.isOver = held.phase == .ended
            facts.judging = before.iterationBeingJudged
            return .facts(facts)
        }
        return .changing
    }

    /// Looks how much output there is of what was not told yet, but for what is passed over.
    func measure(_ facts: inout TaskFacts, after progress: GatherProgress) throws(UnreadableOutput) {
        for record in facts.iterations where !progress.derived.contains(GatherPlan.key(of: record)) {
            for source in sources(of: record) { try measure(source, &facts, progress) }
        }
        facts.setups = []
        for run in 1..<facts.task.runs + 1 where try hasEndedSetup(run, of: facts.task.id, progress) {
            facts.setups.append(run)
            for stream in OutputSource.ErrorOutput.allCases {
                try measure(.setup(run: run, stream), &facts, progress)
            }
        }
    }

    private func measure(
        _ source: OutputSource,
        _ facts: inout TaskFacts,
        _ progress: GatherProgress
    ) throws(UnreadableOutput) {
        guard !progress.derived.contains(GatherPlan.key(ofUnreadable: source)) else { return }
        do {
            if let size = try PlainFile.size(path(of: source, facts.task.id)) { facts.sizes[source] = size }
        } catch { throw UnreadableOutput(source, error) }
    }

    private func hasEndedSetup(
        _ run: Int,
        of task: TaskID,
        _ progress: GatherProgress
    ) throws(UnreadableOutput) -> Bool {
        let source = OutputSource.setup(run: run, .no)
        guard !progress.derived.contains(GatherPlan.key(ofUnreadable: source)) else { return false }
        let spool = Spool("\(state.task(task).run(run))/setup")
        do {
            guard try PlainFile.size(spool.recordPath) != nil, case .ended = try spool.state() else { return false }
            return true
        } catch { throw UnreadableOutput(source, error) }
    }

    /// What of a file of output there is between two places.
    func read(_ source: OutputSource, of task: TaskID, _ range: Range<Int>) throws(UnreadableOutput) -> [UInt8] {
        do {
            return try PlainFile.read(path(of: source, task), range)
        } catch { throw UnreadableOutput(source, error) }
    }

    private func sources(of record: IterationRecord) -> [OutputSource] {
        let (number, attempt, run) = (record.number, record.attempt, record.run)
        return OutputSource.ErrorOutput.allCases
            .map { .agent(iteration: number, attempt: attempt, run: run, $0) } + record.checkSources
    }

    func path(of source: OutputSource, _ task: TaskID) -> String {
        let directory = state.task(task)
        switch source {
        case .agent(let iteration, let attempt, let run, let stream):
            return "\(directory.iteration(iteration, attempt: attempt, run: run))/\(stream.rawValue)"
        case .check(_, _, _, let log, let stream):
            let slash = log.lastIndex(of: "/") ?? log.startIndex
            return "\(log[..<slash])/\(stream.rawValue)"
        case .setup(let run, let stream): return "\(directory.run(run))/setup/\(stream.rawValue)"
        }
    }
}

extension TaskFacts {
    /// Where a file's first byte is in the stream that the server has: two files make one of a check's and a setup command's
    /// output.
    func start(of source: OutputSource) -> Int {
        func size(_ source: OutputSource) -> Int { sizes[source] ?? 0 }
        switch source {
        case .agent, .check(_, _, _, _, .no): return 0
        case .check(let iteration, let attempt, let index, let log, .yes):
            return size(.check(iteration: iteration, attempt: attempt, index: index, log: log, .no))
        case .setup(let run, let stream):
            let earlier = setups.filter { $0 < run }
                .flatMap { [OutputSource.setup(run: $0, .no), .setup(run: $0, .yes)] }
            return earlier.map(size).reduce(stream == .yes ? size(.setup(run: run, .no)) : 0, +)
        }
    }

    /// Whether nothing is added to a file any more.
    func isComplete(_ source: OutputSource) -> Bool {
        switch source {
        case .check, .setup: true
        case .agent(let iteration, let attempt, _, _):
            iterations.first { $0.number == iteration && $0.attempt == attempt }?.endedAt != nil
        }
    }
}
