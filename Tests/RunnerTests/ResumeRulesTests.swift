import Domain
import LoopCore
import Testing

@testable import Runner

/// Whether a resume waits for what is left of a wait.
struct ResumeRulesTests {
    private static let then = Timestamp(millisecondsSince1970: 1_772_000_000_000)
    private static let rest = AccountHold(
        .usageLimit,
        from: then,
        until: then + .seconds(60),
        stated: then + .seconds(30)
    )

    private func task(waits: Bool = true) throws -> TaskRecord {
        var task = try AccountStage.task()
        task.spec.waits = waits
        return task
    }

    private func hold(
        _ task: TaskRecord,
        _ request: ResumeRequest = ResumeRequest(),
        rest: AccountHold? = rest
    ) throws -> AccountHold? {
        try ResumeRules.hold(RunPlan(request: request), of: task, before: task, rest: rest)
    }

    @Test func theRestIsWaitedFor() throws {
        #expect(try hold(task()) == Self.rest)
        #expect(try hold(task(), rest: nil) == nil)
    }

    @Test func whoeverIsNotToWaitIsRefusedWithTheEndOfTheWait() throws {
        let task = try task(waits: false)
        #expect(throws: ServiceError.waitNotOver(task.id, .usageLimit, until: Self.then + .seconds(60))) {
            try hold(task)
        }
        #expect(try hold(task, rest: nil) == nil)
    }

    @Test(arguments: [
        ("max_cost_usd", Int64(1_500_000)), ("max_cost_usd", 1_000_000), ("max_tokens", 500), ("max_duration", 90),
    ])
    func aBudgetThatIsUsedUpIsRefused(setting: String, amount: Int64) throws {
        var task = try AccountStage.task()
        task.status = .budgetReached
        task.usage = Usage(cost: USD(microdollars: 1_500_000), tokens: 500)
        task.activeTime = .seconds(90)
        let more = { (extra: Int64) in
            var request = ResumeRequest()
            switch setting {
            case "max_cost_usd": request.maxCost = USD(microdollars: amount + extra)
            case "max_tokens": request.maxTokens = Int(amount + extra)
            default: request.maxDuration = .seconds(amount + extra)
            }
            return RunPlan(request: request)
        }
        let error = #expect(throws: LimitError.self) { try ResumeRules.apply(more(0), to: task, ceiling: 50) }
        #expect(error?.description.contains("'\(setting)'") == true)
        #expect(try ResumeRules.apply(more(600_000), to: task, ceiling: 50).spec.budgets != Budgets())
    }

    @Test func aPersonWhoWantsItNowNeedNotWait() throws {
        var request = ResumeRequest()
        request.skipsWait = true
        #expect(try hold(task(), request) == nil)
        #expect(try hold(task(waits: false), request) == nil)
    }

    /// Checks that are owed need no agent.
    @Test func whatNeedsNoAgentWaitsForNothing() throws {
        var task = try task(waits: false)
        let tree = try #require(TreeID(rawValue: String(repeating: "7", count: 40)))
        let report = IterationReport(number: 1, end: .ok, tree: tree)
        let machine = LoopMachine(rules: LoopRules(task.spec), memory: LoopMemory(), owedVerdictOn: report)
        task.loopMemory = try LoopState.encode(machine)
        #expect(try hold(task) == nil)
    }
}
