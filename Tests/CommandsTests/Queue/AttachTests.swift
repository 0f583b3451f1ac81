import Domain
import Runner
import Synchronization
import Testing
import Wire

@testable import Commands

/// How `makima attach` ends, and what is known of a task that is worked on elsewhere.
struct AttachTests {
    private static func event(_ position: Int, _ kind: String, _ body: KeyValuePairs<String, JSONValue>) -> EventView {
        var event = EventView()
        (event.position, event.attempt, event.kind, event.at) = (position, 1, kind, Sample.time)
        event.body = .object(body)
        return event
    }

    private static func bench(_ reason: Reason, said: [EventView] = []) throws -> (TestBench, FakeQueue) {
        var ended = try ServerTaskTests.view(reason.status, home: "build-1")
        ended.reason = WireReason(reason, task: TaskCall("k7m2q9"))
        ended.iterations = 2
        let dossier = try Sample.fullDossier(reason)
        let (bench, queue) = try ServerTaskTests.bench(ended, dossiers: [dossier])
        var step = event(9, "status", ["status": .string(reason.status.rawValue)])
        step.taskId = ended.taskId
        let steps = [QueueStep.event(step)]
        queue.state.withLock { state in
            state.steps = steps
            state.history.events = said
            state.history.document?.maxIterations = 2
        }
        return (bench, queue)
    }

    /// As `makima run` does, of a task whose files are here.
    @Test func itEndsAsARunDoes() async throws {
        let said = TaskMessage(number: 1, text: "Use tabs.", sentAt: Sample.time)
        var (bench, _) = try Self.bench(.iterationLimit(used: 2, limit: 2, ceiling: 50))
        bench.machine.service.configure { $0.dossiers[0].talk.messages = [said] }
        bench.machine.attempts = [try #require(Sample.id): LocalAttempt(number: 1, isHeld: true)]
        #expect(await bench.run("attach", "k7m2") == .limit)
        for text in [
            "Task k7m2q9 reached its iteration limit after 2 of 10 iterations.", "Used 2 of 2 allowed iterations",
            "not proven", "$0.42", "Its agent has not heard message 1 ('Use tabs.')",
        ] {
            #expect(bench.output.text.contains(text), "\(text)\n\(bench.output.text)")
        }
        #expect(bench.errors.text.contains("Hint: Go on with 'makima resume k7m2q9 --max-iterations 4'."))
    }

    @Test func whatWorkedElsewhereSaysWhere() async throws {
        let (bench, _) = try Self.bench(.completed(.verified))
        #expect(await bench.run("attach", "k7m2") == .success)
        #expect(bench.output.text.contains("Task k7m2q9 is done after 2 of 2 iterations."), "\(bench.output.text)")
        let hint = "Look at it where its files are, at the daemon 'build-1', with 'makima diff k7m2q9'"
        #expect(bench.errors.text.contains(hint), "\(bench.errors.text)")
    }

    @Test func programsAreGivenTheTaskLast() async throws {
        let (bench, _) = try Self.bench(.completed(.verified))
        #expect(await bench.run("attach", "k7m2", "--json") == .success)
        let lines = bench.output.text.split(separator: "\n")
        let last = try JSONParser.parse(Array(try #require(lines.last).utf8))
        #expect(last["type"]?.string == "task" && last["task"]?["proof"]?.string == "verified")
        #expect(last["task"]?["workspace"] == .null)
        #expect(try JSONParser.parse(Array(lines[0].utf8))["kind"]?.string == "status")
    }

    /// Only its daemon knows whether the agent has heard what it was told.
    @Test func whatADaemonWasToldIsNotCalledUnheard() async throws {
        let said = Self.event(3, "person", ["order": .string("message"), "text": .string("Use tabs.")])
        var (bench, _) = try Self.bench(.stalled(.oscillation(period: 2)), said: [said])
        #expect(await bench.run("attach", "k7m2") == .stalled)
        #expect(bench.output.text.contains("Its agent has not heard message 1"), "\(bench.output.text)")
        let told = Self.event(4, "note", ["event": .string("message_delivered"), "position": .integer(3)])
        (bench, _) = try Self.bench(.stalled(.oscillation(period: 2)), said: [said, told])
        #expect(await bench.run("attach", "k7m2") == .stalled)
        #expect(!bench.output.text.contains("has not heard"))
        #expect(await bench.run("show", "k7m2") == .success)
        #expect(bench.output.text.contains("told to its daemon"))
    }
}
