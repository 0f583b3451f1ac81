import Domain
import FoundationEssentials
import LoopCore
import Runner
import Testing

@testable import Commands

struct ReasonsDocumentTests {
    private var path: String {
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/REASONS.md"
    }

    @Test func theDocumentSaysWhatTheLoopDoes() throws {
        let written = ReasonsDocument.markdown
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            try Data(written.utf8).write(to: URL(filePath: path))
        }
        let kept = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(kept == written, "Run the tests with UPDATE_SNAPSHOTS=1 to write docs/REASONS.md anew.")
    }

    @Test(arguments: Sample.reasons)
    func everyReasonHasARuleAndAWayToChangeIt(_ reason: Reason) {
        for sentence in [reason.ruling.rule, reason.ruling.change] {
            #expect(sentence.hasSuffix("."))
            #expect(sentence.first?.isUppercase == true || sentence.hasPrefix("makima"))
        }
    }

    @Test func whyTellsTheRule() async throws {
        let task = try Sample.task(.stalled(.noChange(iterations: 3)))
        let bench = TestBench(service: FakeTaskService(dossiers: [Sample.dossier(task)]))
        #expect(await bench.run("why", task.id.rawValue) == .success)
        #expect(bench.output.text.contains("The rule"))
        #expect(bench.output.text.contains("What would change it"))
    }

    @Test func whyTellsOfOneIteration() async throws {
        let dossier = try Sample.fullDossier(.completed(.verified))
        let bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
        let name = dossier.task.id.rawValue
        #expect(await bench.run("why", name, "--iteration", "1") == .success)
        #expect(bench.output.text.contains("What followed: "))
        #expect(await bench.run("why", name, "--iteration", "99") != .success)
        #expect(bench.errors.text.contains("has no iteration 99"))
    }
}
