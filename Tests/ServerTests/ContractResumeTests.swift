import Domain
import Fleet
import TestSupport
import Testing
import Wire

@testable import Server

/// Contracts that were stopped and go on.
@Suite(.timeLimit(.minutes(1)))
struct ContractResumeTests {
    /// A contract of one task that a daemon works on is stopped; the daemon has heard.
    private func stopped<Result: Sendable>(
        _ body: @escaping @Sendable (ServerBench, inout FakeDaemon.Talk, String, inout Reports) async throws -> Result
    ) async throws -> Result {
        try await ServerBench.run { bench async throws in
            let path = "/api/v1/contracts/\(try await bench.addContract([#"{"name":"first","plan":"Do it."}"#]))"
            return try await bench.anna.connect { talk, _ in
                let spawn = try #require(try await talk.spawned())
                var answer = CommandAnswer()
                (answer.id, answer.outcome) = (spawn.head.id, .done)
                var reports = Reports(spawn)
                try await talk.send(answer, reports.status(.running))
                #expect(try await talk.acknowledged(1))
                _ = try await bench.person.post("\(path)/stop")
                let stop = try await talk.next { if case .stopTask(let stop) = $0 { stop } else { nil } }
                (answer.id, answer.wasRunning) = (stop?.head.id ?? "", true)
                try await talk.send(answer)
                return try await body(bench, &talk, path, &reports)
            }
        }
    }

    @Test func workThatWasDoneBeforeTheStopIsMergedWhenItGoesOn() async throws {
        let merged = try await stopped { bench, talk, path, reports in
            try await talk.send(reports.complete())
            #expect(try await talk.acknowledged(2))
            #expect(try await bench.person.post("\(path)/resume").status == 200)
            return try await talk.next {
                if case .mergeTasks(let merge) = $0 { merge.batch?.entries.map(\.name) } else { nil }
            }
        }
        #expect(merged == ["first"])
    }

    @Test func whatIsBeingStoppedGoesOnOnceItIs() async throws {
        let attempt = try await stopped { bench, talk, path, reports in
            #expect(try await bench.person.post("\(path)/resume").status == 200)
            // The contract has been looked at in between.
            while try await bench.viewer.get(path).json["status"]?.string != "working" {}
            try await talk.send(reports.complete(.interrupted, "person"))
            return try await talk.next { if case .resumeTask(let resume) = $0 { resume.head.attempt } else { nil } }
        }
        #expect(attempt == 2)
    }
}
