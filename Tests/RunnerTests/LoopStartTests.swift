import Domain
import LoopCore
import Testing

@testable import Runner

/// What a run does first, where makima died while the checks judged an iteration.
struct LoopStartTests {
    private static let tree = TreeID(rawValue: String(repeating: "7", count: 40))

    private func start(_ request: ResumeRequest) throws -> LoopStart {
        let tree = try #require(Self.tree)
        var task = try AccountStage.task()
        task.iterations = 3
        let memory = LoopMemory(iterationsUsed: 3, usage: Usage(), activeTime: .zero)
        let report = IterationReport(number: 4, end: .ok, tree: tree)
        task.loopMemory = try LoopState.encode(
            LoopMachine(rules: LoopRules(task.spec), memory: memory, owedVerdictOn: report)
        )
        let plan = RunPlan(resumption: .interrupted(.ownerDied), request: request)
        return LoopStart(task: task, plan: plan, tree: tree, base: tree)
    }

    @Test func theChecksThatAreOwedComeFirst() throws {
        let start = try start(ResumeRequest())
        #expect(start.opening == .verdict(number: 4))
        #expect(start.task.iterations == 3)
    }

    /// The iteration was begun and ended: it is used up, though nothing judges it.
    @Test func whereAPersonSaysSomethingTheIterationCountsWithoutThem() throws {
        let start = try start(ResumeRequest(message: "Mind the tests."))
        #expect(start.opening == .iteration)
        #expect(start.task.iterations == 4)
        #expect(start.machine.iterationsUsed == 4)
    }
}
