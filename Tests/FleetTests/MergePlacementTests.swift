import Domain
import Fleet
import Testing

/// Which daemon merges, and what is said where none can.
struct MergePlacementTests {
    private let url = ContractPlace(url: "https://example.org/r.git", targets: ["main"])
    private let path = ContractPlace(path: "/r", targets: ["main"])
    private let one = Sample.id(1)
    private let two = Sample.id(2)
    private let anna = Sample.daemon("anna")
    private let berta = Sample.daemon("berta")
    private let carl = Sample.daemon("carl")

    private func work(_ task: TaskID, _ home: DaemonID?, isStored: Bool = true) -> MergePlacement.Work {
        MergePlacement.Work(task, home: home, isStored: isStored)
    }

    private func daemon(_ id: DaemonID, isDraining: Bool = false, _ repositories: Set<String> = []) -> DaemonState {
        var state = DaemonState(id, session: 1)
        (state.isDraining, state.repositories) = (isDraining, repositories)
        return state
    }

    private func placement(_ works: MergePlacement.Work..., at place: ContractPlace? = nil, homes: DaemonID...)
        -> MergePlacement
    {
        let homes = Set(homes + works.compactMap(\.home))
        return MergePlacement(place ?? url, works, homes: homes)
    }

    @Test func withoutDaemonsItWaits() {
        #expect(placement(work(one, anna)).decide(among: []) == .waits(.noDaemons))
    }

    @Test func whoHasMostOfTheWorkIsFirst() {
        let three = placement(work(one, anna), work(two, berta), work(Sample.id(3), berta))
        #expect(three.decide(among: [daemon(anna), daemon(berta)]) == .daemon(berta))
        #expect(three.decide(among: [daemon(anna)]) == .daemon(anna), "the rest is sent")
        let even = placement(work(one, anna), work(two, berta))
        #expect(even.decide(among: [daemon(berta), daemon(anna)]) == .daemon(anna), "always the same one")
    }

    @Test func whoHasMendedAConflictMergesIt() {
        var mended = placement(work(two, berta), work(Sample.id(3), berta), work(one, anna))
        mended.mended = one
        for daemons in [[daemon(anna), daemon(berta)], [daemon(berta), daemon(anna)]] {
            #expect(mended.decide(among: daemons) == .daemon(anna))
        }
        #expect(mended.decide(among: [daemon(anna, isDraining: true), daemon(berta)]) == .daemon(berta))
        mended.mended = Sample.id(4)
        #expect(mended.decide(among: [daemon(anna), daemon(berta)]) == .daemon(berta), "it is in no batch")
    }

    @Test func whoHasWorkedForTheContractMayMerge() {
        let placement = placement(work(one, anna), homes: berta)
        #expect(placement.decide(among: [daemon(berta), daemon(carl)]) == .daemon(berta))
        #expect(placement.decide(among: [daemon(carl)]) == .waits(.repositoryAway("https://example.org/r.git")))
        #expect(placement.decide(among: [daemon(carl, ["https://example.org/r.git"])]) == .daemon(carl))
        var special = placement
        special.labels = ["gpu"]
        let plain = daemon(carl, ["https://example.org/r.git"])
        #expect(special.decide(among: [plain]) == .waits(.repositoryAway("https://example.org/r.git")))
        #expect(special.decide(among: [plain, daemon(berta)]) == .daemon(berta), "it has worked for the contract")
    }

    @Test func afterAWhileSomebodyMayCloneIt() {
        var late = placement(work(one, anna))
        late.mayClone = true
        #expect(late.decide(among: [daemon(carl)]) == .daemon(carl))
        late.labels = ["gpu"]
        let wait = MergeWait.repositoryAway("https://example.org/r.git")
        #expect(late.decide(among: [daemon(carl)]) == .waits(wait), "its checks may need what the tasks need")
        var local = placement(work(one, anna), at: path)
        local.mayClone = true
        #expect(local.decide(among: [daemon(carl)]) == .waits(.repositoryAway("/r")))
    }

    @Test func workThatIsNotStoredIsMergedWhereItIs() {
        let bound = placement(work(one, anna, isStored: false), work(two, berta), work(Sample.id(3), berta))
        #expect(bound.decide(among: [daemon(anna), daemon(berta)]) == .daemon(anna))
        #expect(bound.decide(among: [daemon(berta)]) == .waits(.workAway(one, anna)))
        let nowhere = placement(work(one, nil, isStored: false), homes: berta)
        #expect(nowhere.decide(among: [daemon(berta)]) == .daemon(berta), "it says that it is missing")
    }

    @Test func whatNobodyHasTogetherIsDivided() {
        let placement = placement(work(one, anna, isStored: false), work(two, berta, isStored: false))
        #expect(placement.decide(among: [daemon(anna)]) == .divide)
        #expect(placement.decide(among: []) == .waits(.noDaemons))
        let same = self.placement(work(one, anna, isStored: false), work(two, anna, isStored: false))
        #expect(same.decide(among: [daemon(anna)]) == .daemon(anna))
    }

    @Test func whoDrainsTakesNothingNew() {
        let placement = placement(work(one, anna), homes: berta)
        #expect(placement.decide(among: [daemon(anna, isDraining: true), daemon(berta)]) == .daemon(berta))
        #expect(placement.decide(among: [daemon(anna, isDraining: true)]) == .waits(.draining(anna)))
        let bound = self.placement(work(one, anna, isStored: false), homes: berta)
        #expect(bound.decide(among: [daemon(anna, isDraining: true), daemon(berta)]) == .waits(.draining(anna)))
    }

    @Test func aPathIsWhereTheWorkIs() {
        let placement = placement(work(one, anna, isStored: false), at: path, homes: berta)
        let others = [daemon(berta), daemon(carl, ["/r"])]
        #expect(placement.decide(among: others) == .waits(.repositoryAway("/r")))
        #expect(placement.decide(among: others + [daemon(anna)]) == .daemon(anna))
        let branch = self.placement(at: path, homes: berta)
        #expect(branch.decide(among: others) == .daemon(berta))
    }

    @Test func beforeAnybodyHasWorkedWhoHasTheRepositoryIsAsked() {
        let branch = placement(at: path)
        #expect(branch.decide(among: [daemon(anna), daemon(berta, ["/r"])]) == .daemon(berta))
        #expect(branch.decide(among: [daemon(berta), daemon(anna)]) == .daemon(anna))
        #expect(branch.decide(among: [daemon(anna, isDraining: true)]) == .waits(.draining(anna)))
    }

    @Test func eachWaitSaysWhatIsToBeDone() {
        let contract = ContractStage().contract
        let waits: [MergeWait] = [
            .noDaemons, .repositoryAway("/r"), .workAway(one, anna), .draining(anna), .unsendable("Too large."),
        ]
        for wait in waits {
            let explanation = wait.explanation(into: "main", of: contract)
            #expect(explanation.sentence.contains("'main'") && explanation.sentence.hasSuffix("."))
            #expect(explanation.hint?.hasSuffix(".") == true)
        }
        #expect(Set(waits.map(\.code)).count == waits.count)
    }
}

/// A batch that no daemon carries out, as its contract tells it.
struct MergeWaitTests {
    private func stage() -> (ContractStage, TaskID) {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        return (stage, one)
    }

    private func wait(_ stage: ContractStage) -> MergeQueue.Wait? { stage.contract.queues["main"]?.batch?.wait }

    @Test func itIsToldWhenItLasts() {
        var (stage, one) = stage()
        let waits = ["main": ContractRules.MergeAnswer.waits(.noDaemons, batch: 1)]
        stage.advance(waits)
        #expect(ContractRules.goesOn(stage.contract, stage.view))
        #expect(wait(stage)?.isTold == false && stage.contract.state == .working)
        stage.now = Sample.then + .milliseconds(29_999)
        stage.advance(waits)
        #expect(wait(stage)?.isTold == false)
        stage.now = Sample.then + .seconds(30)
        stage.advance(["main": .waits(.draining(Sample.daemon()), batch: 1)])
        #expect(wait(stage)?.isTold == true, "another cause is no other wait")
        let obstacle = ContractObstacle.mergeWaits(target: "main", .draining(Sample.daemon()))
        #expect(stage.contract.state == .blocked(obstacle))
        #expect(stage.contract.state.explanation(of: stage.contract).sentence.contains("takes nothing new"))
        #expect(!ContractRules.goesOn(stage.contract, stage.view))
        let standing = ContractRules.standing(of: one, in: stage.contract, stage.view)
        #expect(standing.joined().contains("takes nothing new"))
        let settled = stage.contract
        stage.advance(["main": .waits(.draining(Sample.daemon()), batch: 1)])
        #expect(stage.contract == settled, "nothing changes as long as it lasts")
        stage.advance()
        #expect(wait(stage)?.isTold == true, "nobody has it yet")
        stage.advance(["main": .atWork(batch: 1)])
        #expect(wait(stage) == nil && stage.contract.state == .working)
    }

    @Test func whereOthersWorkItIsNotBlocked() {
        var (stage, _) = stage()
        let other = stage.add(3, "other", merging: .whenDone)
        stage.set(other, .running)
        let waits = ["main": ContractRules.MergeAnswer.waits(.noDaemons, batch: 1)]
        stage.advance(waits)
        stage.now = Sample.then + .seconds(60)
        stage.advance(waits)
        #expect(wait(stage)?.isTold == true && stage.contract.state == .working)
    }

    @Test func itIsOfItsBatchAndOfItsTryOnly() {
        var (stage, _) = stage()
        stage.advance(["main": .waits(.noDaemons, batch: 2)])
        #expect(wait(stage) == nil)
        stage.advance(["main": .waits(.noDaemons, batch: 1)])
        #expect(wait(stage) != nil)
        stage.advance(["main": .lost(batch: 1)])
        #expect(wait(stage) != nil && stage.contract.queues["main"]?.batch?.attempt == 2)
        stage.advance(["main": .atWork(batch: 2)])
        #expect(wait(stage) != nil, "it is of another batch")
    }

    @Test(arguments: ["waits", "lost", "told to nobody", "at work"])
    func aContractThatIsOverKeepsNoBatchThatNobodyCarriesOut(what: String) throws {
        var (stage, one) = stage()
        let answers: [String: ContractRules.MergeAnswer] =
            switch what {
            case "waits": ["main": .waits(.noDaemons, batch: 1)]
            case "lost": ["main": .lost(batch: 1)]
            case "at work": ["main": .atWork(batch: 1)]
            default: [:]
            }
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        stage.advance(answers)
        guard what != "at work" else {
            #expect(stage.contract.queues["main"]?.batch?.entries.map(\.task) == [one])
            stage.answer()
            return #expect(stage.contract.members[one]?.merge == .merged(Sample.commit))
        }
        #expect(stage.contract.queues["main"]?.batch == nil && stage.contract.queues["main"]?.has(one) == true)
        stage.contract = try #require(ContractRules.resume(stage.contract, stage.view)).0
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.entries.map(\.task) == [one])
        #expect(stage.contract.queues["main"]?.batch?.number == 2)
    }

    @Test func scatteredWorkIsMergedOneAfterTheOther() {
        var stage = ContractStage(isGraph: true)
        let tasks = [stage.add(2, "one", merging: .whenDone), stage.add(3, "two", merging: .whenDone)]
        for task in tasks { stage.set(task, .done, .completed(.verified)) }
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.entries.count == 2)
        stage.advance(["main": .scattered(batch: 1)])
        for number in 2...3 {
            #expect(stage.contract.queues["main"]?.batch?.entries.count == 1)
            stage.advance(["main": .scattered(batch: number)])
            #expect(stage.contract.queues["main"]?.batch?.number == number, "one alone is not divided")
            stage.answer()
        }
        #expect(tasks.allSatisfy { stage.contract.members[$0]?.merge == .merged(Sample.commit) })
    }

    @Test func whoseDaemonIsGoneGoesOnElsewhere() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        for task in [ContractStage.leader, one] {
            stage.set(task, .pending)
            stage.tasks[task]?.demands.daemon = Sample.daemon()
        }
        stage.away = [ContractStage.leader: .init(Sample.daemon(), isStored: false)]
        stage.away[one] = .init(Sample.daemon(), isStored: true)
        var local = stage
        local.advance()
        #expect(local.contract.due.isEmpty, "a path is that of one machine")
        stage.contract.place = ContractPlace(url: "https://example.org/r.git", targets: ["main", "next"])
        stage.advance()
        stage.advance()
        #expect(stage.contract.due.map(\.kind) == [.release, .release])
        #expect(Set(stage.contract.due.map(\.task)) == [ContractStage.leader, one])
        #expect(stage.contract.state == .working)
        stage.carryOutOrders()
        #expect(stage.tasks[one]?.demands.daemon == nil)
    }

    @Test func workThatOnlyItsDaemonHasIsNotBegunAnewByItself() {
        var (stage, _) = stage()
        let one = stage.add(3, "two", merging: .whenDone)
        stage.away[one] = .init(Sample.daemon(), isStored: false)
        stage.advance()
        #expect(stage.contract.due.isEmpty)
        #expect(stage.contract.state == .working, "the other one is being merged")
        stage.answer()
        stage.carryOutOrders()
        stage.advance()
        #expect(stage.contract.state == .blocked(.taskAway(one, Sample.daemon())))
        #expect(!ContractRules.goesOn(stage.contract, stage.view))
        #expect(stage.contract.state.explanation(of: stage.contract).hint?.contains("--elsewhere") == true)
        stage.away = [:]
        stage.advance()
        #expect(stage.contract.state == .working)
    }
}
