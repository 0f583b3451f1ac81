import Domain
import Fleet
import TestSupport
import Testing
import Wire

@testable import Server

/// What people are told of a contract and its tasks.
@Suite(.timeLimit(.minutes(15)))
struct ContractTellingTests {
    @Test func whatATaskDoesIsInTheTimelineAndItsPlaceIsTold() async throws {
        let (timeline, task, contract) = try await ServerBench.run { bench async throws in
            let path = "/api/v1/contracts/\(try await bench.addContract([#"{"name":"first","plan":"Do it."}"#]))"
            return try await bench.anna.connect { talk, _ in
                let spawn = try #require(try await talk.spawned())
                var answer = CommandAnswer()
                (answer.id, answer.outcome) = (spawn.head.id, .done)
                var reports = Reports(spawn)
                try await talk.send(answer, reports.status(.running))
                #expect(try await talk.acknowledged(1))
                try await talk.send(reports.complete())
                // By then it has been looked at.
                _ = try await talk.next { if case .mergeTasks(let merge) = $0 { merge } else { nil } }
                return (
                    try await bench.viewer.get("\(path)/timeline").json, try await bench.task(spawn.head.taskId),
                    try await bench.viewer.get(path).json
                )
            }
        }
        let events = timeline["entries"]?.array?.compactMap { $0["event"]?.string }
        #expect(events == ["began", "task_began", "task_ended", "queued", "batch_began"])
        #expect(timeline["entries"]?[1]?["sentence"]?.string == "'first' began at the daemon 'anna'.")
        let standing = task["contractStanding"]?.array?.compactMap(\.string)
        #expect(standing == ["Its work is being merged into 'main' and checked there (batch 1)."])
        #expect(contract["goesOn"]?.bool == true && contract["status"]?.string == "working")
    }

    @Test func aTaskThatManyHoldBackCanBeShown() throws {
        let id = try #require(TaskID(rawValue: "k7m2q9xw4t"))
        var task = FleetTask(id: id, name: "one", createdAt: Timestamp(millisecondsSince1970: 0))
        // As many as a request may have, that of its contract, and those of who may change the same paths.
        task.demands.keys = (0..<16 + 1 + 12).map { ConcurrencyKey("key-\($0)") }
        let view = try APIText.decode(try APIText.encode(TaskView(task)), as: TaskView.self)
        #expect(view.keys.count == 29)
    }

    @Test func contractsComeInPagesAndByName() async throws {
        let (first, second, named, broken) = try await ServerBench.run { bench async throws in
            for _ in 0..<3 { _ = try await bench.addContract([#"{"name":"first","plan":"Do it."}"#]) }
            let first = try await bench.viewer.get("/api/v1/contracts?limit=2").json
            let next = try #require(first["next"]?.string)
            return (
                first, try await bench.viewer.get("/api/v1/contracts?limit=2&after=\(next)").json,
                try await bench.viewer.get("/api/v1/contracts?text=nothing").json,
                try await bench.viewer.get("/api/v1/contracts?after=x").status
            )
        }
        let ids = [first, second].flatMap { $0["contracts"]?.array?.compactMap { $0["contractId"]?.string } ?? [] }
        #expect(Set(ids).count == 3 && ids.count == 3 && second["next"] == nil)
        #expect(named["contracts"]?.array?.isEmpty == true && broken == 400)
    }
}
