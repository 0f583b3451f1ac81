import Domain
import Runner
import Synchronization
import Testing
import Wire

@testable import Commands

/// Which check runs, as `show` and `why` tell it.
struct RunningCheckTests {
    private static let words = "'make test' runs since 2026-02-25 06:13 UTC"

    private func texts(_ bench: TestBench) async throws -> (show: String, why: String) {
        #expect(await bench.run("show", "k7m2") == .success)
        let show = bench.output.text
        #expect(await bench.run("why", "k7m2") == .success)
        return (show, String(bench.output.text.dropFirst(show.count)))
    }

    @Test func theRunningCheckIsNamed() async throws {
        var dossier = Sample.dossier(try Sample.task())
        let check = try #require(dossier.task.spec.checks.first)
        dossier.runningCheck = RunningCheck(check: check, iteration: 3, since: Sample.time)
        let (show, why) = try await texts(TestBench(service: FakeTaskService(dossiers: [dossier])))
        #expect(show.contains("check        \(Self.words)") && show.contains("make test  ▸ running"), "\(show)")
        #expect(why.contains("  The check \(Self.words)."), "\(why)")
        for command in ["show", "why"] {
            let bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
            #expect(await bench.run(command, "k7", "--json") == .success)
            let running = try JSONParser.parse(Array(bench.output.text.utf8))["runningCheck"]
            #expect(running?["name"]?.string == "make test" && running?["iteration"]?.int == 3)
            #expect(running?["since"]?.string == "2026-02-25T06:13:20Z")
        }
    }

    /// `events` are those of checks and of iterations that begin, in order.
    @Test(arguments: [
        (["iteration_began", "check_began"], 1, true), (["check_began", "check_ended"], 1, false),
        (["check_began", "check_ended", "check_began"], 1, true), (["check_began", "iteration_began"], 1, false),
        // Of the attempt before.
        (["check_began"], 2, false), ([], 1, false),
    ])
    func aServerKnowsItByItsEvents(events: [String], attempt: Int, runs: Bool) async throws {
        var view = try ServerTaskTests.view(.running, daemon: "build-1")
        view.attempt = attempt
        let (bench, queue) = try ServerTaskTests.bench(view)
        let history = events.map { word in
            var event = EventView()
            (event.attempt, event.kind, event.at) = (1, word.hasPrefix("check") ? "check" : "note", Sample.time)
            event.body = .object([
                "event": .string(word), "check": .string("make test"), "iteration": .integer(1),
            ])
            return event
        }
        queue.state.withLock { $0.history.events = history }
        let (show, why) = try await texts(bench)
        #expect(show.contains(Self.words) == runs && why.contains(Self.words) == runs, "\(show)\(why)")
    }
}
