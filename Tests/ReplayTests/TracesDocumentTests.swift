import FoundationEssentials
import Replay
import Testing

/// Ten traces through makima and through a bare loop.
struct TracesDocumentTests {
    private struct Row {
        var scenario: Scenario
        var ideal: Int
        var why: String
    }

    @Test(.timeLimit(.minutes(15))) func theDocumentTellsHowOftenEachStartsTheAgent() async throws {
        let rows = try rows()
        let stage = await Corpus.stage()
        var lines: [String] = []
        var totals = (ideal: 0, makima: 0, bare: 0)
        for row in rows {
            let (makima, bare) = try await Corpus.turnstile.pass {
                async let makima = ScenarioRun(row.scenario, on: stage).starts()
                return (try await makima, try await BareLoop(row.scenario, on: stage).starts())
            }
            #expect(makima == row.ideal, "\(row.scenario.id)")
            totals = (totals.ideal + row.ideal, totals.makima + makima, totals.bare + bare)
            lines.append(
                "| \(row.scenario.id) | \(row.scenario.title) | \(row.why) | \(row.ideal) | \(makima) | \(bare) |"
            )
        }
        lines.append("| | **All** | | **\(totals.ideal)** | **\(totals.makima)** | **\(totals.bare)** |")
        try compare(Self.head + lines.joined(separator: "\n") + "\n")
    }

    private static let head = """
        # The same traces through makima and through a bare loop

        Written by a test (`Tests/ReplayTests/TracesDocumentTests.swift`); do not edit. Each trace is played with the same
        scripted agent on a real repository: by makima's runner, and by the loop that people write first, which starts the
        agent until it prints `ready: true`, \(BareLoop.limit) times at most. *Ideal* is how often the agent has to be started
        for the work to be done, or for it to be certain that it will not be. A bare loop that stops early has taken a word for
        the deed; one that runs to its limit has paid for nothing.

        | Trace | What happens | Why so many | Ideal | makima | Bare loop |
        |---|---|---|---|---|---|

        """

    private func rows() throws -> [Row] {
        let scenarios = Dictionary(uniqueKeysWithValues: try Corpus.scenarios().map { ($0.id, $0) })
        return try Corpus.lines(of: "traces.txt")
            .map { line in
                let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
                return Row(
                    scenario: try #require(scenarios[parts[0]]),
                    ideal: try #require(Int(parts[1])),
                    why: parts[2]
                )
            }
    }

    private func compare(_ written: String) throws {
        let path = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/TRACES.md"
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            try Data(written.utf8).write(to: URL(filePath: path))
        }
        let kept = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(kept == written, "Run the tests with UPDATE_SNAPSHOTS=1 to write docs/TRACES.md anew.")
    }
}
