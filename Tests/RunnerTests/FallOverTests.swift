import Domain
import Journal
import LoopCore
import TestSupport
import Testing

@testable import Runner

/// Two agents that do each other's work, in the real service: at a limit one takes over, and the first comes back.
struct FallOverTests {
    private let bench: RunBench

    init() async throws {
        bench = try await RunBench()
        bench.directory.write("#!/bin/sh\nexec \"$(dirname \"$0\")/agent\" \"$@\"\n", to: "second", mode: 0o755)
    }

    /// The bench's clock begins at 1772000000.
    private static let reset = Timestamp(millisecondsSince1970: 1_772_003_600_000)
    private static let soon = Timestamp(millisecondsSince1970: 1_772_001_800_000)

    private static func limit(until time: Timestamp) -> String {
        """
        printf '{"type":"result","subtype":"success","is_error":true,"session_id":"a",'
        printf '"result":"Claude AI usage limit reached|%s"}\\n' \(time.millisecondsSince1970 / 1000)
        exit 1
        """
    }

    private func spec(_ change: (inout TaskSpec) -> Void = { _ in }) -> TaskSpec {
        bench.spec {
            $0.choices = [
                $0.agent,
                AgentConfiguration(name: "second", kind: .command, command: ["\(bench.directory.path)/second"]),
            ]
            change(&$0)
        }
    }

    private func changes(_ witness: Witness) -> [AgentChange] {
        witness.notices.compactMap { if case .agentChanged(let change) = $0 { change } else { nil } }
    }

    @Test func anotherTakesOverAndTheFirstComesBackAfterTheReset() async throws {
        bench.turn(1, #"begin a; work; say a "$unready""#)
        bench.turn(2, "begin a; \(Self.limit(until: Self.reset))")
        bench.turn(3, #"begin b; work; say b "$unready""#)
        bench.turn(4, #"begin b; work; say b "$unready""#)
        bench.turn(5, #"begin a; work; say a "$ready""#)
        let clock = bench.clock
        let witness = RunWitness { event in
            guard case .iterationEnded(let record, _) = event, record.number == 3 else { return }
            clock.set(Self.reset + .seconds(120))
        }
        let task = try await bench.run(spec(), observer: witness)
        #expect(task.reason == .completed(.unverified))
        let records = try await bench.iterations(of: task)
        #expect(records.map(\.number) == [1, 2, 2, 3, 4])
        #expect(records.map { $0.outcome?.performer?.name } == ["player", "player", "second", "second", "player"])
        #expect(task.iterations == 4)
        #expect(task.spec.agent.name == "player")

        let changes = changes(witness.witness)
        #expect(changes.map(\.from) == ["player", "second"] && changes.map(\.iteration) == [2, 4])
        #expect(changes[0].wait?.stated == Self.reset && changes[1].wait == nil)
        #expect(changes[0].sentence.contains("until \(Self.reset.formattedUTC); 'second' takes over."))
        #expect(try await bench.journal.wait(of: bench.account(of: task.spec.agent)) == nil)
    }

    @Test func theConversationsAreEachTheirOwn() async throws {
        bench.turn(1, #"begin a; work; say a "$unready""#)
        bench.turn(2, "begin a; \(Self.limit(until: Self.reset))")
        bench.turn(3, #"begin b; work; say b "$unready""#)
        bench.turn(4, #"begin a; work; say a "$ready""#)
        let clock = bench.clock
        let witness = RunWitness { event in
            guard case .iterationEnded(let record, _) = event, record.outcome?.performer?.name == "second" else {
                return
            }
            clock.set(Self.reset + .seconds(120))
        }
        let task = try await bench.run(spec(), observer: witness)
        #expect(task.reason == .completed(.unverified))
        let handOver = try bench.prompt(3)
        #expect(handOver.contains("This is a new conversation.") && handOver.contains("cut off"))
        #expect(handOver.contains("Write a parser."))
        #expect(try bench.session(4) == "a")
        let back = try bench.prompt(4)
        #expect(back.contains("another agent did iteration 2"), "\(back)")
        #expect(!back.contains("Write a parser."))
    }

    @Test func whereNobodyCanWorkTheTaskWaitsForTheEarliest() async throws {
        bench.turn(1, "begin a; \(Self.limit(until: Self.reset))")
        bench.turn(2, "begin b; \(Self.limit(until: Self.soon))")
        bench.turn(3, #"begin c; work; say c "$ready""#)
        let stops = StopRequests()
        let witness = RunWitness { event in
            if case .waiting(let wait) = event, wait.agent != nil { stops.request() }
        }
        let stopped = try await bench.run(spec(), observer: witness, stops: stops)
        #expect(stopped.reason == .interrupted(.person))
        #expect(stopped.wait?.agent == "second" && stopped.wait?.stated == Self.soon)
        #expect(stopped.iterations == 0)
        #expect(stopped.wait?.sentence.contains("No agent of the task can work, and 'second' can first.") == true)

        bench.clock.set(Self.soon + .seconds(61))
        let task = try await bench.resume(stopped)
        #expect(task.reason == .completed(.unverified) && task.iterations == 1)
        #expect(try await bench.iterations(of: task).last?.outcome?.performer?.name == "second")
    }

    @Test func whoeverIsNotToWaitFallsOverAndStopsWhereNobodyCanWork() async throws {
        bench.turn(1, "begin a; \(Self.limit(until: Self.reset))")
        bench.turn(2, #"begin b; work; say b "$unready""#)
        bench.turn(3, "begin b; \(Self.limit(until: Self.soon))")
        bench.turn(4, #"begin b; work; say b "$ready""#)
        let stopped = try await bench.run(spec { $0.waits = false })
        #expect(stopped.reason == .waiting(.usageLimit, until: Self.soon))
        #expect(stopped.iterations == 1)
        bench.clock.set(Self.soon + .seconds(61))
        let task = try await bench.resume(stopped)
        #expect(task.reason == .completed(.unverified) && task.iterations == 2)
        #expect(task.spec.agent.name == "second")
    }

    @Test func whereTheOtherCannotWorkTheTaskWaitsForItsFirstChoice() async throws {
        bench.turn(1, "begin a; \(Self.limit(until: Self.reset))")
        bench.turn(2, "begin b; refuse 401")
        bench.turn(3, #"begin a; work; say a "$ready""#)
        let stops = StopRequests()
        let witness = RunWitness { event in
            if case .waiting(let wait) = event, wait.agent != nil { stops.request() }
        }
        let stopped = try await bench.run(spec(), observer: witness, stops: stops)
        #expect(stopped.reason == .interrupted(.person) && stopped.iterations == 0)
        #expect(stopped.wait?.stated == Self.reset && stopped.spec.agent.name == "player")
        #expect(bench.starts == 2)
        let changes = changes(witness.witness)
        #expect(changes.map(\.from) == ["player", "second"])
        #expect(changes.last?.sentence.contains("'second' could not work and is not tried again") == true)

        bench.clock.set(Self.reset + .seconds(120))
        let task = try await bench.resume(stopped)
        #expect(task.reason == .completed(.unverified) && task.iterations == 1)
    }

    @Test func aShortOutageIsNobodyElsesWork() async throws {
        bench.turn(1, "begin a; refuse 529")
        let stops = StopRequests()
        let witness = RunWitness { if case .waiting = $0 { stops.request() } }
        let task = try await bench.run(spec(), observer: witness, stops: stops)
        #expect(task.wait?.cause == .overloaded && task.wait?.agent == nil)
        #expect(task.spec.agent.name == "player")
    }

    @Test(arguments: ["refuse 401", "refuse 402", "exit 3"])
    func anythingElseIsNobodyElsesWork(turn: String) async throws {
        bench.turn(nil, "begin a; \(turn)")
        let task = try await bench.run(spec { $0.limits.maxIterations = 1 })
        let records = try await bench.iterations(of: task)
        #expect(!records.isEmpty && records.allSatisfy { $0.outcome?.performer?.name == "player" })
        #expect(task.spec.agent.name == "player" && task.agentChange == nil)
    }

    @Test func whatIsKnownOfTheAccountCostsNoCall() async throws {
        bench.turn(nil, #"begin b; work; say b "$ready""#)
        let spec = spec()
        let now = bench.clock.now()
        let known = AccountWait(.usageLimit, from: now, until: Self.reset, stated: Self.reset, learnedBy: spec.id)
        try await bench.journal.learn(known, of: bench.account(of: spec.agent))
        let witness = Witness()
        let task = try await bench.run(spec, observer: witness)
        #expect(task.reason == .completed(.unverified))
        #expect(try await bench.iterations(of: task).map(\.attempt) == [1])
        #expect(bench.starts == 1)
        #expect(changes(witness).first?.wait?.stated == Self.reset)
    }

    @Test func aPersonWhoInsistsHasTheOneTriedThatCanWorkFirst() async throws {
        bench.turn(1, "begin a; \(Self.limit(until: Self.reset))")
        bench.turn(2, "begin b; \(Self.limit(until: Self.soon))")
        bench.turn(3, #"begin c; work; say c "$ready""#)
        let stopped = try await bench.run(spec { $0.waits = false })
        var request = ResumeRequest()
        request.skipsWait = true
        let task = try await bench.resume(stopped, request)
        #expect(task.reason == .completed(.unverified))
        #expect(try await bench.iterations(of: task).last?.outcome?.performer?.name == "second")
    }

    @Test func anAgentWithoutPriceIsRefusedUnderACostBudget() async throws {
        await #expect(throws: (any Error).self) {
            try await bench.run(spec { $0.budgets.maxCost = USD(microdollars: 1) })
        }
        #expect(bench.starts == 0)
    }
}

/// Keeps what was observed, and lets a test do something at each event.
private struct RunWitness: RunObserver {
    let witness = Witness()
    let act: @Sendable (RunEvent) -> Void

    init(_ act: @escaping @Sendable (RunEvent) -> Void) {
        self.act = act
    }

    func observe(_ event: RunEvent) {
        act(event)
        witness.observe(event)
    }
}
