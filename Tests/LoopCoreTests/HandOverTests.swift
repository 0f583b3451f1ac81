import Domain
import LoopCore
import Testing

/// What a new conversation is told of those before it.
struct HandOverTests {
    private let progress = CompletionGate(
        ready: false,
        reason: "e2e red",
        progress: "3 of 7",
        blockers: ["no database"]
    )

    private func outcome(_ end: IterationEnd = .ok, _ gate: GateReading) -> IterationOutcome {
        IterationOutcome(agent: AgentOutcome(end: end), gate: gate, checkpoint: nil, counted: true)
    }

    private func prompt(
        _ previous: PromptFacts.PreviousTurn?,
        session: LoopMachine.SessionChoice = .fresh,
        renewal: SessionRenewal? = nil,
        handOver: HandOver = HandOver()
    ) throws -> String {
        var facts = PromptFacts(.sample, iteration: 6, session: session, previous: previous)
        facts.handOver = handOver
        return try PromptComposer.compose(facts.beginning(session, because: renewal))
    }

    @Test(arguments: [
        (SessionRenewal.contextFull(percent: 85), "had filled 85 % of what the model can take"),
        (.resumes(1), "continued once"), (.resumes(20), "continued 20 times"), (.lost, "not there any more"),
        (.otherAgent, "another agent"), (.everyIteration, "a conversation of its own"),
        (.unusable, "could not be continued"), (.agentError, "an error of the agent's program"),
        (.standstill, "standstill"),
    ])
    func itSaysWhyItIsNew(renewal: SessionRenewal, part: String) throws {
        let previous = PromptFacts.PreviousTurn(end: .ok, gate: .notReady)
        #expect(try prompt(previous, renewal: renewal).contains(part))
        #expect(try !prompt(previous, session: .continue, renewal: renewal).contains(part))
        #expect(try !prompt(nil, renewal: renewal).contains(part))
    }

    @Test func theLastBelievedGateIsToldWhereTheLastIterationHasNone() throws {
        var handOver = HandOver()
        handOver.note(outcome(.ok, .stated(progress)), of: 4)
        handOver.note(outcome(.stall, .stated(CompletionGate(ready: true, reason: "unbelieved"))), of: 5)
        let text = try prompt(PromptFacts.PreviousTurn(end: .stall, gate: .missing), handOver: handOver)
        for part in ["The gate of iteration 4", "not ready.", "e2e red", "3 of 7", "“no database”"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("unbelieved"))
    }

    @Test func theSameGateIsNotToldTwice() throws {
        var handOver = HandOver()
        handOver.note(outcome(.ok, .stated(progress)), of: 5)
        let text = try prompt(PromptFacts.PreviousTurn(end: .ok, gate: .stated(progress)), handOver: handOver)
        #expect(text.contains("3 of 7"))
        #expect(!text.contains("The gate of iteration"))
    }

    @Test func theLastResultOfEveryCheckIsTold() throws {
        var handOver = HandOver()
        handOver.receipts = [
            .sample("a", .passed), .sample("b", .failed(exitCode: 3)), .sample("c", .notEvaluated(.commandNotFound)),
        ]
        let previous = PromptFacts.PreviousTurn(end: .ok, gate: .notReady)
        let told = "after iteration 1: 'a' passed, 'b' failed with exit status 3, 'c' could not be evaluated."
        #expect(try prompt(previous, handOver: handOver).contains(told))
        #expect(try !prompt(previous, session: .continue, handOver: handOver).contains(told))
        handOver.receipts = (1...22).map { .sample("check\($0)", .passed) }
        #expect(try prompt(previous, handOver: handOver).contains("'check20' passed, and 2 more."))
    }

    @Test func aGateOfADeadOwnersIterationIsNotBelieved() {
        var handOver = HandOver()
        var lost = outcome(.ok, .ready)
        lost.ownerDied = true
        handOver.note(lost, of: 1)
        #expect(handOver.gate == nil)
    }
}
