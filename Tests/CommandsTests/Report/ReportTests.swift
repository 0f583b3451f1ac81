import Domain
import Runner
import TestSupport
import Testing

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
