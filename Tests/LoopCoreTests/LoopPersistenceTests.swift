import Domain
import FoundationEssentials
import LoopCore
import Testing

/// What is journaled is what is read back.
struct LoopPersistenceTests {
    private func copy<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }

    @Test func aMachineGoesOnFromItsCopyInEveryState() throws {
        let ready = IterationReport.sample(1, gate: .ready)
        var used = LoopMachine.sample(.sample(max: 40, checks: ["a"]), after: .start)
        used.run(trees: "aab", .agentError(message: "x"))
        let machines: [LoopMachine] = [
            .sample(), .sample(after: .start), .sample(after: .start, .stopRequested),
            .sample(
                after: .start,
                .iterationEnded(.sample(1, .usageLimit(resetsAt: Timestamp(millisecondsSince1970: 5))))
            ),
            .sample(.sample(checks: ["a"]), after: .start, .iterationEnded(ready)), .sample(after: .stopRequested),
            used,
        ]
        for machine in machines { #expect(try copy(machine) == machine) }
    }

    @Test func aMemoryKeepsWhatTheBreakerKnows() throws {
        var machine = LoopMachine.sample(after: .start)
        machine.run(trees: "aa0")
        var resumed = LoopMachine(rules: machine.rules, memory: try copy(machine.memory).restored(for: .crash))
        _ = resumed.handle(.start)
        resumed.run(trees: "a")
        #expect(resumed.reason == .stalled(.noChange(iterations: 3)))
    }
}
