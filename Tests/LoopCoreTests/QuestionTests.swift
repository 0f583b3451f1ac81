import Domain
import Testing

@testable import LoopCore

/// What follows when an agent asks a person.
struct QuestionTests {
    private let asked = IterationReport.sample(1, .question(text: "Which?"), tree: .sample("n"))

    private func machine(_ policy: QuestionPolicy?, max: Int = 10, waits: Bool = true) -> LoopMachine {
        let rules = LoopRules.sample(max: max)
            .with {
                $0.questions = policy
                $0.waits = waits
            }
        return .sample(rules, after: .start)
    }

    @Test func whereNobodyAnswersTheLoopGoesOn() {
        var machine = machine(nil)
        #expect(machine.handle(.iterationEnded(asked)) == [.beginIteration(number: 2, attempt: 1, session: .fresh)])
    }

    @Test func withoutADeadlineTheTaskStopsForThePerson() {
        var machine = machine(QuestionPolicy())
        #expect(machine.handle(.iterationEnded(asked)) == [.finish(.blocked(.question(text: "Which?")))])
        #expect(machine.iterationsUsed == 1)
    }

    @Test func withADeadlineItWaitsSoLongAndGoesOn() {
        var machine = machine(QuestionPolicy(deadline: .seconds(60)))
        let effects = machine.handle(.iterationEnded(asked))
        #expect(effects == [.wait(.answer, .exactly(.seconds(60)), attempt: 1)])
        #expect(machine.handle(.waitElapsed) == [.beginIteration(number: 2, attempt: 1, session: .fresh)])
    }

    @Test func whoIsNotToWaitStops() {
        var machine = machine(QuestionPolicy(deadline: .seconds(60)), waits: false)
        #expect(machine.handle(.iterationEnded(asked)) == [.finish(.blocked(.question(text: "Which?")))])
    }

    @Test func aPermissionThatNobodyGaveIsNoQuestion() {
        let wish = IterationReport.sample(1, .permissionAsked(question: 4, what: "Bash: npm"), tree: .sample("n"))
        let cause = BlockCause.permissionAsked(question: 4, what: "Bash: npm")
        var stopping = machine(QuestionPolicy())
        #expect(stopping.handle(.iterationEnded(wish)) == [.finish(.blocked(cause))])
        #expect(stopping.iterationsUsed == 1)
        var waiting = machine(QuestionPolicy(deadline: .seconds(60)))
        #expect(waiting.handle(.iterationEnded(wish)) == [.wait(.permission, .exactly(.seconds(60)), attempt: 1)])
        #expect(waiting.handle(.waitElapsed) == [.beginIteration(number: 2, attempt: 1, session: .fresh)])
        var hurried = machine(QuestionPolicy(deadline: .seconds(60)), waits: false)
        #expect(hurried.handle(.iterationEnded(wish)) == [.finish(.blocked(cause))])
    }

    @Test func theLimitComesBeforeTheWait() {
        var machine = machine(QuestionPolicy(deadline: .seconds(60)), max: 1)
        guard case .finish(.iterationLimit)? = machine.handle(.iterationEnded(asked)).first else {
            Issue.record("It did not stop at its limit.")
            return
        }
    }

    @Test func aReadyGateIsJudgedWhateverWasAsked() {
        var machine = machine(QuestionPolicy())
        let ready = IterationReport.sample(1, .question(text: "Which?"), gate: .ready)
            .with { $0.differsFromBase = true }
        #expect(machine.handle(.iterationEnded(ready)) == [.finish(.completed(.unverified))])
    }

    @Test func theWaitIsAsLongAsWasSaid() {
        let now = Timestamp(millisecondsSince1970: 1_000_000)
        #expect(WaitDelay.exactly(.seconds(60)).end(from: now, jitter: 1) == now + .seconds(60))
        #expect(WaitDelay.exactly(.seconds(60)).until == nil)
    }

    @Test func theAnswerTakesThePlaceOfTheNoteThatNobodyAnswers() {
        var facts = PromptFacts(task: "t", plan: "p", iteration: 2, maxIterations: 3)
        facts.previous = PromptFacts.PreviousTurn(end: .question(text: "Which?"), gate: .missing)
        facts.messages = ["You asked: Which?\n\nA person answers: a"]
        #expect(PromptComposer.notes(facts).contains("Nobody answered"))
        facts.isAnswered = true
        #expect(!PromptComposer.notes(facts).contains("Nobody answered"))
        #expect(PromptComposer.notes(facts).contains("A person answers: a"))
    }
}
