import Domain
import Testing
import Wire

@testable import Server

@Suite(.timeLimit(.minutes(15)))
struct EndToEndTests {
    @Test func aDaemonTakesATaskAndCompletesIt() async throws {
        let (task, events) = try await ServerBench.run { bench in
            let id = try await bench.add()
            try await bench.anna.connect { talk, welcome in
                #expect(welcome.lastNumber == 0 && welcome.attempts.isEmpty)
                let spawn = try #require(try await talk.spawned())
                let document = try await bench.viewer.get("/api/v1/tasks/\(id)/document").json
                #expect(document["plan"]?.string == "Do it.")
                #expect(spawn.head.taskId == id && spawn.head.attempt == 1 && spawn.plan == "Do it.")
                var answer = CommandAnswer()
                (answer.id, answer.outcome) = (spawn.head.id, .done)
                try await talk.send(answer)
                var reports = Reports(spawn)
                try await talk.send(
                    reports.status(.running),
                    reports.output("hello\n"),
                    reports.iteration(),
                    reports.complete()
                )
                #expect(try await talk.acknowledged(4))
            }
            return (try await bench.task(id), try await bench.viewer.get("/api/v1/tasks/\(id)/events").json)
        }
        #expect(task["status"]?.string == "done" && task["iterations"]?.int == 1)
        #expect(task["usage"]?["tokens"]?.int == nil)
        #expect(task["branch"]?.string == "makima/x")
        let kinds = events["events"]?.array?.compactMap { $0["kind"]?.string } ?? []
        #expect(kinds.contains("output") && kinds.contains("iteration"))
        #expect(kinds.filter { $0 == "status" }.count == 4, "\(kinds)")
    }
}
