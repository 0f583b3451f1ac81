import Domain

/// One thing that a prompt has to say, with facts in which it does: the rows of the reference, and of its test.
struct PromptCase: Sendable {
    /// When it is said.
    let title: String
    let facts: PromptFacts

    var notes: String { PromptComposer.notes(facts) }

    private init(_ title: String, _ change: (inout PromptFacts) -> Void) {
        var facts = PromptFacts(task: "parser", plan: "Write a parser.", iteration: 4, maxIterations: 10)
        facts.iterationsUsed = 3
        change(&facts)
        self.title = title
        self.facts = facts
    }

    private static func ended(
        _ title: String,
        _ end: IterationEnd = .ok,
        _ gate: GateReading = .missing,
        receipts: [CheckReceipt] = []
    ) -> PromptCase {
        PromptCase(title) { $0.previous = PromptFacts.PreviousTurn(end: end, gate: gate, receipts: receipts) }
    }

    private static func interrupted(_ title: String, by cause: InterruptCause) -> PromptCase {
        PromptCase(title) {
            $0.previous = PromptFacts.PreviousTurn(end: .incomplete, gate: .missing, interruption: cause)
        }
    }

    static let all = gates + judged + ends + situations

    private static let gates = [
        ended("No gate, as where the agent waits for work in the background"),
        ended("A gate without its end", .ok, .malformed(.unterminated)),
        ended("A gate without a verdict", .ok, .malformed(.readyMissing)),
        ended("A verdict that is none", .ok, .malformed(.readyUnclear("mostly"))),
        ended("Two verdicts", .ok, .malformed(.readyContradictory)),
        ended("A gate in broken JSON", .ok, .malformed(.invalidJSON)),
        ended("Ready, with blockers", .ok, .stated(CompletionGate(ready: true, blockers: ["no database"]))),
        ended(
            "Not ready",
            .ok,
            .stated(
                CompletionGate(
                    ready: false,
                    reason: "two tests fail",
                    progress: "3 of 5 steps",
                    blockers: ["no database"]
                )
            )
        ),
    ]

    private static let judged = [
        ended("Ready, and a check fails", .ok, ready, receipts: receipts(.failed(exitCode: 1), "1 test failed\n")),
        ended("Ready, and a check cannot be run", .ok, ready, receipts: receipts(.notEvaluated(.commandNotFound), "")),
        PromptCase("Ready, and protected paths are changed") {
            $0.previous = PromptFacts.PreviousTurn(end: .ok, gate: ready)
            $0.changedProtectedPaths = ["Tests/ParserTests.swift"]
        },
    ]

    private static let ends = [
        ended("A question that nobody answers", .question(text: "Which of the two formats is wanted?"), notReady),
        ended("A permission that nobody gave", .permissionAsked(question: 4, what: "Bash: npm install"), notReady),
        ended("A denied command", .permissionDenied(what: "Bash: npm install"), notReady),
        ended("The output broke off", .incomplete),
        ended("The iteration took too long", .timeout(.iteration)),
        ended("A tool call took too long", .timeout(.toolCall)),
        ended("No sign of life", .stall),
        ended("A foreign signal", .killed(signal: 9)),
        PromptCase("A limit of memory") {
            $0.previous = PromptFacts.PreviousTurn(end: .ok, gate: notReady)
            $0.previous?.limitHits = LimitHits(killed: 2, memoryMiB: 512)
        },
        ended("An error of the agent's program", .agentError(message: "API Error: 400")),
        PromptCase("The model's service was not available, after an iteration with a check that failed") {
            $0.previous = PromptFacts.PreviousTurn(end: .ok, gate: ready, receipts: receipts(.failed(exitCode: 1), ""))
            $0.cutOff = .overloaded
        },
        PromptCase("A conversation that could not be continued") { $0.cutOff = .contextOverflow },
        interrupted("makima died", by: .ownerDied),
        interrupted("A person stopped the task", by: .person),
    ]

    private static let situations = [
        PromptCase("A new conversation") {
            $0.session = .fresh
            $0.renewal = .contextFull(percent: 85)
            $0.previous = PromptFacts.PreviousTurn(end: .timeout(.iteration), gate: .missing)
            $0.handOver.receipts = receipts(.failed(exitCode: 1), "")
            $0.handOver.note(
                IterationOutcome(
                    agent: AgentOutcome(end: .ok),
                    gate: .stated(CompletionGate(ready: false, progress: "2 of 5 steps", blockers: ["no database"])),
                    checkpoint: nil,
                    counted: true
                ),
                of: 2
            )
        },
        PromptCase("An agent comes back to its conversation after another took over") { $0.meanwhile = [2, 3] },
        PromptCase("The circuit breaker opened, and another way is tried") { $0.stall = .noChange(iterations: 3) },
        PromptCase("A check of the pull request fails, and a person comments") {
            $0.previous = PromptFacts.PreviousTurn(end: .ok, gate: ready)
            $0.feedback = [
                ReviewItem(id: "check:1", kind: .checkFailed, author: "linux", text: "1 test failed"),
                ReviewItem(
                    id: "comment:2",
                    kind: .comment,
                    author: "ada",
                    place: "Sources/Parser.swift:12",
                    text: "This line is too long."
                ),
            ]
        },
        PromptCase("Messages of people") { $0.messages = ["Use the streaming API."] },
        PromptCase("The last iteration that is allowed") { $0.iteration = $0.maxIterations },
        PromptCase("A budget that carries no further iteration") {
            $0.budgets.maxCost = USD(microdollars: 4_000_000)
            $0.usage.cost = USD(microdollars: 3_000_000)
        },
    ]

    private static let ready = GateReading.stated(CompletionGate(ready: true))
    private static let notReady = GateReading.stated(CompletionGate(ready: false))

    private static func receipts(_ verdict: CheckVerdict, _ output: String) -> [CheckReceipt] {
        let digits = String(repeating: "0", count: 40)
        guard let tree = TreeID(rawValue: digits), let base = CommitID(rawValue: digits) else { return [] }
        return [
            CheckReceipt(
                check: CheckDefinition(name: "tests", command: "make test"),
                verdict: verdict,
                iteration: 3,
                duration: .seconds(1),
                tree: tree,
                base: base,
                outputTail: output,
                logPath: ""
            )
        ]
    }
}
