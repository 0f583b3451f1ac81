import Domain
import Testing

@testable import Wire

struct MergeMappingTests {
    private static let verdicts: [MergeVerdict] = [
        .merged, .unchanged, .checksFailed(targetFails: true), .checksFailed(targetFails: false), .notEvaluated,
        .obstructed(.conflict(paths: ["a"])), .obstructed(.checkoutDirty(paths: ["a", "b"])),
        .obstructed(.filtered(paths: [".gitattributes"])), .obstructed(.branchMoved), .obstructed(.branchMissing),
        .obstructed(.checksFailed([Sample.receipt(.failed(exitCode: 1))])),
    ]

    @Test(arguments: verdicts) func aReportIsTheSameAfterItsJourney(_ verdict: MergeVerdict) throws {
        let task = try Sample.id()
        let commit = try #require(Sample.commit)
        let report = MergeReport(
            verdict,
            before: nil,
            after: commit,
            entries: [
                MergeEntryReport(task, .fits(commit)), MergeEntryReport(task, .present),
                MergeEntryReport(
                    task,
                    .conflict(paths: ["a", "b c"]),
                    rivals: [MergeRival(commit, task: task), MergeRival(commit)]
                ), MergeEntryReport(task, .outside(paths: ["x"])),
                MergeEntryReport(task, .missing),
            ],
            receipts: [Sample.receipt(.failed(exitCode: 1))]
        )
        var answer = CommandAnswer()
        answer.id = "merge-1"
        answer.take(report)
        guard case .commandAnswer(let read) = try Frame.decode(try Frame.encode(answer), as: ToServer.self) else {
            Issue.record("It is no answer.")
            return
        }
        #expect(read == answer)
        #expect(read.merge?.report == report)
    }

    @Test func aBatchIsTheSameAfterItsJourney() throws {
        var check = CheckDefinition(name: "unit", command: "make test", timeout: .seconds(60), clean: true)
        check.network = NetworkMode.none
        let entries = [
            MergeEntry(try Sample.id(), name: "Grüße", touches: ["Sources/**"]), MergeEntry(try Sample.id(), name: "b"),
        ]
        let batch = MergeBatch(entries, into: "main", checks: [check])
        var command = MergeTasks(batch, command: "merge-1", lane: "queue")
        #expect(throws: WireError.field(path: "", .inconsistent(.repositoryMissing))) { try Frame.encode(command) }
        command.targetRepoPath = "/srv/project"
        guard case .mergeTasks(let read) = try Frame.decode(try Frame.encode(command), as: ToDaemon.self) else {
            Issue.record("It is no merge.")
            return
        }
        #expect(read.batch == batch)
        #expect(ToDaemon.mergeTasks(read).commandID == "merge-1")
    }

    @Test(arguments: ["\u{1}", "🎉"]) func whateverWasFoundFits(_ text: String) throws {
        let path = String(repeating: text, count: 4000)
        let task = try Sample.id()
        var receipt = Sample.receipt(.failed(exitCode: 1))
        receipt.outputTail = path
        receipt.check.command = String(repeating: text, count: 20_000)
        let report = MergeReport(
            .merged,
            before: nil,
            after: nil,
            entries: (0..<100)
                .map { _ in MergeEntryReport(task, .conflict(paths: Array(repeating: path, count: 2000))) },
            receipts: Array(repeating: receipt, count: 200)
        )
        var answer = CommandAnswer()
        answer.id = "merge-1"
        answer.take(report)
        #expect(try Frame.encode(answer).count <= WireLimits.frame)
        #expect(answer.merge?.entries.allSatisfy { !$0.paths.isEmpty } == true)
        #expect(answer.merge?.receipts.count == 200)
    }

    @Test func whatALaterVersionSaysIsNotTakenForSomethingElse() {
        var report = WireMergeReport()
        report.verdict = "postponed"
        #expect(report.report == nil)
        report.verdict = "obstructed"
        report.obstacle = "frozen"
        #expect(report.report == nil)
        report.obstacle = "branch_moved"
        #expect(report.report?.verdict == .obstructed(.branchMoved))
        var outcome = WireMergeOutcome()
        (outcome.taskId, outcome.outcome) = ("k7m2q9xw4t", "halved")
        report.entries = [outcome]
        #expect(report.report == nil)
    }
}
