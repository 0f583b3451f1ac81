import Domain
import Fleet
import Testing

/// Tasks that may change the same paths are not at work at once.
struct TouchKeysTests {
    private let leader = ContractStage.leader

    private func stage(_ touches: [[String]]) -> (ContractStage, [TaskID]) {
        var stage = ContractStage()
        let tasks = touches.enumerated()
            .map { index, patterns in
                let id = stage.add(index + 2, "t\(index)")
                stage.contract.members[id]?.touches = patterns
                return id
            }
        return (stage, tasks)
    }

    @Test func eachPairThatMayOverlapHasAKey() {
        let (stage, tasks) = stage([["src/**"], ["src/a"], ["docs/**"], []])
        let keys = TouchKeys(stage.contract)
        #expect(keys.of(tasks[0]).count == 1 && keys.of(tasks[0]) == keys.of(tasks[1]))
        #expect(keys.of(tasks[2]).isEmpty && keys.of(tasks[3]).isEmpty)
    }

    @Test func keysOfOthersStay() {
        let (stage, tasks) = stage([["src/**"], ["src/a"]])
        let keys = TouchKeys(stage.contract)
        let own = [ConcurrencyKey("database", limit: 2), ConcurrencyKey("touch:screen"), stage.contract.key]
        let once = keys.replacing(own, of: tasks[0])
        #expect(once == own + keys.of(tasks[0]))
        #expect(keys.replacing(once, of: tasks[0]) == once, "However often it is done.")
    }

    @Test func whatIsMergedHoldsNobody() {
        var (stage, tasks) = stage([["src/**"], ["src/a"]])
        stage.contract.members[tasks[0]]?.merge = .merged(nil)
        #expect(TouchKeys(stage.contract).of(tasks[1]).isEmpty)
    }

    @Test func ofVeryManyOnlyOneIsAtWork() {
        let (stage, tasks) = stage(Array(repeating: ["src/**"], count: 20) + [["docs/**"]])
        let keys = TouchKeys(stage.contract)
        #expect(tasks.allSatisfy { keys.of($0).map(\.limit) == [1] })
        #expect(Set(tasks.flatMap(keys.of)).count == 1)
    }

    /// A task that is at work holds its keys, and what is queued may begin after each step.
    @Test(arguments: [false, true])
    func whileKeysChangeTheyHoldAsWell(_ isBack: Bool) {
        var (stage, tasks) = stage(Array(repeating: ["src/**"], count: 13) + [["docs/**"]])
        let few = TouchKeys(stage.contract)
        let other = stage.add(20, "one more")
        stage.contract.members[other]?.touches = ["src/new"]
        let many = TouchKeys(stage.contract)
        let (old, new) = isBack ? (many, few) : (few, many)
        let own = ConcurrencyKey("database", limit: 2)
        var keys = Dictionary(uniqueKeysWithValues: tasks.map { ($0, [own] + old.of($0)) })
        var free: [TaskID] = []
        for step in new.steps(for: tasks) {
            keys[step.task] = new.keys(after: step, keys[step.task] ?? [])
            let held = Set(keys[tasks[0]] ?? []).subtracting([own])
            free += tasks[1..<13].filter { held.isDisjoint(with: keys[$0] ?? []) }
        }
        #expect(free == [], "These could begin beside the first one.")
        for task in tasks { #expect(keys[task] == [own] + new.of(task), "No old one is left.") }
    }

    @Test func whoIsHeldBackIsSaid() {
        var (stage, tasks) = stage([["src/**"], ["src/a"], ["docs/**"]])
        for task in [tasks[0], tasks[2]] { stage.set(task, .running) }
        #expect(TouchKeys(stage.contract).holders(of: tasks[1], in: stage.contract, stage.view) == [tasks[0]])
        #expect(TouchKeys(stage.contract).holders(of: tasks[0], in: stage.contract, stage.view) == [], "It is at work.")
        let list = ContractTexts.list(stage.contract, stage.view, of: leader)
        #expect(
            list.contains("t1 (\(tasks[1].short)): pending, held back while t0 may change the same paths"),
            "\(list)"
        )
        let standing = ContractRules.standing(of: tasks[1], in: stage.contract, stage.view)
        #expect(standing == ["It is held back while 't0' is at work: they may change the same paths."])
        stage.set(tasks[0], .done, .completed(.verified))
        #expect(TouchKeys(stage.contract).holders(of: tasks[1], in: stage.contract, stage.view) == [])
    }

    @Test func aBusyKeyIsSaidAsWhatItStandsFor() {
        let (stage, tasks) = stage([["src/**"], ["src/a"]])
        let key = TouchKeys(stage.contract).of(tasks[0])[0]
        #expect(DispatchObstacle.keyBusy(key.name).sentence == "A task that may change the same paths is at work.")
        #expect(DispatchObstacle.keyBusy(stage.contract.key.name).sentence.contains("tasks of its contract"))
        #expect(
            DispatchObstacle.keyBusy("touch:screen").sentence
                == "As many tasks of 'touch:screen' are at work as may be."
        )
    }
}
