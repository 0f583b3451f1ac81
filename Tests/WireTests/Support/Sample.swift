import Domain
import Testing

@testable import Wire

/// Values that several tests use.
enum Sample {
    static let time = Timestamp(millisecondsSince1970: 1_772_000_000_123)

    static func id() throws -> TaskID { try #require(TaskID(rawValue: "k7m2q9xw4t")) }

    static func stamp() throws -> Stamp { Stamp(number: 41, task: try id(), attempt: 2, sequence: 7) }

    /// A task with every choice made.
    static func fullSpec() throws -> TaskSpec {
        var repository = RepositorySpec(path: "/srv/project", base: commit, baseBranch: "main", targetBranch: "release")
        repository.includeChanges = true
        repository.copyFiles = [".env"]
        repository.setupCommand = "make deps"
        var check = CheckDefinition(name: "unit", command: "make test", timeout: .seconds(60), clean: true)
        check.network = NetworkMode.none
        var spec = TaskSpec(
            id: try id(),
            name: "Make it",
            plan: "Make it.\nAll of it.",
            repository: repository,
            limits: LoopLimits(maxIterations: 12, ceiling: 50, noChangeThreshold: 4, sameErrorThreshold: 6),
            budgets: Budgets(maxCost: USD(microdollars: 5), maxTokens: 0, maxDuration: .seconds(7)),
            timeouts: Timeouts(
                iteration: .seconds(1),
                stall: .seconds(2),
                firstOutput: .seconds(3),
                toolCall: .seconds(4)
            ),
            checks: [check, CheckDefinition(name: "make lint", command: "make lint")],
            protected: ["Tests/**"],
            agent: agent("claude", .claude),
            context: .fresh,
            completion: .merge,
            sandbox: sandbox,
            waits: false
        )
        spec.timeouts.orphan = .seconds(6)
        spec.rotation = ContextRotation(fill: 70, resumes: 3)
        spec.onStall = .otherAgent
        spec.otherAgent = agent("other", .acp)
        spec.choices = [agent("claude", .claude), agent("second", .codex)]
        spec.questions = QuestionPolicy(deadline: .seconds(60), fallback: "no")
        spec.questions?.patience = .seconds(5)
        spec.permissions = .ask
        spec.prompts = PromptTexts(first: "{{plan}}", continued: "on")
        spec.redactedVariables = ["HOST"]
        return spec
    }

    static func agent(_ name: String, _ kind: AgentKind) -> AgentConfiguration {
        var agent = AgentConfiguration(
            name: name,
            kind: kind,
            command: ["/opt/\(name)", "--fast"],
            model: "large",
            passEnvironment: ["LANG"],
            arguments: ["-v"],
            pricePerMillionTokens: USD(microdollars: 2_000_000)
        )
        agent.prices = ["large": TokenPrices(input: USD(microdollars: 1), output: USD(microdollars: 2))]
        agent.fallBackTo = ["second"]
        return agent
    }

    private static var sandbox: SandboxSpec {
        var sandbox = SandboxSpec(mode: .required, read: ["/opt"], write: ["/var/cache/x"])
        sandbox.nested = true
        sandbox.ptrace = true
        sandbox.network = .allowlist
        sandbox.allowHosts = ["example.com"]
        sandbox.maxUploadMiB = 7
        sandbox.limits.processes = 1
        sandbox.limits.memoryMiB = 2
        sandbox.limits.cpus = 1.5
        sandbox.limits.openFiles = 4
        sandbox.limits.fileMiB = 5
        sandbox.limits.diskMiB = 6
        return sandbox
    }

    static func record(_ reason: Reason?) throws -> TaskRecord {
        var task = TaskRecord(spec: try fullSpec(), createdAt: time)
        task.status = reason?.status ?? .running
        task.reason = reason
        task.iterations = 3
        task.runs = 2
        task.usage = Usage(cost: USD(microdollars: 420_000), tokens: 12_345, unpricedTokens: 7)
        task.activeTime = .seconds(310)
        task.sessionID = "s-1"
        task.loopMemory = "{}"
        task.acceptedTree = tree
        return task
    }

    static func iteration(_ agent: AgentOutcome, gate: GateReading = .missing, receipts: [CheckReceipt] = [])
        -> IterationRecord
    {
        var record = IterationRecord(number: 3, attempt: 1, run: 2, startedAt: time)
        record.endedAt = time + .seconds(75)
        record.outcome = IterationOutcome(agent: agent, gate: gate, checkpoint: nil, receipts: receipts, counted: true)
        return record
    }

    static func checkpoint(_ number: Int) -> Checkpoint? {
        guard let commit, let tree else { return nil }
        return Checkpoint(
            number: number,
            commit: commit,
            tree: tree,
            cause: .heartbeat,
            iteration: number,
            agentHead: commit,
            takenAt: time,
            change: ChangeSize(files: 2, insertions: 12, deletions: 3)
        )
    }

    static func receipt(_ verdict: CheckVerdict) -> CheckReceipt {
        var receipt = CheckReceipt(
            check: CheckDefinition(name: "make test", command: "make test"),
            verdict: verdict,
            iteration: 2,
            duration: .milliseconds(1500),
            tree: knownTree,
            base: knownCommit,
            outputTail: "3 is not 4\n",
            logPath: "/state/log"
        )
        receipt.limitHits = LimitHits(refused: 1, processes: 64)
        return receipt
    }

    static let commit = CommitID(rawValue: String(repeating: "a1", count: 20))
    static let tree = TreeID(rawValue: String(repeating: "b2", count: 20))

    /// The samples are spelled above; a wrong one is a mistake of the test.
    private static var knownCommit: CommitID {
        guard let commit else { preconditionFailure("the sample commit is malformed") }
        return commit
    }

    private static var knownTree: TreeID {
        guard let tree else { preconditionFailure("the sample tree is malformed") }
        return tree
    }

    /// Everything that may keep work from being merged.
    private static let forgeReasons: [Reason] = ForgeObstacle.Kind.allCases.map {
        .blocked(.forge(ForgeObstacle($0, remote: "origin", branch: "makima/sum-k7m2q9", detail: "it said no")))
    }

    private static let obstacles: [MergeObstacle] = [
        .conflict(paths: ["Sum.swift"]), .checkoutDirty(paths: ["Sum.swift"]),
        .checksFailed([receipt(.failed(exitCode: 1))]), .filtered(paths: ["Logo.png"]), .branchMoved,
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
            .stalled(.sameError(signature: "error", iterations: 5, blockers: [])),
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
            .blocked(
                .environment(
                    .setupCommandFailed(
                        command: "make deps",
                        exitCode: -1,
                        outputTail: "",
                        limitHits: LimitHits(killed: 1, memoryMiB: 512)
                    )
                )
            ),
            .blocked(.environment(.agentLaunch(agent: "claude", message: "no such program", attempts: 1))),
            .blocked(.environment(.agentLaunch(agent: "claude", message: "It printed nothing.", attempts: 3))),
            .blocked(.environment(.diskFull(path: "/state"))),
            .blocked(.environment(.diskLow(path: "/state", .space(freeMiB: 300, reserveMiB: 1024)))),
            .blocked(.environment(.diskLow(path: "/state", .inodes(free: 12, reserve: 1000)))),
            .blocked(.environment(.diskLimit(used: 2100, limit: 2048))),
            .blocked(
                .environment(.repositoryUnusable(path: "/srv/project", detail: "there is nothing at this path"))
            ),
            .blocked(.environment(.gitFailed(operation: "import checkpoints", detail: "it was killed (signal 9)"))),
            .blocked(.environment(.repositoryLocked(path: "/srv/project/.git/packed-refs.lock"))),
            .blocked(.environment(.objectsMissing(count: 3, command: "git fetch --refetch --no-filter"))),
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
