import Domain
import Fleet
import Testing

/// What a supervisor is held to, whatever its agent says.
struct CallRulesTests {
    private let leader = ContractStage.leader

    private func wish(_ name: String = "one", checks: [String] = ["true"]) -> SpawnWish {
        var wish = SpawnWish(name: name, plan: "do it")
        wish.checks = checks
        return wish
    }

    @Test func aTaskIsSpawnedOnce() {
        var stage = ContractStage()
        #expect(stage.call(.spawn(wish()), as: 50) == nil)
        #expect(stage.contract.members[Sample.id(50)]?.parent == leader)
        // The same wish once more, as by an agent that has lost its conversation.
        guard case .success((let after, let effect)) = stage.decide(.spawn(wish()), as: 51) else {
            return #expect(Bool(false))
        }
        #expect(effect == .spawnedBefore(Sample.id(50)))
        #expect(after == stage.contract)
        #expect(stage.call(.spawn(wish(checks: [])), as: 51) == .nameTaken("one"))
    }

    @Test func spawningEnds() {
        var stage = ContractStage()
        stage.contract.limits.maxFanOut = 3
        for number in 0..<3 { #expect(stage.call(.spawn(wish("t\(number)")), as: 50 + number) == nil) }
        #expect(stage.call(.spawn(wish("more")), as: 60) == .fanOut(3))
        stage.contract.limits.maxFanOut = 100
        stage.contract.limits.maxTasks = 3
        #expect(stage.call(.spawn(wish("more")), as: 60) == .tasksUsed(3))
    }

    @Test func tasksStandOnlySoDeep() {
        var stage = ContractStage()
        var sub = wish("sub")
        sub.isSupervisor = true
        #expect(stage.call(.spawn(sub), as: 50) == .tooDeep(1))
        stage.contract.limits.maxDepth = 2
        #expect(stage.call(.spawn(sub), as: 50) == nil)
        #expect(stage.call(.spawn(wish("leaf")), by: Sample.id(50), as: 51) == nil)
        var deeper = wish("deeper")
        deeper.isSupervisor = true
        #expect(stage.call(.spawn(deeper), by: Sample.id(50), as: 52) == .tooDeep(2))
        #expect(stage.call(.spawn(wish("leaf2")), by: Sample.id(51), as: 53) == .notSupervisor)
    }

    @Test func nobodySpendsMoreThanIsLeft() {
        var stage = ContractStage()
        stage.contract.limits.maxCost = USD(microdollars: 1000)
        stage.contract.limits.maxTokens = 100
        stage.tasks[leader]?.usage = Usage(cost: USD(microdollars: 400), tokens: 40)
        var dear = wish()
        dear.maxCost = USD(microdollars: 601)
        #expect(
            stage.call(.spawn(dear)) == .aboveBudget(USD(microdollars: 601), left: USD(microdollars: 600))
        )
        dear.maxCost = nil
        dear.maxTokens = 61
        #expect(stage.call(.spawn(dear)) == .tokensAboveBudget(61, left: 60))
        stage.tasks[leader]?.usage = Usage(cost: USD(microdollars: 1000))
        #expect(stage.call(.spawn(wish())) == .budgetUsed)
    }

    @Test func nobodyAcceptsTheirOwnWork() {
        var stage = ContractStage()
        for name in ["lead", leader.rawValue] {
            #expect(stage.call(.merge(task: name)) == .ownWork)
            #expect(stage.call(.message(task: name, text: "x")) == .ownWork)
            #expect(stage.call(.stop(task: name)) == .ownWork)
            #expect(stage.call(.read(task: name, part: .diff)) == .ownWork)
        }
    }

    @Test func otherContractsAreNotThere() {
        var stage = ContractStage()
        let stranger = Sample.id(77)
        #expect(stage.call(.read(task: stranger.rawValue, part: .log)) == .unknownTask(stranger.rawValue))
        #expect(stage.call(.list, by: stranger) == .notSupervisor)
        // Who leads beside another does not reach its tasks.
        stage.contract.limits.maxDepth = 3
        var sub = wish("sub")
        sub.isSupervisor = true
        #expect(stage.call(.spawn(sub), as: 50) == nil)
        #expect(stage.call(.spawn(wish("beside")), as: 51) == nil)
        #expect(stage.call(.read(task: "beside", part: .diff), by: Sample.id(50)) == .unknownTask("beside"))
        #expect(stage.call(.stop(task: "lead"), by: Sample.id(50)) == .unknownTask("lead"))
    }

    @Test func onlyProvenWorkIsMerged() {
        var stage = ContractStage(checks: [])
        let one = stage.add(2, "one")
        stage.set(one, .running)
        #expect(stage.call(.merge(task: "one")) == .notDone("one", .running))
        stage.set(one, .done, .completed(.unverified))
        #expect(stage.call(.merge(task: "one")) == .unproven("one"))
        stage.set(one, .done, .completed(.verified))
        #expect(stage.call(.merge(task: "one")) == nil)
        #expect(stage.contract.members[one]?.merge == .queued)
        #expect(stage.call(.merge(task: "one")) == nil, "It is in the queue, and stays there.")
        stage.advance()
        stage.answer()
        #expect(stage.call(.merge(task: "one")) == .mergedAlready("one"))
        #expect(stage.call(.message(task: "one", text: "more")) == .mergedAlready("one"))
    }

    @Test func aBranchThatIsNotNamedIsNotThere() {
        var stage = ContractStage()
        var elsewhere = wish()
        elsewhere.target = "--force"
        #expect(stage.call(.spawn(elsewhere)) == .unknownTarget("--force"))
        elsewhere.target = "next"
        #expect(stage.call(.spawn(elsewhere)) == nil)
    }

    @Test func thereIsSomethingToWaitFor() {
        var stage = ContractStage()
        #expect(stage.call(.wait(tasks: [], any: false, seconds: nil)) == .nothingToWaitFor)
        let one = stage.add(2, "one")
        stage.set(one, .done, .completed(.verified))
        #expect(stage.call(.wait(tasks: ["one"], any: false, seconds: 5)) == .nothingToWaitFor)
        stage.set(one, .running)
        #expect(stage.call(.wait(tasks: ["one"], any: true, seconds: 5)) == nil)
        #expect(stage.contract.members[leader]?.wait == WaitWish([one], any: true, until: stage.now + .seconds(5)))
    }

    @Test func workIsSentBackAlsoFromTheQueue() {
        var stage = ContractStage()
        let (one, two) = (stage.add(2, "one"), stage.add(3, "two"))
        stage.set(one, .done, .completed(.verified))
        stage.set(two, .done, .completed(.verified))
        stage.contract.limits.maxBatch = 1
        stage.call(.merge(task: "one"))
        stage.call(.merge(task: "two"))
        stage.advance()
        #expect(stage.call(.message(task: "one", text: "better")) == .beingMerged("one"))
        #expect(stage.call(.message(task: "two", text: "better")) == nil)
        #expect(stage.contract.members[two]?.merge == MergeStage.none)
        #expect(stage.contract.due.map(\.task) == [two])
    }

    @Test(arguments: SupervisorAction.allCases)
    func whatIsNotAllowedIsRefused(action: SupervisorAction) {
        var stage = ContractStage()
        _ = stage.add(2, "one")
        stage.contract.limits.actions.remove(action)
        let calls: [SupervisorCall] = [
            .spawn(wish("x")), .list, .wait(tasks: [], any: false, seconds: nil), .read(task: "one", part: .diff),
            .message(task: "one", text: "x"), .stop(task: "one"), .merge(task: "one"),
        ]
        for call in calls where call.action == action { #expect(stage.call(call) == .notAllowed(action)) }
    }

    @Test func callsAreCounted() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, .running)
        stage.contract.limits.maxCalls = 2
        #expect(stage.call(.message(task: "one", text: "a")) == nil)
        #expect(stage.call(.message(task: "one", text: "b")) == nil)
        #expect(stage.call(.message(task: "one", text: "c")) == .callsUsed(2))
        #expect(stage.call(.list) == nil, "To look costs nothing.")
    }

    @Test func namesFindOnlyOneTask() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        #expect(stage.call(.read(task: String(one.rawValue.prefix(4)), part: .summary)) == nil)
        #expect(stage.call(.read(task: String(one.rawValue.prefix(3)), part: .summary)) != nil)
        #expect(stage.call(.read(task: "", part: .summary)) == .unknownTask(""))
    }
}
