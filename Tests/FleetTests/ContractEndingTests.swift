import Domain
import Fleet
import Testing

/// What is said of tasks that ended with their contract.
struct ContractEndingTests {
    private static let spent = BudgetExhaustion.cost(spent: USD(microdollars: 10), limit: USD(microdollars: 10))
    private static let call = "makima contract resume \(Sample.contractID.short)"

    /// A contract of one task at work, which ends.
    private static func ended(as body: (inout ContractStage) -> Void) -> (ContractStage, TaskID) {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .running)
        body(&stage)
        return (stage, one)
    }

    private static func ending(_ task: TaskID, _ stage: ContractStage) -> Explanation? {
        ContractRules.ending(of: task, in: stage.contract, stage.view)
    }

    @Test func whatWasStoppedWithItsContractNamesThatOne() {
        var (stage, one) = Self.ended { stage in
            (stage.contract, _) = ContractRules.stop(stage.contract, stage.view)
        }
        #expect(Self.ending(one, stage) == nil, "It is being stopped.")
        stage.carryOutOrders()
        let ending = Self.ending(one, stage)
        #expect(ending?.sentence == "It was stopped with its contract, by a person. Everything is kept.")
        #expect(ending?.hint == "'\(Self.call)' goes on with all of it.")
        (stage, one) = Self.ended { stage in
            stage.contract.limits.maxCost = USD(microdollars: 10)
            stage.tasks[Sample.id(2)]?.usage.cost = USD(microdollars: 10)
            stage.advance()
            stage.carryOutOrders()
        }
        #expect(
            Self.ending(one, stage)?.sentence
                == "It was stopped with its contract, whose budget is used up (cost). Everything is kept."
        )
        #expect(
            Self.ending(one, stage)?.hint == "'\(Self.call) --max-cost-usd AMOUNT' goes on, with more than is spent."
        )
    }

    @Test func whatAPersonStoppedBeforeIsNotSaidToHaveEndedWithIt() {
        let (stage, one) = Self.ended { stage in
            stage.set(Sample.id(2), .interrupted, .interrupted(.person))
            (stage.contract, _) = ContractRules.stop(stage.contract, stage.view)
        }
        #expect(Self.ending(one, stage) == nil)
        let standing = ContractRules.standing(of: one, in: stage.contract, stage.view)
        #expect(
            standing == ["Its contract is 'stopped': A person stopped it. '\(Self.call)' goes on."],
            "To let it go on alone would lead nowhere."
        )
    }

    @Test func whoseSupervisorHasStoppedNamesThatOne() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.contract.orphans = .stop
        stage.set(one, .running)
        stage.set(ContractStage.leader, .failed, .failed(.sessionUnusable(attempts: 2)))
        stage.advance()
        stage.carryOutOrders()
        let ending = Self.ending(one, stage)
        #expect(ending?.sentence == "It was stopped with 'lead', which leads it. Everything is kept.")
        #expect(ending?.hint?.contains("makima why \(ContractStage.leader.short)") == true)
        #expect(ending?.hint?.contains("'\(Self.call)' goes on") == true)
    }

    /// A task at the end of what its contract had left, or of its own budget.
    private static func spent(_ reason: BudgetExhaustion, own: Budgets) -> Explanation? {
        let (stage, one) = ended { stage in
            stage.contract.limits.maxCost = USD(microdollars: 10_000_000)
            stage.contract.limits.maxTokens = 100
            stage.contract.state = .budgetReached(spent)
            stage.tasks[Sample.id(2)]?.usage = Usage(cost: USD(microdollars: 6_000_000), tokens: 60)
            stage.set(Sample.id(2), .budgetReached, .budget(reason))
            stage.limits[Sample.id(2)] = OwnLimits(budgets: own)
        }
        return ending(one, stage)
    }

    @Test func whatTheContractHadLeftIsTheContractsBudget() {
        let left = BudgetExhaustion.cost(spent: USD(microdollars: 6_000_000), limit: USD(microdollars: 5_000_000))
        let ending = Self.spent(left, own: Budgets())
        #expect(
            ending?.sentence
                == "The budget of its contract has ended it: spent $6.00 of $5.00. Everything is kept."
        )
        #expect(ending?.hint == "'\(Self.call) --max-cost-usd AMOUNT' goes on, with more than is spent.")
        #expect(Self.spent(left, own: Budgets(maxCost: USD(microdollars: 9_000_000))) != nil)
        #expect(Self.spent(left, own: Budgets(maxCost: USD(microdollars: 5_000_000))) == nil, "It is its own.")
        #expect(Self.spent(.tokens(spent: 60, limit: 100), own: Budgets(maxTokens: 50)) == nil, "Both are used up.")
        #expect(
            Self.spent(.tokens(spent: 60, limit: 60), own: Budgets())?.hint?.contains("--max-tokens NUMBER") == true
        )
        #expect(Self.spent(.time(spent: .seconds(9), limit: .seconds(9)), own: Budgets()) == nil, "It has none of it.")
    }

    @Test func whatAContractLacksNamesEachOption() {
        var (stage, one) = Self.ended { _ in }
        func lack() -> Explanation? { ContractRules.shortage(of: stage.contract, tasks: Array(stage.tasks.values)) }
        #expect(lack() == nil)
        stage.tasks[one]?.usage = Usage(cost: USD(microdollars: 6_000_000), tokens: 60)
        stage.tasks[one]?.activeTime = .seconds(90)
        stage.contract.limits.maxCost = USD(microdollars: 6_000_000)
        #expect(lack()?.sentence == "The contract would stop at once: it has spent $6.00 of $6.00.")
        #expect(lack()?.hint == "'\(Self.call) --max-cost-usd AMOUNT' goes on, with more than is spent.")
        (stage.contract.limits.maxTokens, stage.contract.limits.maxDuration) = (50, .seconds(80))
        #expect(
            lack()?.sentence == "The contract would stop at once: it has spent $6.00 of $6.00; used 60 of 50 tokens; "
                + "worked for 1 min 30 s of 1 min 20 s."
        )
        #expect(
            lack()?.hint?
                .hasPrefix("'\(Self.call) --max-cost-usd AMOUNT --max-tokens NUMBER --max-duration TIME' goes on")
                == true
        )
        stage.contract.limits.maxCost = nil
        #expect(lack()?.hint?.contains("--max-cost-usd") == false)
    }

    @Test func whatGoesOnOrEndedByItselfSaysWhyItself() {
        let (stage, one) = Self.ended { stage in
            stage.set(Sample.id(2), .stalled, .stalled(.oscillation(period: 2)))
            (stage.contract, _) = ContractRules.stop(stage.contract, stage.view)
        }
        #expect(Self.ending(one, stage) == nil)
        #expect(Self.ending(Sample.id(9), stage) == nil)
        let call = TaskCall("one")
        var told = call
        told.told = Explanation("It was stopped with its contract.", hint: "Resume that.")
        #expect(Reason.interrupted(.person).explanation(task: told) == told.told)
        #expect(Reason.interrupted(.person).explanation(task: call).hint == "Go on with 'makima resume one'.")
    }
}
