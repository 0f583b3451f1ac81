import Domain
import Fleet
import Store
import TestSupport
import Testing
import Wire

@testable import Server

/// Work of a contract that one daemon has and another one merges.
@Suite(.timeLimit(.minutes(15)))
struct MergeTravelTests {
    private static let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    private static let patch = WirePatch(.bundle, base: String(repeating: "c", count: 40), bytes: bytes)

    private typealias Talk = FakeDaemon.Talk

    /// Takes a task.
    private static func take(_ talk: inout Talk) async throws -> Reports {
        let spawn = try #require(try await talk.spawned())
        var answer = CommandAnswer()
        (answer.id, answer.outcome) = (spawn.head.id, .done)
        try await talk.send(answer)
        return Reports(spawn)
    }

    /// Has a task done, with work that is too large for a message.
    private static func finish(_ reports: inout Reports, _ talk: inout Talk) async throws {
        for range in PatchPart.ranges(of: bytes.count) {
            var part = PatchPart()
            (part.sha256, part.size, part.offset) = (patch.sha256, bytes.count, range.lowerBound)
            part.data = Array(bytes[range])
            try await talk.send(reports.part(part))
        }
        try await talk.send(reports.checkpoint(1, patch), reports.complete())
        #expect(try await talk.acknowledged(reports.number))
    }

    /// Both daemons have a task of the same contract; then the one of `anna`, who drains, is done.
    private static func merging<Result: Sendable>(
        _ body: @escaping @Sendable (ServerBench, inout Talk) async throws -> Result
    ) async throws -> Result {
        try await ServerBench.run { bench async throws in
            let tasks = ["one", "two"].map { #"{"name":"\#($0)","plan":"Do it."}"# }
            _ = try await bench.addContract(tasks)
            var (anna, berta) = (bench.anna, bench.berta)
            (anna.slots, berta.slots) = (1, 1)
            return try await anna.connect { [berta] talk, _ in
                var reports = try await take(&talk)
                return try await berta.connect { other, _ in
                    _ = try await take(&other)
                    #expect(try await bench.admin.post("/api/v1/daemons/anna/drain").status == 200)
                    try await finish(&reports, &talk)
                    return try await body(bench, &other)
                }
            }
        }
    }

    /// The next merge, and the bytes that came before it.
    private static func merge(_ talk: inout Talk) async throws -> (MergeTasks, [UInt8], [String]) {
        var (received, ids) = ([UInt8](), [String]())
        while let message = try await talk.next() {
            if case .mergePart(let part) = message {
                #expect(part.part.offset == received.count && part.part.sha256 == patch.sha256)
                received += part.part.data
                ids.append("\(part.lane)/\(part.id)")
            }
            if case .mergeTasks(let merge) = message { return (merge, received, ids) }
        }
        throw CancellationError()
    }

    @Test func largeWorkOfADaemonThatDrainsComesInPartsToTheOther() async throws {
        let (merge, received, ids) = try await Self.merging { _, talk in try await Self.merge(&talk) }
        #expect(merge.batch?.entries.map(\.name) == ["one"] || merge.batch?.entries.map(\.name) == ["two"])
        #expect(merge.entries[0].patch?.data == nil && merge.entries[0].patch?.size == Self.bytes.count)
        #expect(received == Self.bytes)
        #expect(ids == ["\(merge.lane)/\(merge.id).0.0", "\(merge.lane)/\(merge.id).0.1"])
    }

    /// What comes up to the next merge: where each part begins, and what else.
    private static func course(_ talk: inout Talk) async throws -> [String] {
        var course: [String] = []
        while let message = try await talk.next() {
            switch message {
            case .mergePart(let part): course.append("\(part.part.offset)")
            case .mergeTasks: return course + ["merge"]
            case .sendMessage(let said): course.append(said.text)
            default: break
            }
        }
        throw CancellationError()
    }

    /// Writes commands down, and waits until the server has noted that.
    private static func acknowledge(_ ids: [String], _ talk: inout Talk) async throws {
        for id in ids { try await talk.send(CommandAck(id: id)) }
        var beat = Heartbeat()
        (beat.session, beat.beat, beat.at) = (talk.session, 1, Timestamp(millisecondsSince1970: 0))
        try await talk.send(beat)
        _ = try await talk.next { if case .ack(let ack) = $0 { ack.beat } else { nil } }
    }

    @Test func whatADaemonHasIsNotSentToItAgain() async throws {
        let courses = try await Self.merging { bench, talk in
            let (merge, _, _) = try await Self.merge(&talk)
            var berta = bench.berta
            try await Self.acknowledge(["\(merge.id).0.0"], &talk)
            var courses: [[String]] = []
            courses.append(
                try await berta.connect { talk, _ in
                    let course = try await Self.course(&talk)
                    try await Self.acknowledge([merge.id], &talk)
                    return course
                }
            )
            courses.append(try await berta.connect { talk, _ in try await Self.course(&talk) })
            // It has lost all that it had.
            berta.outbox = "o10"
            courses.append(try await berta.connect { talk, _ in try await Self.course(&talk) })
            return courses
        }
        let second = "\(WireLimits.part)"
        #expect(courses == [[second, "merge"], ["merge"], ["0", second, "merge"]])
    }

    @Test func workHoldsUpNoCommandsOfOthers() async throws {
        let course = try await Self.merging { bench, talk in
            _ = try await Self.merge(&talk)
            let tasks = try await bench.viewer.get("/api/v1/tasks").json["tasks"]?.array ?? []
            let task = try #require(tasks.first { $0["daemonId"]?.string == "berta" }?["taskId"]?.string)
            let said = try await bench.person.post("/api/v1/tasks/\(task)/messages", #"{"text":"Look."}"#)
            #expect(said.json["outcome"]?.string == "told", "\(said.text)")
            var berta = bench.berta
            var held = WireHeldAttempt()
            (held.taskId, held.attempt, held.status) = (task, 1, .running)
            berta.held = [held]
            return try await berta.connect { talk, _ in try await Self.course(&talk) }
        }
        #expect(course == ["Look.", "0", "\(WireLimits.part)", "merge"])
    }

    @Test func workThatDidNotComeWholeIsSentAFewTimesAndThenTold() async throws {
        let (ids, counts, sentence) = try await Self.merging { bench, talk in
            var (ids, counts) = ([String](), [Int]())
            for _ in 1...3 {
                let (merge, received, _) = try await Self.merge(&talk)
                ids.append(merge.id)
                counts.append(received.count)
                var answer = CommandAnswer()
                (answer.id, answer.outcome, answer.code) = (merge.id, .refused, "patch")
                answer.message = "It has not come whole."
                try await talk.send(answer)
                while try await bench.store.command(merge.id)?.answer == nil {}
                // A change of the list has the contract looked at.
                _ = try await bench.add("change")
            }
            while true {
                let view = try await bench.viewer.get("/api/v1/contracts").json["contracts"]?[0]
                guard view?["status"]?.string == "blocked" else { continue }
                return (ids, counts, view?["sentence"]?.string)
            }
        }
        #expect(Set(ids).count == 3 && counts == Array(repeating: Self.bytes.count, count: 3))
        #expect(sentence?.contains("It has not come whole.") == true)
    }

    /// A change of the list has contracts looked at.
    private static func look(
        _ bench: ServerBench,
        at id: ContractID,
        until isSo: @Sendable (MergeQueue.Wait?) -> Bool
    ) async throws {
        _ = try await bench.add("change")
        while try await !isSo(bench.store.contract(id)?.queues["main"]?.batch?.wait) {}
    }

    @Test func workThatItsDaemonAloneHasIsWaitedForAndThatIsSeen() async throws {
        let (waiting, merge, after) = try await ServerBench.run { bench async throws in
            let made = try await bench.addContract([#"{"name":"one","plan":"Do it."}"#])
            let id = try #require(ContractID(rawValue: made))
            let view: @Sendable () async throws -> JSONValue = {
                try await bench.viewer.get("/api/v1/contracts/\(id)").json
            }
            var anna = bench.anna
            anna.lastNumber = try await anna.connect { talk, _ in
                var reports = try await Self.take(&talk)
                #expect(try await bench.admin.post("/api/v1/daemons/anna/drain").status == 200)
                // More than travels.
                try await talk.send(reports.checkpoint(1, nil), reports.complete())
                #expect(try await talk.acknowledged(reports.number))
                try await Self.look(bench, at: id) { $0?.cause.code == "draining" }
                return reports.number
            }
            try await bench.gone("anna")
            bench.wallClock.set(bench.wallClock.now() + .seconds(31))
            let waiting = try await bench.berta.connect { _, _ in
                try await Self.look(bench, at: id) { $0?.isTold == true && $0?.cause.code == "work_away" }
                return try await view()
            }
            _ = try await bench.admin.post("/api/v1/daemons/anna/drain", #"{"draining":false}"#)
            let merge = try await anna.connect { talk, _ in
                try await Self.look(bench, at: id) { $0 == nil }
                return try await talk.next { if case .mergeTasks(let merge) = $0 { merge } else { nil } }
            }
            return (waiting, merge, try await view())
        }
        let queue = waiting["queues"]?[0]
        #expect(queue?["obstacle"]?.string == "work_away" && waiting["status"]?.string == "blocked")
        #expect(queue?["sentence"]?.string?.contains("daemon 'anna' only") == true)
        #expect(queue?["hint"]?.string?.isEmpty == false)
        #expect(merge?.entries.count == 1 && merge?.entries[0].patch == nil)
        #expect(after["queues"]?[0]?["obstacle"] == nil && after["status"]?.string == "working")
    }

    @Test func theSmallestWorkStandsInTheCommand() {
        var merge = MergeTasks()
        for size in [500_000, WireLimits.part + 1, 10, 300_000, 0] {
            var entry = WireMergeEntry()
            entry.patch = WirePatch()
            entry.patch?.size = size
            merge.entries.append(entry)
        }
        merge.entries.append(WireMergeEntry())
        #expect(merge.fitting(into: 1 << 20) == [4, 2, 3])
        #expect(merge.fitting(into: 2 << 20) == [4, 2, 3, 0])
        #expect(merge.fitting(into: 47) == [4] && merge.fitting(into: 48) == [4, 2])
        #expect(merge.fitting(into: 15).isEmpty)
    }
}
