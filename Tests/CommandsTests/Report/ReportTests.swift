import Domain
import Runner
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Commands

struct ReportTests {
    /// After the iterations of the samples.
    private static let to = Sample.time + .seconds(1200)

    private static func dossier(_ reason: Reason?, _ seed: UInt64, name: String = "Work") throws -> TaskDossier {
        var generator = SeededGenerator(seed: seed)
        var dossier = try Sample.fullDossier(reason ?? .completed(.verified))
        dossier.task.spec.id = TaskID(using: &generator)
        dossier.task.spec.name = name
        dossier.task.reason = reason
        dossier.task.status = reason?.status ?? .running
        dossier.callName = dossier.task.id.short
        return dossier
    }

    private static func report(_ dossiers: [TaskDossier]) -> Report {
        Report(of: dossiers, from: Sample.time + .seconds(-60), to: to)
    }

    @Test(arguments: Sample.reasons)
    func everyReasonHasAStanding(reason: Reason) throws {
        let entry = try #require(Self.report([try Self.dossier(reason, 1)]).entries.first)
        switch reason {
        case .completed(.verified): #expect(entry.standing == .doneVerified)
        case .completed: #expect(entry.standing == .doneUnverified)
        case .blocked: #expect(entry.standing == .needsYou)
        case .waiting: #expect(entry.standing == .atWork)
        case .iterationLimit, .budget, .stalled, .paused, .interrupted, .failed: #expect(entry.standing == .stopped)
        }
        #expect(!entry.sentence.isEmpty)
    }

    @Test func aQueuedTaskThatDoesNotBeginByItselfNeedsSomebody() throws {
        var queued = try Self.dossier(nil, 1)
        queued.task.status = .pending
        #expect(Self.report([queued]).entries.map(\.standing) == [.queued])
        queued.standstill = Explanation("No daemon is connected.", hint: "Start one.")
        let entry = try #require(Self.report([queued]).entries.first)
        #expect(entry.standing == .needsYou)
        #expect(entry.remarks == ["No daemon is connected."] && entry.advice == "Start one.")
    }

    @Test func whoeverComesBackFindsFirstWhatNeedsThem() throws {
        var asking = try Self.dossier(nil, 5)
        let asked = AskedQuestion(text: "Which database?")
        asking.talk.questions = [TaskQuestion(number: 3, asked: asked, iteration: 1, askedAt: Sample.time)]
        let report = Self.report([
            try Self.dossier(.completed(.verified), 1), try Self.dossier(.stalled(.noChange(iterations: 3)), 2),
            try Self.dossier(.blocked(.protectedPaths(["a"])), 3), try Self.dossier(nil, 4), asking,
        ])
        #expect(
            report.entries.map(\.standing) == [.needsYou, .needsYou, .doneVerified, .stopped, .atWork]
        )
        #expect(report.headline == "2 need you · 1 done and verified · 1 stopped · 1 at work")
        #expect(report.entries.contains { $0.sentence == "The agent asks: Which database?" })
        #expect(report.iterations == 10)
    }

    /// A contract that has merged the work of a task.
    private static func contract(_ dossier: TaskDossier, commit: String?, checks: [String]) -> ContractView {
        var contract = ContractSample.view()
        var task = ContractSample.task(1, "one", .done, merge: "merged")
        (task.taskId, task.commit) = (dossier.task.id.rawValue, commit)
        contract.tasks = [task]
        contract.checks = checks.map { WireCheck(CheckDefinition(name: $0, command: $0)) }
        return contract
    }

    private static func entry(_ reason: Reason, commit: String?, checks: [String]) throws -> Report.Entry {
        let dossier = try dossier(reason, 1)
        let contracts = [contract(dossier, commit: commit, checks: checks)]
        let report = Report(of: [dossier], contracts: contracts, from: Sample.time + .seconds(-60), to: to)
        return try #require(report.entries.first)
    }

    @Test func whatAContractMergedAndCheckedIsVerified() throws {
        let commit = String(repeating: "c", count: 40)
        let checked = try Self.entry(.completed(.unverified), commit: commit, checks: ["make test"])
        #expect(checked.standing == .doneVerified && checked.advice == nil)
        let short = try #require(CommitID(rawValue: commit)).short
        #expect(checked.remarks == ["Merged into 'main' as \(short), and checked there by contract q3w8xk."])
        let bare = try Self.entry(.completed(.unverified), commit: commit, checks: [])
        #expect(bare.standing == .doneUnverified && bare.advice == nil)
        #expect(bare.remarks.last == "Merged into 'main' as \(short) by contract q3w8xk, which has no checks.")
        // The queue put nothing there, and has checked nothing of it.
        let there = try Self.entry(.completed(.unverified), commit: nil, checks: ["make test"])
        #expect(there.standing == .doneUnverified)
        #expect(there.remarks.last == "Its work was in 'main' already when contract q3w8xk was to merge it.")
        #expect(try Self.entry(.completed(.empty), commit: commit, checks: ["x"]).standing == .doneUnverified)
        #expect(try Self.entry(.completed(.verified), commit: commit, checks: []).remarks.count == 1)
        #expect(try Self.entry(.stalled(.noChange(iterations: 3)), commit: commit, checks: ["x"]).merged == nil)
    }

    @Test func whatEndedWithItsContractIsToldSo() throws {
        let dossier = try Self.dossier(.interrupted(.person), 1)
        var contract = Self.contract(dossier, commit: nil, checks: [])
        contract.tasks[0].reason = WireReason(.interrupted(.person), task: TaskCall("one"))
        contract.tasks[0].reason?.tell(Explanation("It was stopped with its contract.", hint: "Resume that."))
        contract.tasks[0].endedWithContract = true
        let report = Report(of: [dossier], contracts: [contract], from: Sample.time + .seconds(-60), to: Self.to)
        #expect(report.entries.first?.remarks == ["It was stopped with its contract."])
        #expect(report.entries.first?.advice == "Resume that.")
    }

    @Test(arguments: [
        ["report"], ["report", "--form", "markdown"], ["report", "--form", "html"], ["report", "--json"],
    ])
    func whatAContractMergedIsToldInEveryForm(arguments: [String]) async throws {
        let dossier = try Self.dossier(.completed(.unverified), 1)
        var view = TaskView()
        (view.taskId, view.status, view.contractId) = (dossier.task.id.rawValue, .done, ContractSample.id)
        let queue = FakeQueue()
        queue.state.withLock { state in
            state.tasks = [view]
            state.contracts = [Self.contract(dossier, commit: String(repeating: "c", count: 40), checks: ["make test"])]
        }
        var bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
        bench.machine.queue = queue
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
        let wanted = arguments.contains("--json") ? "\"checked\"" : "and checked there by contract q3w8xk"
        #expect(bench.output.text.contains(wanted), "\(bench.output.text)")
    }

    @Test func whatIsOverForLongIsLeftOut() throws {
        let old = [
            try Self.dossier(.completed(.verified), 1), try Self.dossier(.blocked(.protectedPaths(["a"])), 2),
        ]
        let later = Sample.time + .seconds(7 * 86_400)
        let report = Report(of: old, from: later, to: later + .seconds(60))
        #expect(report.entries.map(\.standing) == [.needsYou])
        #expect(report.iterations == 0 && report.usage.cost == nil)
    }

    @Test func textsOfTasksAreTextEverywhere() throws {
        let hostile = "<script>alert(1)</script> \u{1B}[2J **bold** [a](javascript:b) `x`"
        let report = Self.report([try Self.dossier(.stalled(.noChange(iterations: 3)), 1, name: hostile)])
        #expect(!report.html.contains("<script>") && report.html.contains("&lt;script&gt;"))
        #expect(!report.markdown.contains("<script>") && report.markdown.contains("\\[a\\]"))
        #expect(!report.markdown.contains("**bold**"))
        for text in [report.html, report.markdown, report.lines(columns: 100).map(\.text).joined()] {
            #expect(!text.unicodeScalars.contains { $0.value == 0x1B })
        }
    }

    @Test(arguments: [
        ["report"], ["report", "--form", "markdown"], ["report", "--form", "html"], ["report", "--json"],
    ])
    func itIsWrittenInEveryForm(arguments: [String]) async throws {
        let bench = TestBench(
            service: FakeTaskService(dossiers: [try Self.dossier(.completed(.verified), 1, name: "Parser")])
        )
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
        #expect(bench.output.text.contains("Parser"))
    }
}
