import Domain
import TestSupport

/// Values for the journal's tests.
enum Sample {
    static let then = Timestamp(millisecondsSince1970: 1_772_373_909_123)

    static func id(_ seed: UInt64 = 1) -> TaskID {
        var random = SeededGenerator(seed: seed)
        return TaskID(using: &random)
    }

    static func task(_ seed: UInt64 = 1, at time: Timestamp = then) -> TaskRecord {
        let spec = TaskSpec(
            id: id(seed),
            name: "a \"name\"\0\u{1B}[31m",
            plan: "Do it.\n☃ 😀 \\u0000 '; DROP TABLE task; --",
            repository: RepositorySpec(path: "/srv/a repository", base: commit, copyFiles: [".env"]),
            budgets: Budgets(maxCost: USD(microdollars: .max), maxDuration: .milliseconds(1)),
            checks: [CheckDefinition(name: "unit", command: "make test", timeout: .seconds(90), clean: true)],
            agent: AgentConfiguration(name: "a", kind: .claude, command: ["claude"])
        )
        return TaskRecord(spec: spec, createdAt: time)
    }

    static func iteration(_ number: Int, attempt: Int = 1) -> IterationRecord {
        IterationRecord(number: number, attempt: attempt, run: 1, startedAt: then)
    }

    static func ended(_ number: Int, attempt: Int = 1) -> IterationRecord {
        var record = iteration(number, attempt: attempt)
        record.endedAt = then + .seconds(1)
        record.outcome = outcome()
        return record
    }

    static func outcome(
        end: IterationEnd = .ok,
        gate: GateReading = .stated(CompletionGate(ready: true, blockers: [])),
        verdict: CheckVerdict = .passed
    ) -> IterationOutcome {
        let receipt = CheckReceipt(
            check: CheckDefinition(name: "unit", command: "make"),
            verdict: verdict,
            iteration: 1,
            duration: .nanoseconds(1),
            tree: tree,
            base: commit,
            outputTail: "ok\n",
            logPath: "/log"
        )
        return IterationOutcome(
            agent: AgentOutcome(end: end, finalMessage: "done", usage: Usage(cost: .zero, tokens: 5)),
            gate: gate,
            checkpoint: checkpoint(3),
            receipts: [receipt],
            counted: true
        )
    }

    static func checkpoint(_ number: Int) -> Checkpoint {
        Checkpoint(
            number: number,
            commit: commit,
            tree: tree,
            cause: .iterationEnded,
            iteration: 1,
            agentHead: nil,
            takenAt: then,
            change: ChangeSize(files: 1, insertions: 2, deletions: 3)
        )
    }

    static var commit: CommitID { required(CommitID(rawValue: String(repeating: "c", count: 40))) }
    static var tree: TreeID { required(TreeID(rawValue: String(repeating: "7", count: 64))) }

    private static func required<Value>(_ value: Value?) -> Value {
        guard let value else { preconditionFailure("The sample is not valid.") }
        return value
    }
}

extension TaskRecord {
    /// The task as it is when it has gone on to `status`.
    func with(_ status: TaskStatus, _ reason: Reason? = nil, iterations: Int = 0) -> TaskRecord {
        var changed = self
        changed.status = status
        changed.reason = reason
        changed.iterations = iterations
        changed.updatedAt = updatedAt + .seconds(1)
        return changed
    }
}
