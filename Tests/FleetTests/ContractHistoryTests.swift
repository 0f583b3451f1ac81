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
                left -= 1
            }
            guard history.stage.contract.state != .done(.verified) else { continue }
            let end = "Seed \(seed): \(history.stage.contract.state)"
            Issue.record("\(end)\n\(history.steps.joined(separator: "\n"))")
            return
        }
    }
}
