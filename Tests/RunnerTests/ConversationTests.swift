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

    @Test func theNextPromptTellsOfChecksThatFailedLongAgo() throws {
        let check = CheckDefinition(name: "tests", command: "make test")
        let tree = try #require(TreeID(rawValue: String(repeating: "a", count: 40)))
        let base = try #require(CommitID(rawValue: String(repeating: "b", count: 40)))
        let receipt = CheckReceipt(
            check: check,
            verdict: .failed(exitCode: 2),
            iteration: 1,
            duration: .zero,
            tree: tree,
            base: base,
            outputTail: "",
            logPath: "/l"
        )
        let records = (1...2)
            .map { number in
                var record = IterationRecord(
                    number: number,
                    attempt: 1,
                    run: 1,
                    startedAt: Timestamp(millisecondsSince1970: 0)
                )
                record.outcome = IterationOutcome(
                    agent: AgentOutcome(end: .ok),
                    gate: .missing,
                    checkpoint: nil,
                    receipts: number == 1 ? [receipt] : [],
                    counted: true
                )
                return record
            }
        #expect(PromptHistory(of: records, checks: [check]).receipts.isEmpty)
        #expect(PromptHistory(of: Array(records.prefix(1)), checks: [check]).receipts == [receipt])
        #expect(PromptHistory(of: Array(records.prefix(1)), checks: []).receipts.isEmpty)
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

    @Test func aPersonWhoStoppedTheTaskIsNamedInTheNextPrompt() throws {
        var record = IterationRecord(number: 1, attempt: 1, run: 1, startedAt: Timestamp(millisecondsSince1970: 0))
        let machine = LoopMachine(rules: LoopRules(agent: "player"))
        let told = { (end: IterationEnd, again: Bool) in
            let outcome = IterationOutcome(
                agent: AgentOutcome(end: end),
                gate: .missing,
                checkpoint: nil,
                counted: true
            )
            record.outcome = outcome
            var history = PromptHistory(of: [record])
            history.wasStopped = true
            if again { history.note(outcome, of: 2, changedProtectedPaths: []) }
            let task = try Sample.task()
            return history.facts(for: task, machine: machine, number: 2, session: .fresh).previous?.interruption
        }
        #expect(try told(.incomplete, false) == .person)
        #expect(try told(.ok, false) == nil)
        #expect(try told(.incomplete, true) == nil)
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
}
