import Domain
import LoopCore
import Testing

struct PromptComposerTests {
    private func prompt(
        _ iteration: Int = 2,
        session: LoopMachine.SessionChoice = .continue,
        end: IterationEnd = .ok,
        gate: GateReading = .notReady,
        receipts: [CheckReceipt] = []
    ) throws -> String {
        let previous = PromptFacts.PreviousTurn(end: end, gate: gate, receipts: receipts)
        return try PromptComposer.compose(
            PromptFacts(.sample, iteration: iteration, session: session, previous: iteration == 1 ? nil : previous)
        )
    }

    @Test func theFirstPromptHoldsThePlanAndTheRules() throws {
        var spec = TaskSpec.sample
        spec.checks = [
            CheckDefinition(name: "tests", command: "swift test"), CheckDefinition(name: "make", command: "make"),
        ]
        spec.protected = ["Tests/**", ".github/**"]
        spec.budgets = Budgets(maxCost: USD(microdollars: 2_500_000), maxTokens: 900)
        let text = try PromptComposer.compose(PromptFacts(spec, iteration: 1, session: .fresh))
        for part in [
            "Write a parser.", "'parser'", "iteration 1 of at most 10", "- tests: `swift test`", "- `make`",
            "`Tests/**`, `.github/**`", "$2.50 of $2.50, 900 of 900 tokens", "Nobody answers questions",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(text.hasPrefix("Write a parser."))
        #expect(!text.contains("Earlier iterations"))
        #expect(!text.contains("\n\n\n"))
    }

    @Test func aContinuedConversationIsNotToldThePlanAgain() throws {
        let text = try prompt(3)
        #expect(!text.contains("Write a parser."))
        #expect(text.contains("Iteration 3 of at most 10"))
        #expect(text.contains("'parser'"))
    }

    @Test func aFreshConversationIsToldThatOthersWorkedBefore() throws {
        let text = try prompt(3, session: .fresh)
        #expect(text.hasPrefix("Write a parser."))
        #expect(text.contains("Earlier iterations"))
        #expect(text.contains("git log"))
    }

    @Test func aSecondTryOfTheFirstIterationIsToldThatItIsOne() throws {
        var facts = PromptFacts(.sample, iteration: 1, session: .fresh)
        facts.cutOff = .contextOverflow
        let text = try PromptComposer.compose(facts)
        #expect(text.hasPrefix("Write a parser."))
        #expect(!text.contains("Earlier iterations"))
        #expect(text.contains("cut off because its conversation could not be continued."))
    }

    @Test func aTryThatNeverBeganIsNotSpokenOf() throws {
        var facts = PromptFacts(.sample, iteration: 1, session: .fresh)
        let before = try PromptComposer.compose(facts)
        facts.cutOff = .launchFailure(message: "ENOENT")
        #expect(try PromptComposer.compose(facts) == before)
    }

    @Test func aCheckOfSeveralLinesIsToldAsItIs() throws {
        var spec = TaskSpec.sample
        let script = "cd Tests\ncat <<'```'\nx\n```"
        spec.checks = [
            CheckDefinition(name: "tests", command: script), CheckDefinition(name: "cd a\nmake", command: "cd a\nmake"),
        ]
        let text = try PromptComposer.compose(PromptFacts(spec, iteration: 1, session: .fresh))
        #expect(text.contains("- tests: this\n\n  ````sh\n  cd Tests\n  cat <<'```'\n  x\n  ```\n  ````\n"))
        #expect(text.contains("- this script\n\n  ```sh\n  cd a\n  make\n  ```"))
    }

    @Test(arguments: [
        (IterationEnd.ok, GateReading.missing, "held no completion gate"),
        (.ok, .missing, "background"),
        (.ok, .malformed(.unterminated), "closing tag"),
        (.ok, .malformed(.readyMissing), "no 'ready' line"),
        (.ok, .malformed(.readyUnclear("maybe")), "was 'maybe'"),
        (.ok, .malformed(.readyContradictory), "given twice"),
        (.ok, .malformed(.invalidJSON), "begins like JSON"),
        (.ok, .blocked(by: "no database"), "“no database”"),
        (.ok, .stated(CompletionGate(ready: true, blockers: ["12 open"])), "named blockers"),
        (.ok, .stated(CompletionGate(ready: false, reason: "e2e red", progress: "3 of 7")), "Progress: 3 of 7"),
        (.incomplete, .missing, "broke off"),
        (.timeout(.iteration), .missing, "took too long"),
        (.timeout(.toolCall), .missing, "one tool call"),
        (.timeout(.firstOutput), .missing, "no sign of life"),
        (.stall, .missing, "no sign of life"),
        (.killed(signal: 9), .missing, "signal 9"),
        (.agentError(message: "API Error: 400\nmore"), .missing, "API Error: 400"),
        (.question(text: "A or B?"), .missing, "You asked: A or B?"),
        (.permissionDenied(what: "Bash: npm install"), .missing, "Bash: npm install"),
        (.unusableSession, .missing, "conversation could not be continued"),
        (.overloaded, .missing, "not available"), (.authentication(message: ""), .missing, "login was refused"),
        (.billing(message: ""), .missing, "no credit"),
    ])
    func thePromptSaysHowTheLastIterationEnded(end: IterationEnd, gate: GateReading, part: String) throws {
        #expect(try prompt(end: end, gate: gate).contains(part))
    }

    @Test func claimsThatAreNotBelievedAreNotRepeated() throws {
        #expect(try !prompt(end: .incomplete, gate: .blocked(by: "secret")).contains("secret"))
    }

    @Test func aDeadOwnerIsNotTheAgentsFault() throws {
        let previous = PromptFacts.PreviousTurn(end: .incomplete, gate: .missing, interruption: .ownerDied)
        let facts = PromptFacts(.sample, iteration: 2, session: .fresh, previous: previous)
        let text = try PromptComposer.compose(facts)
        #expect(text.contains("cut off from outside"))
        #expect(!text.contains("broke off"))
    }

    @Test func failingOutputIsFencedBeyondItsOwnFences() throws {
        let output = "before\n````\n\u{1B}[31mred\u{1B}[0m\u{0}\n````\n"
        let receipts = [
            CheckReceipt.sample("a", .passed, output: "hidden"), .sample("b", .failed(exitCode: 3), output: output),
            .sample("c", .notEvaluated(.commandNotFound)),
        ]
        let text = try prompt(gate: .ready, receipts: receipts)
        #expect(text.contains("'b' failed with exit status 3"))
        #expect(text.contains("`````text\nbefore\n````\nred\n````\n`````"))
        #expect(text.contains("'c' could not be evaluated, which is not your fault"))
        #expect(text.contains("127"))
        #expect(!text.contains("hidden"))
    }

    @Test func longOutputIsCutAtItsBeginning() throws {
        let output = (1...5000).map { "line number \($0)" }.joined(separator: "\n")
        let text = try prompt(gate: .ready, receipts: [.sample("a", .failed(exitCode: 1), output: output)])
        #expect(text.utf8.count < 7000)
        #expect(text.contains("line number 5000\n```"))
        let single = String(repeating: "x", count: 100_000)
        #expect(try prompt(receipts: [.sample("a", .failed(exitCode: 1), output: single)]).utf8.count < 7000)
    }

    @Test func manyFailingChecksAreCounted() throws {
        let receipts = (1...8).map { CheckReceipt.sample("check\($0)", .failed(exitCode: 1)) }
        #expect(try prompt(receipts: receipts).contains("3 more checks did not pass."))
    }

    @Test func whatIsLeftOfTheBudgetNeverGoesBelowZero() throws {
        var spec = TaskSpec.sample
        spec.budgets = Budgets(maxTokens: 10, maxDuration: .seconds(60))
        var machine = LoopMachine(rules: LoopRules(spec))
        _ = machine.handle(.start)
        _ = machine.handle(
            .iterationEnded(
                .sample(1)
                    .with {
                        $0.usage.tokens = 25
                        $0.activeTime = .seconds(20)
                    }
            )
        )
        let facts = PromptFacts(spec, iteration: 2, session: .continue, memory: machine.memory)
        #expect(try PromptComposer.compose(facts).contains("0 of 10 tokens, 40 s of 1 min 00 s"))
    }

    /// An agent's program may print its prompt again: it must not say that it is ready by that.
    @Test(arguments: [LoopMachine.SessionChoice.fresh, .continue], [1, 2])
    func noPromptIsAGate(session: LoopMachine.SessionChoice, iteration: Int) throws {
        let text = try prompt(iteration, session: session)
        #expect(GateReader.read(finalMessage: text, prompt: nil) == .missing)
        #expect(GateReader.read(finalMessage: text, prompt: text) == .missing)
        let bare = text.filter { $0 != "`" }
        #expect(!GateReader.read(finalMessage: bare, prompt: nil).isReady)
        let pressed = text.split(separator: "\n").map { $0.drop { " 0123456789.".contains($0) } }
            .joined(separator: "\n")
        #expect(!GateReader.read(finalMessage: pressed, prompt: nil).isReady)
    }

    @Test func theShownFormIsOneThatIsUnderstood() {
        let message = """
            <COMPLETION_GATE>
            ready: true
            reason: "why"
            progress: "what is finished, of what"
            blockers: []
            </COMPLETION_GATE>
            """
        #expect(GateReader.read(finalMessage: message, prompt: nil).isReady)
    }

    @Test func templatesAreStrict() throws {
        let facts = PromptFacts(.sample, iteration: 1, session: .fresh)
        var templates = PromptTemplates()
        templates.first = PromptTemplate(name: "mine", text: "{{plan}} {{moon}}")
        #expect(throws: PromptError.unknownVariable("moon", template: "mine")) {
            try PromptComposer.compose(facts, templates: templates)
        }
        templates.first = PromptTemplate(name: "mine", text: "{{plan}} {{task")
        #expect(throws: PromptError.unterminatedVariable(template: "mine")) {
            try PromptComposer.compose(facts, templates: templates)
        }
        #expect(PromptError.unknownVariable("moon", template: "mine").description.contains("'moon'"))
        #expect(PromptError.unterminatedVariable(template: "mine").description.contains("'mine'"))
    }

    @Test func bracesInAPlanMeanNothing() throws {
        var spec = TaskSpec.sample
        spec.plan = "Render {{name}} and {{task}}."
        let text = try PromptComposer.compose(PromptFacts(spec, iteration: 1, session: .fresh))
        #expect(text.hasPrefix("Render {{name}} and {{task}}."))
    }

    @Test func aCommandWithBackticksStaysOneSpan() throws {
        var spec = TaskSpec.sample
        spec.checks = [CheckDefinition(name: "x", command: "`date`")]
        let text = try PromptComposer.compose(PromptFacts(spec, iteration: 1, session: .fresh))
        #expect(text.contains("- x: `` `date` ``"))
    }
}
