import Domain
import Fleet
import Store
import Testing
import Wire

@testable import Server

/// What people have changed about a task, for a daemon that has not had it.
struct LastingChangesTests {
    private static let then = Timestamp(millisecondsSince1970: 1_795_000_000_000)

    /// Ordered before attempt 4, that is: heeded by the attempt that followed.
    private static func orders(_ changes: ResumeTask...) throws -> StandingOrders {
        let events = try changes.enumerated()
            .map { number, changes in
                var order = PersonOrder(.resume, by: "a")
                order.changes = changes
                return FleetEvent(position: number + 1, attempt: number + 1, event: try order.event(at: then))
            }
        return StandingOrders(events, attempt: 4)
    }

    private static func change(_ body: (inout ResumeTask) -> Void) -> ResumeTask {
        var changes = ResumeTask()
        body(&changes)
        return changes
    }

    private static func facts(_ orders: StandingOrders, _ body: (inout HandOver) -> Void = { _ in }) throws -> HandOver
    {
        let id = try #require(TaskID(rawValue: "0000000001"))
        var document = SpawnTask()
        document.maxIterations = 3
        document.sandbox = WireSandbox()
        document.budgets = WireBudgets()
        document.budgets?.maxTokens = 100
        var task = FleetTask(id: id, name: "one", createdAt: then)
        task.attempt = 4
        var facts = HandOver(task: task, document: document)
        facts.orders = orders
        body(&facts)
        return facts
    }

    @Test func anotherDaemonKnowsWhatTheOneBeforeWasTold() throws {
        let orders = try Self.orders(
            Self.change {
                ($0.maxIterations, $0.message, $0.skipsWait) = (6, "Use tabs.", true)
                ($0.network, $0.maxDiskMiB) = (NetworkMode.none, 50)
            },
            Self.change {
                ($0.maxIterations, $0.permissions) = (9, .edit)
                $0.budgets = WireBudgets()
                $0.budgets?.maxCostMicrodollars = USD(microdollars: 5)
            }
        )
        // Nothing of it stands: those who were told have done it, and what was said was said.
        #expect(orders.changes == nil && orders.lasting.message == nil && !orders.lasting.skipsWait)
        let berta = try #require(DaemonID(rawValue: "berta"))
        guard case .spawnTask(let spawn) = try Self.facts(orders).command(for: berta) else {
            Issue.record("It is not begun.")
            return
        }
        #expect(spawn.maxIterations == 9 && spawn.permissions == .edit)
        #expect(spawn.budgets?.maxTokens == 100 && spawn.budgets?.maxCostMicrodollars?.microdollars == 5)
        #expect(spawn.sandbox?.network == NetworkMode.none && spawn.sandbox?.limits?.diskMiB == 50)
    }

    /// Of what its contract has left it gets no more, and of its own budget what people made of that.
    @Test func whoGoesOnWithItKeepsTheBudgetThatWasRaised() throws {
        let raised = Self.change {
            $0.budgets = WireBudgets()
            $0.budgets?.maxTokens = 300
        }
        let anna = try #require(DaemonID(rawValue: "anna"))
        let id = try #require(ContractID(rawValue: "0000000002"))
        let place = ContractPlace(path: "/r", targets: ["main"])
        var contract = Contract(id, name: "goal", goal: "It.", place: place, at: Self.then)
        contract.limits.maxTokens = 1000
        let facts = try Self.facts(try Self.orders(raised)) { facts in
            facts.task.home = anna
            facts.attempts = [AttemptRecord(attempt: 4, daemon: anna, session: 1, since: Self.then)]
            facts.contract = ContractShare(of: facts.task, in: contract, tasks: [facts.task], at: Self.then)
        }
        guard case .resumeTask(let resume) = facts.command(for: anna) else {
            Issue.record("It is not resumed.")
            return
        }
        #expect(resume.budgets?.maxTokens == 300)
    }
}
