import Domain
import FoundationEssentials
import NIOHTTP1
import Testing

@testable import Server

struct MetricsTests {
    @Test func aMetricHasItsHelpItsTypeAndItsValues() {
        var text = MetricsText()
        text.add("a_total", .counter, "All of a\\b.\nTwo.", 3)
        text.add("b", .gauge, "B.", [([("x", "1\"\n\\"), ("y", "\r\n")], 0.5), ([("x", "z")], .infinity)])
        text.add("none", .gauge, "None.", [(labels: [(name: String, value: String)], value: Int)]())
        #expect(
            text.text == #"""
                # HELP a_total All of a\\b.\nTwo.
                # TYPE a_total counter
                a_total 3
                # HELP b B.
                # TYPE b gauge
                b{x="1\"\n\\",y="\#u{000D}\n"} 0.5
                b{x="z"} +Inf

                """#
        )
    }

    /// Panels of numbers that nobody tells would stay empty.
    @Test(.timeLimit(.minutes(15))) func theDashboardForGrafanaAsksForWhatIsTold() async throws {
        let told = try await ServerBench.run { bench async throws in
            _ = try await bench.anna.connect { talk, _ in try await bench.viewer.get("/metrics").status }
            return try await bench.viewer.get("/metrics").text
        }
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let bytes = try Data(contentsOf: URL(filePath: "\(root)/packaging/grafana/makima.json"))
        let board = try JSONParser.parse(Array(bytes), depthLimit: 64)
        var asked: Set<Substring> = []
        for panel in Self.elements(board["panels"]) {
            for target in Self.elements(panel["targets"]) {
                let expression = target["expr"]?.string ?? ""
                asked.formUnion(expression.matches(of: /(?:makima|process)_[a-z_]+/).map { $0.output })
            }
        }
        #expect(asked.count > 15)
        // What nothing has happened of yet is told from its first time on.
        let later: Set<Substring> = [
            "makima_iterations_total", "makima_attempts_ended_total", "makima_daemon_slots", "makima_daemon_tasks",
            "makima_daemon_load", "makima_daemon_memory_free_bytes", "makima_daemon_disk_free_bytes",
        ]
        for name in asked.subtracting(later) { #expect(told.contains("\n# TYPE \(name) "), "\(name)") }
    }

    private static func elements(_ value: JSONValue?) -> [JSONValue] {
        guard case .array(let elements)? = value else { return [] }
        return elements
    }

    @Test func factsOfAProcessAreReadWhateverItIsCalled() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 200 100 0 0 20 0 1 0 5 1 1"
        let facts = ProcessFacts(statm: "900 10 5 1 0 80 0", stat: stat, openFiles: 4)
        #expect(facts?.processorSeconds == 3 && facts?.openFiles == 4)
        #expect(facts?.residentBytes == 10 * 4096)
        #expect(ProcessFacts(statm: "", stat: stat, openFiles: 0) == nil)
        #expect(ProcessFacts.read()?.residentBytes ?? 0 > 1 << 20)
    }

    @Test func wordsOfADaemonMakeNoEndOfSeries() {
        var counts = Meter.Counts()
        for number in 1...1000 { counts.countEnd("end_\(number)") }
        counts.countEnd("end_1")
        #expect(counts.iterations.count == 33)
        #expect(counts.iterations["end_1"] == 2 && counts.iterations["other"] == 968)
    }

    /// What is done is counted: hand-overs, messages, iterations, ends, answers.
    @Test(.timeLimit(.minutes(15))) func whatIsDoneIsCounted() async throws {
        let (before, after) = try await ServerBench.run { bench async throws in
            #expect(try await HTTPClient(port: bench.port).get("/metrics").status == 401)
            let before = try await bench.viewer.get("/metrics")
            _ = try await bench.add()
            try await bench.anna.connect { talk, _ in
                let spawn = try #require(try await talk.spawned())
                var reports = Reports(spawn)
                try await talk.send(reports.status(.running), reports.complete(.interrupted, "person"))
                #expect(try await talk.acknowledged(2))
            }
            return (before, try await bench.viewer.get("/metrics"))
        }
        #expect(before.headers["Content-Type"] == ["text/plain; version=0.0.4; charset=utf-8"])
        for line in [
            "makima_tasks{status=\"pending\"} 0", "makima_hand_overs_total 0", "makima_build_info{version=\"test\"} 1",
        ] {
            #expect(before.text.contains("\n\(line)\n"), "\(line)")
        }
        for line in [
            "makima_tasks{status=\"interrupted\"} 1", "makima_hand_overs_total 1",
            "makima_daemon_messages_total{result=\"stored\"} 2",
            "makima_attempts_ended_total{status=\"interrupted\"} 1",
            "makima_http_requests_total{status=\"401\"} 1", "makima_http_requests_total{status=\"201\"} 1",
        ] {
            #expect(after.text.contains("\n\(line)\n"), "\(line) in \(after.text)")
        }
    }
}
