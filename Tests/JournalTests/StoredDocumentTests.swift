import Domain
import GRDB
import Journal
import TestSupport
import Testing

/// Texts as released versions stored them: every later version must read them.
///
/// When a type that is stored gets a new property, nothing here changes: it is the proof that the older texts still do.
struct StoredDocumentTests {
    private let directory = TemporaryDirectory("makima-journal")
    private var path: String { "\(directory.path)/journal.sqlite" }

    @Test func readsATaskOfTheFirstVersion() async throws {
        let journal = try SQLiteJournal(path: path)
        let task = Sample.task()
        try await journal.insert(task)
        try await store(Self.firstTask.replacing("ID", with: task.id.rawValue))
        let read = try #require(try await journal.task(task.id))
        #expect(read.status == .waiting)
        #expect(read.reason == .waiting(.usageLimit, until: Timestamp(millisecondsSince1970: 1_772_373_909_123)))
        #expect(read.activeTime == .milliseconds(1500))
        #expect(read.usage == Usage(cost: USD(microdollars: 42), tokens: nil))
        #expect(read.spec.budgets == Budgets(maxTokens: 9_007_199_254_740_993))
        #expect(read.spec.checks == [CheckDefinition(name: "unit", command: "make test")])
        #expect(read.acceptedTree == nil)
        #expect(read.wait == nil)
    }

    @Test func keepsOfVariablesTheNamesOnly() async throws {
        var task = Sample.task()
        task.spec.agent.environment = ["API_KEY": Self.secret]
        task.spec.otherAgent = task.spec.agent
        task.spec.choices = [task.spec.agent]
        let read = try #require(try await storedAndRead(task))
        for agent in [read.spec.agent] + [read.spec.otherAgent].compactMap(\.self) + (read.spec.choices ?? []) {
            #expect(agent.environment == [:])
            #expect(agent.unknownVariables == ["API_KEY"])
        }
        #expect(try Bytes.contain(Self.secret, below: directory.path).isEmpty)
    }

    /// Earlier versions stored values: those are gone when the journal was opened once.
    @Test func forgetsTheValuesThatEarlierVersionsKept() async throws {
        let task = Sample.task()
        do {
            let journal = try SQLiteJournal(path: path)
            try await journal.insert(task)
            try await store(
                Self.firstTask.replacing("ID", with: task.id.rawValue)
                    .replacing(#""environment":{}"#, with: #""environment":{"API_KEY":"\#(Self.secret)"}"#)
            )
            try await DatabaseQueue(path: path)
                .write { try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '5 %'") }
        }
        #expect(try Bytes.contain(Self.secret, below: directory.path) != [])
        do {
            let journal = try SQLiteJournal(path: path)
            let read = try #require(try await journal.task(task.id))
            #expect(read.spec.agent.unknownVariables == ["API_KEY"])
        }
        #expect(try Bytes.contain(Self.secret, below: directory.path) == [])
    }

    private static let secret = "opaque-value-of-a-key-4713"

    @Test func readsTheWaitOfATask() async throws {
        let journal = try SQLiteJournal(path: path)
        let task = Sample.task()
        try await journal.insert(task)
        try await store(
            Self.firstTask.replacing("ID", with: task.id.rawValue)
                .replacing(#""runs":2"#, with: #""runs":2,"wait":\#(Self.firstWait)"#)
        )
        let wait = try #require(try await journal.task(task.id)?.wait)
        #expect(wait.cause == .rateLimited && wait.role == .standsBy && wait.attempt == 2 && wait.stated == nil)
        #expect(wait.until == Timestamp(millisecondsSince1970: 1_772_373_999_123))
    }

    /// An older version goes on to read what a later one stored, where that only added to it.
    @Test func ignoresWhatItDoesNotKnow() async throws {
        let journal = try SQLiteJournal(path: path)
        let task = Sample.task()
        try await journal.insert(task)
        try await store(
            Self.firstTask.replacing("ID", with: task.id.rawValue)
                .replacing(#""runs":2"#, with: #""runs":2,"later":{"a":[1]}"#)
        )
        #expect(try await journal.task(task.id)?.runs == 2)
    }

    @Test(arguments: [
        Duration.zero, .nanoseconds(1), .milliseconds(-1), .seconds(Int64.max / 1000),
        Duration(secondsComponent: 1, attosecondsComponent: 1),
    ])
    func keepsDurationsExactly(duration: Duration) async throws {
        var task = Sample.task()
        task.activeTime = duration
        #expect(try await storedAndRead(task) == task)
    }

    @Test(arguments: [Int64.min, -1, 0, 9_007_199_254_740_993, .max])
    func keepsWholeNumbersExactly(number: Int64) async throws {
        var task = Sample.task(1, at: Timestamp(millisecondsSince1970: number))
        task.usage = Usage(cost: USD(microdollars: number), tokens: Int(number))
        #expect(try await storedAndRead(task) == task)
    }

    @Test func keepsHostileTexts() async throws {
        var task = Sample.task()
        task.spec.plan = String(String.UnicodeScalarView((0..<0x3000).compactMap(Unicode.Scalar.init)))
        let values = ["": "", "a=b": "\0", "é": "e\u{301}"]
        task.spec.agent.environment = values
        task.sessionID = ""
        var present = task.spec.agent
        present.environment = values
        var read = try #require(try await storedAndRead(task))
        read.spec.takeValues(from: [present])
        #expect(read == task)
    }

    @Test(arguments: ends)
    func keepsHowAnIterationEnded(end: IterationEnd) async throws {
        #expect(try await storedAndRead(Sample.outcome(end: end)) == Sample.outcome(end: end))
    }

    @Test(arguments: [
        GateReading.missing, .malformed(.unterminated), .malformed(.readyMissing), .malformed(.readyUnclear("?")),
        .malformed(.readyContradictory), .malformed(.invalidJSON), .stated(CompletionGate(ready: false)),
        .stated(CompletionGate(ready: true, reason: "r", progress: "", blockers: ["b"])),
    ])
    func keepsGates(gate: GateReading) async throws {
        #expect(try await storedAndRead(Sample.outcome(gate: gate)) == Sample.outcome(gate: gate))
    }

    @Test(arguments: [
        CheckVerdict.passed, .failed(exitCode: -1), .notEvaluated(.commandNotFound),
        .notEvaluated(.programHidden(program: "a", paths: ["/b"])), .notEvaluated(.notExecutable),
        .notEvaluated(.timedOut(after: .seconds(1))), .notEvaluated(.killed(signal: 9)),
        .notEvaluated(.notStarted(message: "m")), .notEvaluated(.stopped),
    ])
    func keepsVerdicts(verdict: CheckVerdict) async throws {
        #expect(try await storedAndRead(Sample.outcome(verdict: verdict)) == Sample.outcome(verdict: verdict))
    }

    private static let ends: [IterationEnd] =
        [
            .ok, .incomplete, .agentError(message: "m"), .usageLimit(resetsAt: nil), .usageLimit(resetsAt: Sample.then),
            .rateLimited(retryAfter: nil), .rateLimited(retryAfter: .seconds(1)), .overloaded, .network(message: "m"),
        ] + [
            .authentication(message: "m"), .billing(message: "m"), .contextOverflow, .unusableSession,
            .launchFailure(message: "m"), .silentLaunchFailure(message: "m"), .permissionDenied(what: "w"),
            .question(text: "t"), .permissionAsked(question: 1, what: "t"), .timeout(.iteration),
            .timeout(.firstOutput), .timeout(.toolCall), .timeout(.timeBudget), .stall, .killed(signal: 9),
        ]

    private func storedAndRead(_ task: TaskRecord) async throws -> TaskRecord? {
        let journal = try SQLiteJournal(path: path)
        try await journal.insert(task)
        return try await journal.task(task.id)
    }

    private func storedAndRead(_ outcome: IterationOutcome) async throws -> IterationOutcome? {
        let journal = try SQLiteJournal(path: path)
        let task = Sample.task()
        try await journal.insert(task)
        try await journal.beginIteration(Sample.iteration(1), of: task.id)
        var record = Sample.ended(1)
        record.outcome = outcome
        try await journal.endIteration(record, task: task.with(.initializing, iterations: 1))
        return try await journal.iterations(of: task.id).first?.outcome
    }

    private func store(_ document: String) async throws {
        try await DatabaseQueue(path: path)
            .write { try $0.execute(sql: "UPDATE task SET document = ?", arguments: [document]) }
    }
}
