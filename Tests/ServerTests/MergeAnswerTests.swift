import Domain
import Fleet
import Store
import TestSupport
import Testing
import Wire

@testable import Server

@Suite(.timeLimit(.minutes(15)))
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

    /// What one queue cannot send keeps no other from beginning.
    @Test func aBatchThatFitsIntoNoMessageIsLeftAlone() async throws {
        let task = try #require(TaskID(rawValue: "k7m2q9xw4t"))
        let id = try #require(ContractID(rawValue: "k7m2q9xw4s"))
        let tasks = [task] + ["k7m2q9xw4v", "k7m2q9xw4w"].compactMap(TaskID.init(rawValue:))
        let (begun, again, commands) = try await ServerBench.run { bench async throws in
            try await bench.anna.connect { _, _ in
                let place = ContractPlace(url: "https://example.org/r.git", path: nil, targets: ["a", "b"])
                var contract = Contract(id, name: "goal", goal: "Do it.", place: place, at: bench.wallClock.now())
                for target in place.targets {
                    var queue = MergeQueue(target: target)
                    for (number, task) in tasks.enumerated() {
                        let patterns = (0..<100).map { "\($0)-\(number)/" + String(repeating: "x", count: 4000) }
                        queue.add(MergeEntry(task, name: "\(number)", touches: target == "a" ? patterns : ["src/**"]))
                    }
                    _ = queue.begin(limit: 3)
                    contract.queues[target] = queue
                }
                let dispatcher = MergeDispatcher(
                    store: bench.store,
                    lines: DaemonLines(),
                    surroundings: bench.surroundings
                )
                let view = ContractRules.View([], now: bench.wallClock.now())
                let begun = try await dispatcher.begin(contract, view)
                let again = try await dispatcher.begin(contract, view)
                var commands: [Bool] = []
                for target in place.targets {
                    let branch = SHA256Digest(of: target).description.prefix(8)
                    commands.append(try await bench.store.command("merge-\(id)-\(branch)-1-1") != nil)
                }
                return (begun, again, commands)
            }
        }
        #expect(begun && !again)
        #expect(commands == [false, true])
    }
}
