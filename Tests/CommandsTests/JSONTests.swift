import Domain
import Foundation
import Runner
import Testing

@testable import Commands

struct JSONTests {
    /// JSON as people compare it: sorted by nothing, one member a line.
    private func pretty(_ line: some StringProtocol) throws -> String {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8), options: [.fragmentsAllowed])
        let data = try JSONSerialization.data(
            withJSONObject: object,
            options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        )
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    @Test(arguments: [
        (["list"], "list.json"), (["show", "k7"], "show.json"), (["why", "k7"], "why.json"),
        (["checkpoints", "k7"], "checkpoints.json"), (["agents"], "agents.json"), (["config"], "config.json"),
        (["stop", "k7"], "stop.json"), (["restore", "k7", "1"], "restore.json"), (["merge", "k7"], "merge.json"),
        (["discard", "k7"], "discard.json"), (["doctor"], "doctor.json"),
    ])
    func answersHaveStableKeys(_ arguments: [String], _ name: String) async throws {
        let dossier = try Sample.fullDossier(.completed(.verified))
        var bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
        bench.machine.diagnoses = [Diagnosis(subject: "git", verdict: .fine, finding: "2.39.5")]
        #expect(await CommandLineProgram.run(in: bench.environment(arguments + ["--json"])) == .success)
        #expect(bench.output.lines.count == 1)
        try expectSnapshot(try pretty(bench.output.text), name)
    }

    @Test func aRunIsOneObjectALineAndTheTaskLast() async throws {
        let service = FakeTaskService()
        let events = try Sample.events()
        service.configure { $0.events = events }
        let bench = TestBench(service: service, errorTerminal: TerminalSize(columns: 80, rows: 24))
        #expect(await bench.run("run", "Mend it", "--json") == .success)
        for line in bench.output.lines { _ = try pretty(line) }
        try expectSnapshot(bench.output.text, "run.jsonl")
        #expect(bench.output.lines.last?.hasPrefix(#"{"type":"task","task":{"id":""#) == true)
        #expect(!bench.errors.text.contains("Iteration"))
    }

    @Test func everyReasonHasItsDataAsFields() throws {
        let lines = Sample.reasons.map { JSONText.line($0.json(task: "k7m2q9")) }
        try expectSnapshot(lines.joined(separator: "\n") + "\n", "reasons.jsonl")
    }

    @Test func whatCouldSteerATerminalIsEscaped() throws {
        let hostile = "a\u{1B}[2J\u{9B}31m\u{202E}b\u{7F}\u{2028}\u{E0041}日\"\\\n"
        let line = JSONText.line(.text(hostile))
        #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.properties.generalCategory != .control })
        #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .format })
        let read = try JSONSerialization.jsonObject(with: Data(line.utf8), options: [.fragmentsAllowed])
        #expect(read as? String == hostile)
    }

    @Test(arguments: [
        (["show", "zz", "--json"], "not_found", 1), (["show", "--json"], "usage", 2),
        (["run", "x", "--json", "--agent", "nobody"], "not_found", 2),
    ])
    func anErrorIsTheLastLine(_ arguments: [String], _ code: String, _ status: Int32) async throws {
        let bench = TestBench()
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)).rawValue == status)
        let line = try #require(bench.output.text.split(separator: "\n").last)
        let object = try JSONParser.parse(Array(line.utf8))
        #expect(object["type"]?.string == "error")
        #expect(object["error"]?["code"]?.string == code)
        #expect(object["error"]?["message"]?.string?.isEmpty == false)
        #expect(bench.errors.text.hasPrefix("Error: "))
    }

    @Test func whatIsBehindTheOptionsIsNoWishForJSON() async {
        let bench = TestBench()
        #expect(await bench.run("show", "--", "--json") == .failure)
        #expect(bench.output.text.isEmpty)
    }
}
