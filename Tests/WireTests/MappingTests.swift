import Domain
import Testing

@testable import Wire

struct MappingTests {
    /// What stays of a record on its way through a frame.
    private func sent<Message: WireMessage>(_ message: Message) throws -> Message {
        let json = try JSONParser.parse(Frame.encode(message))
        return try FieldReader.read(json)
    }

    private func surroundings(_ spec: TaskSpec) -> TaskSurroundings {
        var surroundings = TaskSurroundings(repositoryPath: spec.repository.path, base: spec.repository.base)
        surroundings.limits.ceiling = spec.limits.ceiling
        return surroundings
    }

    @Test func aTaskArrivesAsItWasMade() throws {
        let spec = try Sample.fullSpec()
        let spawn = try sent(SpawnTask(spec, command: "c-1", attempt: 3))
        #expect(try spawn.spec(in: surroundings(spec)) == spec)
        #expect(spawn.head == CommandHead("c-1", task: spec.id, attempt: 3))
    }

    @Test func aTaskForReviewArrivesAsItWasMade() throws {
        var spec = try Sample.fullSpec()
        spec.completion = .pullRequest
        var forge = ForgeSpec()
        forge.remote = "upstream"
        forge.isDraft = true
        forge.rounds = 3
        forge.patience = .seconds(60)
        forge.interval = .seconds(5)
        forge.hearsBots = true
        spec.forge = forge
        #expect(try sent(SpawnTask(spec, command: "c-1", attempt: 1)).spec(in: surroundings(spec)) == spec)
        // What a task does not say is as the daemon's machine has it.
        spec.forge = nil
        var here = surroundings(spec)
        here.forge = forge
        #expect(try sent(SpawnTask(spec, command: "c-1", attempt: 1)).spec(in: here).forge == forge)
    }

    @Test func aPlainTaskArrivesAsItWasMade() throws {
        let spec = TaskSpec(
            id: try Sample.id(),
            name: "x",
            plan: "x",
            repository: RepositorySpec(path: "/srv/project", base: nil),
            agent: AgentConfiguration(name: "claude", kind: .claude, command: ["claude"])
        )
        let spawn = try sent(SpawnTask(spec, command: "c-1", attempt: 1))
        #expect(try spawn.spec(in: surroundings(spec)) == spec)
    }

    @Test func theSmallestTaskIsRunAsTheDaemonIsConfigured() throws {
        let golden = try Golden.named("ToDaemon-spawnTask-minimal")
        guard case .spawnTask(let spawn) = try Frame.decode(golden.bytes, as: ToDaemon.self) else {
            Issue.record("it is none")
            return
        }
        var here = TaskSurroundings(repositoryPath: "/cache/project.git", base: Sample.commit)
        #expect(throws: WireError.field(path: "agent.name", .inconsistent(.agentUnknown))) { try spawn.spec(in: here) }
        var claude = Sample.agent("claude", .claude)
        claude.environment = ["API_KEY": "secret"]
        here.agents = ["claude": claude]
        here.limits = LoopLimits(maxIterations: 9, ceiling: 8, noChangeThreshold: 2, sameErrorThreshold: 2)
        here.timeouts.check = .seconds(5)
        here.sandbox.mode = .required
        let spec = try spawn.spec(in: here)
        #expect(spec.agent == claude)
        #expect(spec.limits == LoopLimits(maxIterations: 8, ceiling: 8, noChangeThreshold: 2, sameErrorThreshold: 2))
        #expect(spec.timeouts == here.timeouts && spec.sandbox == here.sandbox)
        #expect(spec.repository == RepositorySpec(path: "/cache/project.git", base: Sample.commit))
        #expect(spec.permissionMode == .full && spec.waits && spec.completion == .branch)
    }

    @Test func aStrangerNamesAnAgentAndChangesNothingOfItsProgram() throws {
        var known = AgentConfiguration(name: "a", kind: .command, command: ["/bin/a", "-x"], arguments: ["-y"])
        known.environment = ["API_KEY": "secret"]
        known.passEnvironment = ["LANG"]
        var wire = WireAgent(known)
        wire.model = "large"
        var named = WireAgent()
        named.name = "a"
        for asked in [wire, named] {
            let agent = try asked.configuration(over: known, trust: .stranger)
            #expect(agent.command == known.command && agent.environment == known.environment)
            #expect(agent.arguments == ["-y"] && agent.passEnvironment == ["LANG"] && agent.model == asked.model)
        }
        let changes: [(String, (inout WireAgent) -> Void)] = [
            ("kind", { $0.kind = .claude }), ("command", { $0.command = ["/bin/sh", "-c", "env"] }),
            ("command", { $0.command = [] }), ("arguments", { $0.arguments = ["-y", "-z"] }),
            ("arguments", { $0.arguments = [] }), ("passEnvironment", { $0.passEnvironment = ["LANG", "HOME"] }),
        ]
        for (field, change) in changes {
            var asked = wire
            change(&asked)
            #expect(throws: WireError.field(path: field, .inconsistent(.agentNotAsConfigured))) {
                try asked.configuration(over: known, trust: .stranger)
            }
        }
        #expect(throws: WireError.field(path: "name", .inconsistent(.agentUnknown))) {
            try wire.configuration(over: nil, trust: .stranger)
        }
    }

    @Test func anOwnersAgentIsAsTheySayAndVariablesAreOfTheConfiguredProgram() throws {
        var known = AgentConfiguration(name: "a", kind: .command, command: ["/bin/a"])
        known.environment = ["API_KEY": "secret"]
        var asked = WireAgent(known)
        asked.arguments = ["-z"]
        #expect(try asked.configuration(over: known, trust: .owner).environment == known.environment)
        #expect(try asked.configuration(over: known, trust: .owner).arguments == ["-z"])
        asked.command = ["/bin/sh", "-c", "env"]
        let other = try asked.configuration(over: known, trust: .owner)
        #expect(other.command == asked.command && other.environment.isEmpty)
        #expect(try asked.configuration(over: nil, trust: .owner).command == asked.command)
    }

    @Test func noTaskIsAllowedMoreThanTheCeilingAndWithoutLoopOne() throws {
        let spec = try Sample.fullSpec()
        var spawn = SpawnTask(spec, command: "c-1", attempt: 1)
        spawn.maxIterations = 51
        #expect(try spawn.spec(in: surroundings(spec)).limits.maxIterations == 50)
        spawn.autonomousLoop = false
        #expect(try spawn.spec(in: surroundings(spec)).limits.maxIterations == 1)
    }

    @Test func valuesOfVariablesAreNeverSent() throws {
        var spec = try Sample.fullSpec()
        spec.agent.environment = ["API_KEY": "sesame-open"]
        let frame = String(decoding: try Frame.encode(SpawnTask(spec, command: "c-1", attempt: 1)), as: UTF8.self)
        #expect(!frame.contains("sesame") && !frame.contains("API_KEY"))
    }

    @Test func whereATaskStandsArrives() throws {
        let task = try Sample.record(nil)
        var spawn = SpawnTask(task.spec, command: "c-1", attempt: 2)
        spawn.standing = WireStanding(task, checkpoint: 3)
        var fresh = TaskRecord(spec: task.spec, createdAt: task.createdAt)
        fresh.status = .running
        try #require(try sent(spawn).standing).apply(to: &fresh)
        #expect(fresh == task)
    }

    @Test(arguments: Sample.reasons)
    func aReasonArrivesAsItIs(_ reason: Reason) throws {
        let task = try Sample.record(reason)
        if reason.status.endsAttempt {
            let report = try #require(
                TaskComplete(try Sample.stamp(), task, checkpoint: Sample.checkpoint(3), at: Sample.time)
            )
            let complete = try sent(report)
            #expect(complete.reason.reason(of: complete.status) == reason)
            #expect(complete.reason.code == reason.code && complete.status == reason.status)
            #expect(complete.proof == task.proof)
        } else {
            let change = try sent(StatusChange(try Sample.stamp(), task, at: Sample.time))
            #expect(change.reason?.reason(of: change.status) == reason)
        }
    }

    @Test(arguments: Sample.reasons)
    func aReasonWithoutItsDataIsStillOneForPeople(_ reason: Reason) throws {
        var bare = WireReason()
        bare.code = reason.code
        bare.message = "Something."
        // Some need no data; none makes anything up.
        if let read = bare.reason(of: reason.status) { #expect(read.code == reason.code) }
        bare.code = "of_a_later_version"
        #expect(bare.reason(of: reason.status) == nil || reason.status == .iterationLimitReached)
    }

    @Test(arguments: [
        IterationEnd.ok, .incomplete, .agentError(message: "a"), .usageLimit(resetsAt: Sample.time),
        .usageLimit(resetsAt: nil),
        .rateLimited(retryAfter: .milliseconds(1500)), .rateLimited(retryAfter: nil), .overloaded,
        .network(message: "b"),
        .authentication(message: "c"), .billing(message: "d"), .contextOverflow, .unusableSession,
        .launchFailure(message: "e"), .silentLaunchFailure(message: "f"), .permissionDenied(what: "g"),
        .question(text: "h"),
        .permissionAsked(question: 4, what: "i"), .timeout(.iteration), .timeout(.firstOutput), .timeout(.toolCall),
        .timeout(.timeBudget), .stall, .killed(signal: 9),
    ])
    func anEndOfAnIterationArrivesAsItIs(_ end: IterationEnd) throws {
        let record = Sample.iteration(AgentOutcome(end: end, finalMessage: "Done.", usage: Usage(tokens: 5)))
        let report = IterationEnded.fitting(try Sample.stamp(), record, task: try Sample.record(nil), checkpoint: 3)
        let read = try sent(report)
        #expect(read.end.end == end)
        #expect(read == report)
        #expect(read.usage.usage == Usage(tokens: 5))
    }

    @Test(arguments: [
        GateReading.missing, .malformed(.unterminated), .malformed(.readyMissing), .malformed(.readyUnclear("maybe")),
        .malformed(.readyContradictory), .malformed(.invalidJSON),
        .stated(CompletionGate(ready: true, reason: "a", progress: "b", blockers: ["c"])),
        .stated(CompletionGate(ready: false)),
    ])
    func aGateArrivesAsItIs(_ gate: GateReading) {
        let wire = WireGate(gate)
        #expect(wire.gateReading == gate)
        #expect(wire.ready == gate.isReady)
    }

    @Test(arguments: [
        CheckVerdict.passed, .failed(exitCode: 2), .failed(exitCode: -1), .notEvaluated(.commandNotFound),
        .notEvaluated(.programHidden(program: "cargo", paths: ["/a", "/b"])), .notEvaluated(.notExecutable),
        .notEvaluated(.timedOut(after: .seconds(9))), .notEvaluated(.killed(signal: 9)),
        .notEvaluated(.notStarted(message: "m")), .notEvaluated(.stopped),
    ])
    func aReceiptArrivesAsItIs(_ verdict: CheckVerdict) throws {
        let receipt = Sample.receipt(verdict)
        var event = TaskEventReport()
        event.stamp = try Sample.stamp()
        event.event = "check_ended"
        event.receipt = WireReceipt(receipt)
        #expect(try sent(event).receipt?.receipt == receipt)
    }

    @Test func aCheckpointAWaitAndAQuestionArriveAsTheyAre() throws {
        let checkpoint = try #require(Sample.checkpoint(4))
        #expect(WireCheckpoint(checkpoint).checkpoint == checkpoint)
        var wait = TaskWait(
            .network,
            from: Sample.time,
            until: Sample.time + .seconds(5),
            stated: Sample.time,
            attempt: 2
        )
        wait.agent = "codex"
        #expect(WireWait(wait.with(.probes)).wait == wait.with(.probes))
        let asked = AskedQuestion(text: "?", options: ["a", "b"], fallback: "a")
        var question = TaskQuestion(number: 4, asked: asked, iteration: 2, askedAt: Sample.time)
        #expect(try sent(QuestionReport(Sample.stamp(), question)).taskQuestion == question)
        question.permission = PermissionRequest(tool: "Bash", kind: .other, subject: "ls", input: "{}")
        question.answer = TaskQuestion.Answer("no", from: .nobody, at: Sample.time)
        #expect(try sent(QuestionReport(Sample.stamp(), question)).taskQuestion == question)
    }

    @Test func everyEventOfAnAgentCanBeSent() throws {
        let request = PermissionRequest(tool: "Bash", kind: .other, subject: "ls")
        let events: [AgentEvent] = [
            .session(id: "s", model: nil), .text("a\u{0}b"), .toolCallBegan(id: "1", name: "Bash", summary: "ls"),
            .toolCallEnded(id: "1", isError: true), .usage(Usage(cost: USD(microdollars: .max), tokens: .max)),
            .retrying(attempt: -1, of: .max, cause: .overloaded),
            .rateLimit(rejected: true, resetsAt: Timestamp(millisecondsSince1970: .max)),
            .permissionDenied(tool: "Bash", message: "no"), .permissionAsked(id: "2", request),
            .permissionWithdrawn(id: "2"),
            .messageTaken(number: 3), .result(AgentResult(finalMessage: "x", failure: .stall)),
            .oversizedLine(bytes: 5),
        ]
        for event in events {
            let report = TaskEventReport(try Sample.stamp(), event, iteration: 1, at: Sample.time)
            #expect(try sent(report) == report)
        }
    }
}
