import Domain
import NIOHTTP1
import Testing
import Wire

@testable import Server

/// What was spent in a time, of all tasks.
@Suite(.timeLimit(.minutes(15)))
struct SpendingTests {
    private static let then = 1_772_000_000_000
    private static let day = 86_400_000

    private func spending(_ bench: ServerBench, _ query: String) async throws -> JSONValue {
        try await bench.viewer.get("/api/v1/spending?\(query)").json
    }

    /// Iterations that ended on two days; one was cut short, and cost money, too.
    private func work(_ bench: ServerBench) async throws -> String {
        let id = try await bench.add()
        try await bench.anna.connect { talk, _ in
            let spawn = try #require(try await talk.spawned())
            var answer = CommandAnswer()
            (answer.id, answer.outcome) = (spawn.head.id, .done)
            try await talk.send(answer)
            var reports = Reports(spawn)
            try await talk.send(reports.status(.running))
            for (number, counted, days) in [(1, true, 0), (2, false, 0), (2, true, 1)] {
                var report = reports.iteration(number)
                report.tryNumber = number == 2 && counted ? 2 : 1
                report.counted = counted
                report.endedAt = Timestamp(millisecondsSince1970: Int64(Self.then + days * Self.day))
                report.usage.tokens = 100 * number
                report.usage.costMicrodollars = USD(microdollars: 7)
                try await talk.send(report)
            }
            try await talk.send(reports.complete())
            #expect(try await talk.acknowledged(5))
        }
        return id
    }

    @Test func onlyWhatEndedInTheTimeIsInIt() async throws {
        let (id, first, both, none) = try await ServerBench.run { bench async throws in
            let id = try await work(bench)
            let (then, day) = (Self.then, Self.day)
            return (
                id, try await spending(bench, "from=\(then)&to=\(then + day)"),
                try await spending(bench, "from=\(then)&to=\(then + day + 1)"),
                try await spending(bench, "to=\(then)")
            )
        }
        let task = try #require(first["tasks"]?.array?.first)
        #expect(task["taskId"]?.string == id && task["iterations"]?.int == 1)
        #expect(task["usage"]?["tokens"]?.int == 300 && task["usage"]?["costMicrodollars"]?.int == 14)
        let all = try #require(both["tasks"]?.array?.first)
        #expect(all["iterations"]?.int == 2 && all["usage"]?["tokens"]?.int == 500)
        #expect(none["tasks"]?.array?.isEmpty == true)
    }

    @Test func aTaskThatIsGoneHasSpentWhatItHas() async throws {
        let (before, status, after) = try await ServerBench.run { bench async throws in
            let id = try await work(bench)
            let query = "from=\(Self.then)&to=\(Self.then + 2 * Self.day)"
            let before = try await spending(bench, query)
            let status = try await bench.admin.ask(.DELETE, "/api/v1/tasks/\(id)").status
            return (before, status, try await spending(bench, query))
        }
        #expect(status == 200 && before["tasks"]?.array?.count == 1)
        #expect(after == before)
    }

    @Test func theFirstDayHasNothingBeforeIt() async throws {
        let answer = try await ServerBench.run { bench async throws in try await spending(bench, "to=0") }
        #expect(answer["from"]?.int == 0 && answer["tasks"]?.array?.isEmpty == true)
    }

    @Test(arguments: ["from=2&to=1", "from=0&to=\(33 * day)", "from=-1", "to=soon"])
    func aTimeThatIsNoneIsRefused(query: String) async throws {
        let (status, problem) = try await ServerBench.run { bench async throws in
            let answer = try await bench.viewer.get("/api/v1/spending?\(query)")
            return (answer.status, answer.json)
        }
        #expect(status == 400, "\(problem)")
    }
}
