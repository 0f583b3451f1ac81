import Domain
import LoopCore
import Testing

@testable import Runner

/// Which conversation the agent's program is started with, and what it is told, from the first start to the last.
struct ConversationTests {
    @Test func aConversationGoesOnOverIterations() async throws {
        let bench = try await RunBench()
        bench.turn(1, #"begin a; work; say a "$unready""#)
        bench.turn(2, #"begin a; work; say a "$ready""#)
        let task = try await bench.run(bench.spec())
        #expect(task.reason == .completed(.unverified))
        #expect(try bench.session(1) == nil)
        #expect(try bench.session(2) == "a")
        #expect(try !bench.prompt(2).contains("Write a parser."))
    }

    @Test func withFreshContextEachIterationIsANewConversationThatTakesOver() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"begin s$number; work; say s$number "$unready""#)
        bench.turn(3, #"begin s3; work; say s3 "$ready""#)
        let task = try await bench.run(bench.spec { $0.context = .fresh })
        #expect(task.reason == .completed(.unverified))
        #expect(task.iterations == 3)
        for number in 1...3 { #expect(try bench.session(number) == nil) }
        #expect(try bench.prompt(1).hasPrefix("Write a parser."))
        #expect(try !bench.prompt(1).contains("Earlier iterations"))
        for number in 2...3 {
            let prompt = try bench.prompt(number)
            #expect(prompt.hasPrefix("Write a parser."))
            #expect(prompt.contains("Earlier iterations"))
            #expect(prompt.contains("iteration \(number) of at most 10"))
            #expect(prompt.contains("Every iteration has a conversation of its own."))
            #expect(prompt.contains("Progress: step \(number - 1)"))
        }
        let sessions = try await bench.iterations(of: task).compactMap(\.outcome?.agent.sessionID)
        #expect(sessions == ["s1", "s2", "s3"])
    }

    @Test func aFullConversationIsRenewed() async throws {
        let bench = try await RunBench()
        bench.turn(1, #"begin a; fill a 850; work; say a "$unready""#)
        bench.turn(2, #"begin b; fill b 100; work; say b "$unready""#)
        bench.turn(3, #"begin b; work; say b "$ready""#)
        let witness = Witness()
        let spec = bench.spec { $0.rotation = ContextRotation() }
        let task = try await bench.run(spec, observer: witness)
        #expect(task.reason == .completed(.unverified))
        #expect(try bench.session(2) == nil)
        #expect(try bench.prompt(2).contains("had filled 85 % of what the model can take"))
        #expect(try bench.session(3) == "b")
        #expect(witness.notices == [.sessionRenewed(.contextFull(percent: 85))])
        let first = try #require(try await bench.iterations(of: task).first?.outcome)
        #expect(first.agent.context == ContextFill(tokens: 850, window: 1000))
    }

    @Test func aConversationThatTheAgentDoesNotKeepIsNotGoneOnWith() async throws {
        let bench = try await RunBench()
        bench.turn(1, #"begin a; work; rm "$kept/a.jsonl"; say a "$unready""#)
        bench.turn(2, #"begin b; work; say b "$unready""#)
        bench.turn(3, #"begin b; work; say b "$ready""#)
        let witness = Witness()
        let task = try await bench.run(bench.spec(), observer: witness)
        #expect(task.reason == .completed(.unverified))
        #expect(try bench.session(2) == nil)
        #expect(try bench.prompt(2).hasPrefix("Write a parser."))
        #expect(try bench.prompt(2).contains("not there any more"))
        #expect(try bench.session(3) == "b")
        #expect(witness.notices == [.sessionRenewed(.lost)])
    }

    /// Such a program is told everything each time, though it names a conversation as Claude Code does.
    @Test func anAgentThatCannotResumeIsNeverTakenToKnowThePlan() async throws {
        let bench = try await RunBench()
        bench.turn(1, #"CLAUDE_CONFIG_DIR=$HOME; kept=$HOME; begin a; work; say a "$unready""#)
        bench.turn(2, #"CLAUDE_CONFIG_DIR=$HOME; kept=$HOME; begin a; work; say a "$ready""#)
        let task = try await bench.run(bench.spec(.command))
        #expect(task.reason == .completed(.unverified))
        #expect(try bench.prompt(2).hasPrefix("Write a parser."))
        #expect(try bench.prompt(2).contains("Progress: step 1"))
    }

    @Test func anotherAgentBeginsAConversationOfItsOwn() async throws {
        let bench = try await RunBench()
        bench.turn(1, #"begin a; work; say a "$unready""#)
        bench.turn(2, #"begin a; work; say a "$ready""#)
        var first = bench.spec { $0.limits.maxIterations = 1 }
        first.limits.ceiling = 50
        let task = try await bench.run(first)
        #expect(task.reason == .iterationLimit(used: 1, limit: 1, ceiling: 50))
        var request = ResumeRequest(maxIterations: 2)
        request.agent = first.agent
        request.agent?.name = "another"
        let done = try await bench.service.resume(task.id, request, observer: Witness(), stops: StopRequests())
        #expect(done.reason == .completed(.unverified))
        #expect(try bench.session(2) == nil)
        #expect(try bench.prompt(2).contains("that of another agent"))
    }

    @Test func theNextPromptTellsOfChecksOfTheLastIterationAlone() throws {
        var judged = Self.outcome(.ok)
        judged.receipts = [try Sample.receipt(.failed(exitCode: 2))]
        #expect(Sample.history(after: [judged, Self.outcome(.ok)]).receipts.isEmpty)
        #expect(Sample.history(after: [judged]).receipts == judged.receipts)
        judged.receipts[0].check.command = "make"
        #expect(Sample.history(after: [judged]).receipts.isEmpty)
    }

    @Test func theTemplatesOfTheTaskMakeItsPrompts() async throws {
        let bench = try await RunBench()
        bench.turn(1, #"begin a; work; say a "$unready""#)
        bench.turn(2, #"begin a; work; say a "$ready""#)
        let texts = PromptTexts(first: "Do: {{plan}} {{gate}}", continued: "On, {{iteration}}/{{limit}}. {{gate}}")
        let task = try await bench.run(bench.spec { $0.prompts = texts })
        #expect(task.reason == .completed(.unverified))
        #expect(try bench.prompt(1).hasPrefix("Do: Write a parser. At the end of your work call the tool"))
        #expect(try bench.prompt(2).hasPrefix("On, 2/10. At the end of your work call the tool"))
    }

    @Test(arguments: [
        (true, false, InterruptCause.person), (true, true, .ownerDied), (nil, false, nil), (nil, true, .ownerDied),
    ])
    func whoeverStoppedTheTaskIsNamedInTheNextPrompt(
        wasStopped: Bool?,
        ownerDied: Bool,
        cause: InterruptCause?
    ) throws {
        var outcome = Self.outcome(.incomplete)
        outcome.wasStopped = wasStopped
        outcome.ownerDied = ownerDied
        #expect(try Sample.facts(after: [outcome]).previous?.interruption == cause)
        #expect(try Sample.facts(after: [outcome, Self.outcome(.incomplete)]).previous?.interruption == nil)
    }

    @Test func aTryThatWasCutOffTakesNothingAway() throws {
        var judged = Self.outcome(.ok)
        judged.gate = .stated(CompletionGate(ready: true))
        judged.receipts = [try Sample.receipt(.failed(exitCode: 2))]
        var blip = Self.outcome(.network(message: "ECONNRESET"))
        blip.messages = [7]
        let history = Sample.history(after: [judged, blip, Self.outcome(.silentLaunchFailure(message: ""))])
        let facts = try Sample.facts(history)
        #expect(facts.previous?.gate == judged.gate)
        #expect(facts.previous?.receipts == judged.receipts)
        #expect(facts.cutOff == .network(message: "ECONNRESET"))
        #expect(history.messagesToRepeat == [7])
        let later = Sample.history(after: [judged, blip, Self.outcome(.ok)])
        #expect(try Sample.facts(later).cutOff == nil)
        #expect(later.messagesToRepeat.isEmpty)
    }

    @Test func whatACutOffTryWasToldIsToldAgain() async throws {
        let bench = try await RunBench()
        bench.turn(1, #"begin a; work; say a "$ready""#)
        bench.turn(2, #"begin a; refuse 529"#)
        bench.turn(3, #"begin a; touch done; say a "$ready""#)
        let check = CheckDefinition(name: "tests", command: "test -e done || { echo no such file; false; }")
        // The clock of the bench stands still, so nothing is waited for here.
        let task = try await bench.run(
            bench.spec {
                $0.checks = [check]
                $0.waits = false
            }
        )
        #expect(task.status == .waiting)
        var request = ResumeRequest()
        request.skipsWait = true
        let done = try await bench.service.resume(task.id, request, observer: Witness(), stops: StopRequests())
        #expect(done.reason == .completed(.verified))
        #expect(try bench.prompt(2).contains("no such file"))
        #expect(try bench.prompt(3).contains("no such file"))
        #expect(try bench.prompt(3).contains("cut off because the model's service was not available"))
    }

    @Test func aRefusedChangeOfProtectedPathsIsToldWhenTheTaskGoesOn() async throws {
        let bench = try await RunBench()
        bench.turn(1, #"begin a; echo two > a.txt; say a "$ready""#)
        bench.turn(2, #"begin a; echo one > a.txt; work; say a "$ready""#)
        let task = try await bench.run(bench.spec { $0.protected = ["a.txt"] })
        #expect(task.reason == .blocked(.protectedPaths(["a.txt"])))
        let done = try await bench.resume(task)
        #expect(done.reason == .completed(.unverified))
        #expect(try bench.prompt(2).contains("Undo that: a.txt."))
    }

    @Test func thatAnotherAgentTookOverIsSaidOnce() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"CLAUDE_CONFIG_DIR=$HOME; kept=$HOME; begin a; say a "$unready""#)
        bench.turn(3, #"CLAUDE_CONFIG_DIR=$HOME; kept=$HOME; begin a; work; say a "$unready""#)
        let witness = Witness()
        let spec = bench.spec(.command) {
            $0.limits.noChangeThreshold = 2
            $0.onStall = .otherAgent
            $0.otherAgent = $0.agent
            $0.otherAgent?.name = "fixer"
        }
        let task = try await bench.run(spec, observer: witness)
        #expect(task.reason?.code == "no_change" && task.iterations == 5)
        #expect(witness.notices.filter { $0 == .sessionRenewed(.otherAgent) }.count == 1)
        let again = Witness()
        var request = ResumeRequest()
        request.agent = task.spec.agent
        _ = try await bench.resume(task, request, observer: again)
        // The first one takes over again, at the next standstill, and not before.
        #expect(again.notices.count == 2 && again.notices.last == .sessionRenewed(.otherAgent))
    }

    private static func outcome(_ end: IterationEnd) -> IterationOutcome {
        IterationOutcome(agent: AgentOutcome(end: end), gate: .missing, checkpoint: nil, counted: end.countsAsIteration)
    }
}

/// Values that are only there to be.
private enum Sample {
    static func task() throws -> TaskRecord {
        let id = try #require(TaskID(rawValue: "0123456789"))
        let agent = AgentConfiguration(name: "player", kind: .claude, command: [])
        let spec = TaskSpec(
            id: id,
            name: "parser",
            plan: "p",
            repository: RepositorySpec(path: "/r", base: nil),
            agent: agent
        )
        return TaskRecord(spec: spec, createdAt: Timestamp(millisecondsSince1970: 0))
    }

    static func history(after outcomes: [IterationOutcome]) -> PromptHistory {
        let records = outcomes.enumerated()
            .map { index, outcome in
                let began = Timestamp(millisecondsSince1970: 0)
                var record = IterationRecord(number: index + 1, attempt: 1, run: 1, startedAt: began)
                record.outcome = outcome
                return record
            }
        return PromptHistory(of: records, checks: [check])
    }

    static func facts(_ history: PromptHistory) throws -> PromptFacts {
        let machine = LoopMachine(rules: LoopRules(agent: "player"))
        return history.facts(for: try task(), machine: machine, number: 2, session: .fresh)
    }

    static func facts(after outcomes: [IterationOutcome]) throws -> PromptFacts {
        try facts(history(after: outcomes))
    }

    private static let check = CheckDefinition(name: "tests", command: "make test")

    static func receipt(_ verdict: CheckVerdict) throws -> CheckReceipt {
        CheckReceipt(
            check: check,
            verdict: verdict,
            iteration: 1,
            duration: .zero,
            tree: try #require(TreeID(rawValue: String(repeating: "a", count: 40))),
            base: try #require(CommitID(rawValue: String(repeating: "b", count: 40))),
            outputTail: "",
            logPath: "/l"
        )
    }
}
