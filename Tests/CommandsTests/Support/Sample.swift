import Domain
import Runner
import Testing

@testable import Commands

/// Values that several tests use.
enum Sample {
    static let time = Timestamp(millisecondsSince1970: 1_772_000_000_000)
    static let id = TaskID(rawValue: "k7m2q9xw4t")
    static let base = CommitID(rawValue: String(repeating: "a1", count: 20))
    static let tree = TreeID(rawValue: String(repeating: "b2", count: 20))

    static var settings: Settings {
        var tasks = TaskDefaults()
        tasks.agents = [
            AgentConfiguration(name: "claude", kind: .claude, command: ["claude"]),
            AgentConfiguration(name: "script", kind: .script, command: []),
        ]
        tasks.checks = [CheckDefinition(name: "unit", command: "make test")]
        tasks.protected = ["Tests/**"]
        return Settings(
            tasks: tasks,
            shown: [
                ShownSetting(key: "autonomous_loop.hard_limit", value: "50", json: .integer(50), source: nil),
                ShownSetting(
                    key: "checks.unit",
                    value: "make test",
                    json: .string("make test"),
                    source: "/home/me/project/makima.toml"
                ),
            ]
        )
    }

    static func spec() throws -> TaskSpec {
        TaskSpec(
            id: try #require(id),
            name: "Make the tests pass",
            plan: "Make the tests pass.\nAll of them.",
            repository: RepositorySpec(path: "/home/me/project", base: base, baseBranch: "main"),
            budgets: Budgets(maxCost: USD(microdollars: 5_000_000)),
            checks: [CheckDefinition(name: "make test", command: "make test")],
            agent: AgentConfiguration(name: "claude", kind: .claude, command: ["claude"])
        )
    }

    static func task(_ reason: Reason? = nil, iterations: Int = 3) throws -> TaskRecord {
        var task = TaskRecord(spec: try spec(), createdAt: time)
        task.status = reason?.status ?? .running
        task.reason = reason
        task.iterations = iterations
        task.runs = 1
        task.usage = Usage(cost: USD(microdollars: 420_000), tokens: 12_345)
        task.activeTime = .seconds(310)
        task.updatedAt = time + .seconds(600)
        return task
    }

    static func dossier(_ task: TaskRecord) -> TaskDossier {
        TaskDossier(
            task: task,
            iterations: [],
            checkpoints: [],
            receipts: [],
            events: [],
            workspacePath: "/state/tasks/\(task.id)/tree",
            callName: task.id.short
        )
    }

    /// A task with two iterations: the check failed after the first, and passed after the second.
    static func fullDossier(_ reason: Reason) throws -> TaskDossier {
        var dossier = dossier(try task(reason, iterations: 2))
        let failed = receipt(.failed(exitCode: 2), iteration: 1)
        let passed = receipt(.passed, iteration: 2)
        dossier.iterations = [
            iteration(1, gate: .stated(CompletionGate(ready: true, reason: "it works")), receipts: [failed]),
            iteration(2, gate: .stated(CompletionGate(ready: true, reason: "now it does")), receipts: [passed]),
        ]
        dossier.checkpoints = [checkpoint(0, cause: .base), checkpoint(1), checkpoint(2)]
        dossier.receipts = [failed, passed]
        dossier.events = [TaskEvent(at: time, status: reason.status, reason: reason, iteration: 2, run: 1)]
        return dossier
    }

    static func iteration(_ number: Int, gate: GateReading, receipts: [CheckReceipt] = []) -> IterationRecord {
        var record = IterationRecord(number: number, attempt: 1, run: 1, startedAt: time)
        record.endedAt = time + .seconds(75)
        record.outcome = IterationOutcome(
            agent: AgentOutcome(
                end: .ok,
                finalMessage: "Done.",
                sessionID: "s-1",
                usage: Usage(cost: USD(microdollars: 210_000), tokens: 6000)
            ),
            gate: gate,
            checkpoint: checkpoint(number),
            receipts: receipts,
            counted: true
        )
        return record
    }

    static func checkpoint(_ number: Int, cause: CheckpointCause = .iterationEnded) -> Checkpoint {
        Checkpoint(
            number: number,
            commit: commit,
            tree: knownTree,
            cause: cause,
            iteration: number,
            agentHead: nil,
            takenAt: time,
            change: ChangeSize(files: 2, insertions: 12, deletions: 3)
        )
    }

    static func receipt(_ verdict: CheckVerdict, iteration: Int) -> CheckReceipt {
        CheckReceipt(
            check: CheckDefinition(name: "make test", command: "make test"),
            verdict: verdict,
            iteration: iteration,
            duration: .milliseconds(1500),
            tree: knownTree,
            base: commit,
            outputTail: verdict.isPassed ? "ok\n" : "test_sum failed: 3 is not 4\n",
            logPath: "/state/log"
        )
    }

    /// The samples are spelled above; a wrong one is a mistake of the test.
    private static var commit: CommitID {
        guard let base else { preconditionFailure("the sample commit is malformed") }
        return base
    }

    private static var knownTree: TreeID {
        guard let tree else { preconditionFailure("the sample tree is malformed") }
        return tree
    }

    /// What a run of two iterations tells, the second one successful.
    static func events() throws -> [RunEvent] {
        let task = try task(iterations: 0)
        let first = iteration(1, gate: .stated(CompletionGate(ready: true, reason: "it works")))
        let second = iteration(2, gate: .stated(CompletionGate(ready: true, reason: "now it does")))
        return [
            .began(task, sandbox: .bubblewrap(version: "0.8.0")),
            .preparing(.workspace(files: 12)),
            .notice(.keysNotPassedOn(["OPENAI_API_KEY"])),
            .iterationBegan(number: 1, limit: 10, attempt: 1),
            .agent(.session(id: "s-1", model: "opus")),
            .agent(.text("I look at the tests first.\nThen I mend them.")),
            .agent(.toolCallBegan(id: "1", name: "Bash", summary: "make test")),
            .agent(.toolCallEnded(id: "1", isError: true)),
            .agent(.toolCallBegan(id: "2", name: "Edit", summary: "Sources/Sum.swift")),
            .agent(.toolCallEnded(id: "2", isError: false)),
            .agent(.usage(Usage(cost: USD(microdollars: 210_000), tokens: 6000))),
            .checkpointTaken(checkpoint(1)),
            .iterationEnded(first, task: task),
            .checkBegan(CheckDefinition(name: "make test", command: "make test"), iteration: 1),
            .checkEnded(receipt(.failed(exitCode: 2), iteration: 1)),
            .iterationBegan(number: 2, limit: 10, attempt: 1),
            .agent(.retrying(attempt: 1, of: 10, cause: .overloaded)),
            .waiting(TaskWait(.rateLimited, from: time, until: time + .seconds(60))),
            .checkpointTaken(checkpoint(2)),
            .iterationEnded(second, task: task),
            .checkBegan(CheckDefinition(name: "make test", command: "make test"), iteration: 2),
            .checkEnded(receipt(.passed, iteration: 2)),
            .preparing(.publishing(.branch)),
            .finished(try self.task(.completed(.verified), iterations: 2)),
        ]
    }

    /// Everything that may keep work from being merged.
    private static let forgeReasons: [Reason] = ForgeObstacle.Kind.allCases.map {
        .blocked(.forge(ForgeObstacle($0, remote: "origin", branch: "makima/sum-k7m2q9", detail: "it said no")))
    }

    private static let obstacles: [MergeObstacle] = [
        .conflict(paths: ["Sum.swift"]), .checkoutDirty(paths: ["Sum.swift"]),
        .checksFailed([receipt(.failed(exitCode: 1), iteration: 2)]), .filtered(paths: ["Logo.png"]), .branchMoved,
        .branchMissing,
    ]

    /// Every reason there is, at least once for each cause.
    static let reasons: [Reason] =
        [
            .completed(.verified), .completed(.unverified), .completed(.empty),
            .iterationLimit(used: 10, limit: 10, ceiling: 50),
            .budget(.cost(spent: USD(microdollars: 6_000_000), limit: USD(microdollars: 5_000_000))),
            .budget(
                .costEstimate(
                    known: USD(microdollars: 3_000_000),
                    estimate: USD(microdollars: 6_000_000),
                    limit: USD(microdollars: 5_000_000)
                )
            ),
            .budget(.costUnknown(known: USD(microdollars: 3_000_000), limit: USD(microdollars: 5_000_000))),
            .budget(.tokensUnknown(known: 700, limit: 1000)),
            .budget(.tokens(spent: 1200, limit: 1000)), .budget(.time(spent: .seconds(3700), limit: .seconds(3600))),
            .stalled(.noChange(iterations: 3)),
            .stalled(.noChange(iterations: 3, blockers: ["no database", "no key"])),
            .stalled(.sameError(signature: "error: no such module", iterations: 5)),
            .stalled(.oscillation(period: 2)),
            .stalled(
                .checksNotEvaluable(
                    check: CheckDefinition(name: "lint", command: "lint ."),
                    cause: .commandNotFound,
                    times: 3
                )
            ),
            .blocked(.question(text: "Which database?")), .blocked(.permission(what: "Bash(rm -rf /)")),
            .blocked(.permissionAsked(question: 4, what: "Bash: npm install")),
            .blocked(.authentication(agent: "claude", message: "Please run /login")),
            .blocked(.billing(agent: "claude", message: "Credit balance is too low")),
            .blocked(.environment(.sandboxUnavailable(detail: "bwrap is missing"))),
            .blocked(.environment(.limitsUnavailable(detail: "this machine shows no control groups of version 2"))),
            .blocked(.environment(.setupCommandFailed(command: "make deps", exitCode: 2, outputTail: "no network\n"))),
            .blocked(.environment(.agentLaunch(agent: "claude", message: "no such program", attempts: 1))),
            .blocked(.environment(.agentLaunch(agent: "claude", message: "It printed nothing.", attempts: 3))),
            .blocked(.environment(.diskFull(path: "/state"))),
            .blocked(.environment(.diskLow(path: "/state", .space(freeMiB: 300, reserveMiB: 1024)))),
            .blocked(.environment(.diskLow(path: "/state", .inodes(free: 12, reserve: 1000)))),
            .blocked(.environment(.diskLimit(used: 2100, limit: 2048))),
            .blocked(
                .environment(.repositoryUnusable(path: "/home/me/project", detail: "there is nothing at this path"))
            ),
            .blocked(.environment(.objectsMissing(count: 3, command: "git fetch --refetch --no-filter"))),
            .blocked(.environment(.gitFailed(operation: "pin the base", detail: "It was killed (signal 9)."))),
            .blocked(.environment(.repositoryLocked(path: "/home/me/project/.git/packed-refs.lock"))),
            .blocked(.environment(.variablesMissing([MissingVariable(agent: "claude", name: "API_KEY")]))),
            .blocked(.workspaceBroken(detail: "its files are gone")),
            .blocked(.protectedPaths(["Tests/SumTests.swift"])),
        ] + obstacles.map { .blocked(.mergeConflict(branch: "main", $0)) } + forgeReasons + [
            .waiting(.usageLimit, until: time), .waiting(.network, until: nil), .paused, .interrupted(.person),
            .interrupted(.ownerDied),
            .failed(.agentUnavailable(.overloaded, attempts: 10)), .failed(.sessionUnusable(attempts: 3)),
            .failed(.internalError(message: "the journal is read-only")),
        ]
}
