import Domain
import Fleet
import Testing

/// That a contract is reached whenever people stop it and let it go on, whatever happens in between.
struct ContractHistoryTests {
    @Test func whateverPeopleStopGoesOnWithTheContract() {
        for seed in 0..<500 as Range<UInt64> {
            var history = ContractHistory(seed: seed)
            for _ in 0..<60 { history.step(people: true) }
            history.resume()
            var left = 2000
            while left > 0, history.stage.contract.state != .done(.verified) {
                history.step(people: false)
                // Whoever stopped one task by itself lets that go on.
                while history.resumeOne() {}
                history.raiseBudget()
                left -= 1
            }
            let isHeard = history.stage.words.values.allSatisfy { !$0.areUnheard }
            guard history.stage.contract.state != .done(.verified) || !isHeard else { continue }
            let end = "Seed \(seed): \(history.stage.contract.state), \(isHeard ? "" : "not ")all is heard"
            Issue.record("\(end)\n\(history.steps.joined(separator: "\n"))")
            return
        }
    }

    /// It says so where it cannot be reached: nothing is left that does not go on without a word.
    @Test func whatComesToNothingIsSaid() {
        var blocked = 0
        for seed in 0..<500 as Range<UInt64> {
            var history = ContractHistory(seed: 2 * seed, mayFail: true)
            for _ in 0..<60 { history.step(people: true) }
            history.resume()
            for _ in 0..<1000 {
                history.step(people: false)
                while history.resumeOne() {}
                history.raiseBudget()
            }
            let state = history.stage.contract.state
            guard state == .working || state == .stopped else {
                blocked += state.isOpen ? 1 : 0
                continue
            }
            Issue.record("Seed \(seed): \(state)\n\(history.steps.joined(separator: "\n"))")
            return
        }
        #expect(blocked > 50, "Else little of this was tried.")
    }
}
