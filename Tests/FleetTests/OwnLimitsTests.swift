import Domain
import Fleet
import Testing

/// Tasks that cannot go on by their own limits are not sent on, so that nobody waits for them.
struct OwnLimitsTests {
    private static let message = SupervisorCall.message(task: "one", text: "go on")

    /// A task that has used two iterations, and stands there.
    private static func stage(_ status: TaskStatus, _ reason: Reason? = nil, most: Int? = 2) -> ContractStage {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, status, reason)
        stage.tasks[one]?.iterations = 2
        stage.limits[one] = OwnLimits(maxIterations: most)
        return stage
    }

    @Test(
        arguments: [
            (TaskStatus.done, Reason.completed(.verified)), (.interrupted, .interrupted(.person)),
            (.stalled, .stalled(.oscillation(period: 2))), (.blocked, .blocked(.question(text: "Which?"))),
            (.paused, .paused), (.pending, nil),
        ] as [(TaskStatus, Reason?)]
    )
    func whoHasNoIterationLeftIsNotSentOn(_ status: TaskStatus, _ reason: Reason?) {
        var stage = Self.stage(status, reason)
        #expect(stage.call(Self.message) == .usedUp("one", .iterations(2), isDone: status == .done))
        stage.limits[Sample.id(2)] = OwnLimits(maxIterations: 3)
        #expect(stage.call(Self.message) == nil)
        stage = Self.stage(status, reason, most: nil)
        #expect(stage.call(Self.message) == nil, "Its daemon decides.")
    }

    @Test func whoIsAtWorkInItsLastIterationMayHearIt() {
        var stage = Self.stage(.running)
        #expect(stage.call(Self.message) == nil)
    }

    @Test func whoEndedAtALimitIsNotSentOn() {
        var stage = Self.stage(.iterationLimitReached, .iterationLimit(used: 10, limit: 10, ceiling: 50), most: nil)
        #expect(stage.call(Self.message) == .usedUp("one", .iterations(10), isDone: false))
        let spent = BudgetExhaustion.costUnknown(known: nil, limit: USD(microdollars: 5))
        stage = Self.stage(.budgetReached, .budget(spent), most: nil)
        #expect(stage.call(Self.message) == .usedUp("one", .budget(spent), isDone: false))
        stage = Self.stage(.budgetReached, nil, most: nil)
        #expect(stage.call(Self.message) == .atLimit("one"))
    }

    @Test func whoHasSpentItsOwnBudgetIsNotSentOn() {
        let budgets = [
            Budgets(maxCost: USD(microdollars: 400)), Budgets(maxTokens: 40), Budgets(maxDuration: .seconds(4)),
        ]
        let codes = budgets.map { budgets -> String? in
            var stage = Self.stage(.done, .completed(.verified), most: nil)
            stage.tasks[Sample.id(2)]?.usage = Usage(cost: USD(microdollars: 400), tokens: 40)
            stage.tasks[Sample.id(2)]?.activeTime = .seconds(4)
            stage.limits[Sample.id(2)] = OwnLimits(budgets: budgets)
            guard case .usedUp("one", .budget(let spent), isDone: true)? = stage.call(Self.message) else { return nil }
            return spent.code
        }
        #expect(codes == ["cost", "tokens", "time"])
    }

    @Test func whatIsThrownAwayIsNotSentOn() {
        var stage = Self.stage(.interrupted)
        stage.tasks[Sample.id(2)] = nil
        stage.contract.members[Sample.id(2)]?.request = "{}"
        #expect(stage.call(Self.message) == nil, "It is about to be made.")
        stage.contract.members[Sample.id(2)]?.request = nil
        #expect(stage.call(Self.message) == .discarded("one"))
    }

    @Test func theRefusalSaysWhatCanBeDone() {
        let done = CallRefusal.usedUp("one", .iterations(2), isDone: true)
        #expect(
            done.sentence
                == "'one' has used up its 2 iterations, and cannot go on: it would never hear that. "
                + "Merge its work as it is (merge_task), or spawn another task that continues it."
        )
        let spent = CallRefusal.usedUp("one", .budget(.tokens(spent: 7, limit: 5)), isDone: false)
        #expect(
            spent.sentence
                == "'one' has used up its budget of 5 tokens, and cannot go on: it would never hear that. Only a person can raise "
                + "that. Spawn another task for what is missing, not one that continues it: it is not done."
        )
        #expect(done.code == "at_limit" && spent.code == CallRefusal.atLimit("one").code)
        #expect(CallRefusal.discarded("one").code == "discarded")
    }

    @Test func onlyAMessageSendsATaskOn() {
        let stage = Self.stage(.done)
        func addressee(_ call: SupervisorCall) -> TaskID? {
            let request = CallRules.Request(call, by: ContractStage.leader, newTask: Sample.id(50))
            return CallRules.addressee(of: request, in: stage.contract)
        }
        #expect(addressee(Self.message) == Sample.id(2))
        #expect(addressee(.message(task: "two", text: "x")) == nil)
        #expect(addressee(.stop(task: "one")) == nil && addressee(.merge(task: "one")) == nil)
    }
}
