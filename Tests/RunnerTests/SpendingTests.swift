import Domain
import LoopCore
import Testing

@testable import Runner

/// What the processes of a task spend, whatever becomes of them.
struct SpendingTests {
    private static let refusal = #"""
        begin a
        printf '{"type":"assistant","is_api_error_message":true,"error":"authentication_failed","message":'
        printf '{"model":"<synthetic>","content":"x"},"session_id":"a"}\n'
        printf '{"type":"result","subtype":"success","is_error":true,"result":"Invalid API key","session_id":"a",'
        printf '"model_usage_since_last_result":{"big":{"costUSD":0.5,"inputTokens":7,"outputTokens":3}}}\n'
        """#

    @Test func aFailedProcessIsPaidForToo() async throws {
        let bench = try await RunBench()
        bench.turn(1, Self.refusal)
        bench.turn(2, #"begin a; work; say a "$ready""#)
        let task = try await bench.run(bench.spec())
        #expect(task.reason == .completed(.unverified))
        #expect(task.iterations == 1)
        #expect(bench.starts == 2)
        #expect(task.usage == Usage(cost: USD(microdollars: 500_000), tokens: 10))
    }

    @Test func aFailedProcessCanUseUpABudget() async throws {
        let bench = try await RunBench()
        bench.turn(nil, Self.refusal)
        let limit = USD(microdollars: 500_000)
        let task = try await bench.run(bench.spec { $0.budgets.maxCost = limit })
        #expect(task.reason == .budget(.cost(spent: limit, limit: limit)))
        #expect(task.iterations == 0)
        #expect(bench.starts == 1)
    }

    @Test func aProcessThatBrokeOffWithoutAnyPriceEndsACostBudget() async throws {
        let bench = try await RunBench()
        bench.turn(nil, "begin a; fill a 6000000; work")
        let limit = USD(microdollars: 10_000)
        let task = try await bench.run(bench.spec { $0.budgets.maxCost = limit })
        #expect(task.reason == .budget(.costUnknown(known: nil, limit: limit)))
        #expect(bench.starts == 1)
        #expect(task.usage.tokens == 6_000_000)
        #expect(!task.usage.isCostComplete)
    }

    @Test func aProgramThatTellsNothingEndsABudgetOfTokens() async throws {
        let bench = try await RunBench()
        bench.turn(nil, "work; echo done")
        let task = try await bench.run(bench.spec(.command) { $0.budgets.maxTokens = 10 })
        #expect(task.reason == .budget(.tokensUnknown(known: nil, limit: 10)))
        #expect(bench.starts == 1)
    }

    @Test func aCommandWhoseRecordsTellIsHeldToItsBudget() async throws {
        let bench = try await RunBench()
        bench.turn(nil, "fill a 600; work")
        let dollar = USD(microdollars: 1_000_000)
        let limit = USD(microdollars: 1000)
        let task = try await bench.run(
            bench.spec(.command) {
                $0.budgets.maxCost = limit
                $0.agent.pricePerMillionTokens = dollar
            }
        )
        #expect(task.reason == .budget(.cost(spent: USD(microdollars: 1200), limit: limit)))
        #expect(bench.starts == 2)
    }

    /// Another process has written the row, so nothing that the run decides can be kept; the agent's end can.
    @Test func anAgentThatWorksOnWhenTheRunIsOverIsWaitedForAndPaid() async throws {
        let bench = try await RunBench()
        bench.turn(nil, "trap 'exit 0' INT TERM; begin a; fill a 500; work; sleep 20 & wait")
        let spec = bench.spec()
        let stops = StopRequests()
        let disturbance = Disturbance { event in
            guard case .agent(.usage) = event else { return }
            Task {
                try await bench.takeAway(spec.id)
                stops.request()
            }
        }
        let task = try await bench.run(spec, observer: disturbance, stops: stops)
        #expect(task.status == .failed)
        #expect(task.usage.tokens == 500)
        #expect(try await bench.iterations(of: task).map(\.outcome?.agent.usage.tokens) == [500])
    }

    /// It came to no result, so it reports no cost of its own.
    @Test func aProcessThatBrokeOffIsPricedByItsModel() async throws {
        let bench = try await RunBench()
        bench.turn(1, "begin a; fill a 850; work")
        bench.turn(2, #"begin a; work; say a "$ready""#)
        let dollar = USD(microdollars: 1_000_000)
        let task = try await bench.run(
            bench.spec { $0.agent.prices = ["big": TokenPrices(input: dollar, output: dollar)] }
        )
        #expect(task.reason == .completed(.unverified))
        #expect(task.usage.cost == USD(microdollars: 850))
    }
}

/// Does something while a run goes on.
private struct Disturbance: RunObserver {
    let hear: @Sendable (RunEvent) -> Void

    init(_ hear: @escaping @Sendable (RunEvent) -> Void) {
        self.hear = hear
    }

    func observe(_ event: RunEvent) { hear(event) }
}
