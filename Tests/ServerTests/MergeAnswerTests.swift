import Domain
import Fleet
import Store
import TestSupport
import Testing
import Wire

@testable import Server

@Suite(.timeLimit(.minutes(1)))
struct MergeAnswerTests {
    @Test func theReportOfAMergeIsKeptWithItsCommand() async throws {
        let task = try #require(TaskID(rawValue: "k7m2q9xw4t"))
        let report = MergeReport(
            .checksFailed(targetFails: true),
            before: nil,
            after: nil,
            entries: [MergeEntryReport(task, .outside(paths: ["x"]))]
        )
        let found = try await ServerBench.run { bench async throws in
            let batch = MergeBatch([MergeEntry(task, name: "one", touches: ["src/**"])], into: "main", checks: [])
            var merge = MergeTasks(batch, command: "merge-1", lane: "queue")
            merge.repoUrl = "https://example.com/x.git"
            let document = String(decoding: try Frame.encode(merge), as: UTF8.self)
            let anna = try #require(DaemonID(rawValue: "anna"))
            _ = try await bench.store.enqueue(
                NewCommand(merge.id, to: anna, document: document),
                at: bench.wallClock.now()
            )
            return try await bench.anna.connect { talk, _ in
                let heard = try await talk.next { if case .mergeTasks(let merge) = $0 { merge } else { nil } }
                #expect(heard?.batch == batch)
                var answer = CommandAnswer()
                answer.id = "merge-1"
                answer.take(report)
                try await talk.send(answer)
                while true {
                    guard let text = try await bench.store.command("merge-1")?.answer else { continue }
                    guard case .commandAnswer(let kept) = try Frame.decode(Array(text.utf8), as: ToServer.self) else {
                        return MergeReport?.none
                    }
                    return kept.merge?.report
                }
            }
        }
        #expect(found == report)
    }
}
