import Domain
import Fleet
import NIOHTTP1
import Store
import Testing
import Wire

@testable import Server

/// Work that goes from one daemon to another.
@Suite(.timeLimit(.minutes(15)))
struct TravelTests {
    @Test(arguments: [1000, 700_000])
    func aTaskGoesOnElsewhereWithItsWork(size: Int) async throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let patch = WirePatch(.bundle, base: String(repeating: "c", count: 40), bytes: bytes)
        let (spawn, received, download) = try await ServerBench.run { bench in
            let id = try await bench.add()
            try await bench.anna.connect { talk, _ in
                let spawn = try #require(try await talk.spawned())
                var reports = Reports(spawn)
                if patch.data == nil {
                    for range in PatchPart.ranges(of: size) {
                        var part = PatchPart()
                        (part.sha256, part.size, part.offset) = (patch.sha256, size, range.lowerBound)
                        part.data = Array(bytes[range])
                        try await talk.send(reports.part(part))
                    }
                }
                try await talk.send(
                    reports.checkpoint(1, patch),
                    reports.iteration(1, tokens: 77),
                    reports.complete(.interrupted, "person")
                )
                #expect(try await talk.acknowledged(reports.number))
            }
            let path = "/api/v1/tasks/\(id)/checkpoints/1/1/patch"
            let download = try await bench.viewer.get(path)
            let resumed = try await bench.person.post("/api/v1/tasks/\(id)/resume", #"{"elsewhere":true}"#)
            #expect(resumed.status == 200, "\(resumed.text)")
            return try await bench.berta.connect { talk, _ in
                var received: [UInt8] = []
                while let message = try await talk.next() {
                    if case .checkpointPart(let part) = message {
                        #expect(part.part.offset == received.count)
                        received += part.part.data
                    }
                    if case .spawnTask(let spawn) = message { return (spawn, received, download) }
                }
                throw CancellationError()
            }
        }
        #expect(spawn.head.attempt == 2 && spawn.patchSha256 == patch.sha256 && spawn.patchSize == size)
        #expect((spawn.patchData ?? received) == bytes)
        #expect(spawn.patchBaseSha == patch.baseSha)
        #expect(spawn.standing?.iterations == 1 && spawn.standing?.checkpoint == 1)
        #expect(spawn.standing?.usage.tokens == 77)
        #expect(download.status == 200 && download.body == bytes)
        #expect(download.headers.first(name: "Content-Disposition")?.hasPrefix("attachment") == true)
    }

    @Test func whoHasTheWorkspaceGoesOnInIt() async throws {
        let resume = try await ServerBench.run { bench in
            let id = try await bench.add()
            return try await bench.anna.connect { talk, _ in
                let spawn = try #require(try await talk.spawned())
                var reports = Reports(spawn)
                try await talk.send(reports.complete(.interrupted, "person"))
                #expect(try await talk.acknowledged(1))
                let body = #"{"maxIterations":9,"message":"Go on."}"#
                let reply = try await bench.person.post("/api/v1/tasks/\(id)/resume", body)
                #expect(reply.json["outcome"]?.string == "changed", "\(reply.text)")
                return try await talk.next { if case .resumeTask(let resume) = $0 { resume } else { nil } }
            }
        }
        #expect(resume?.head.attempt == 2 && resume?.previousAttempt == 1)
        #expect(resume?.maxIterations == 9 && resume?.message == "Go on.")
    }

    @Test func whoHasLostTheWorkspaceGetsTheWholeTask() async throws {
        let spawn = try await ServerBench.run { bench in
            let id = try await bench.add()
            return try await bench.anna.connect { talk, _ in
                let spawn = try #require(try await talk.spawned())
                var reports = Reports(spawn)
                try await talk.send(reports.complete(.interrupted, "person"))
                #expect(try await talk.acknowledged(1))
                _ = try await bench.person.post("/api/v1/tasks/\(id)/resume")
                let resume = try await talk.next { if case .resumeTask(let resume) = $0 { resume } else { nil } }
                var answer = CommandAnswer()
                (answer.id, answer.outcome, answer.code) = (resume?.head.id ?? "", .refused, "unknown_task")
                try await talk.send(answer)
                _ = try await bench.wait(id) { $0["daemonId"] == nil && $0["attempt"]?.int == 2 }
                return try await bench.berta.connect { other, _ in try await other.spawned() }
            }
        }
        #expect(spawn?.head.attempt == 3)
    }

    @Test func bytesThatAreNotWhatWasAnnouncedAreRefused() async throws {
        let (code, stored) = try await ServerBench.run { bench in
            let id = try await bench.add()
            return try await bench.anna.connect { talk, _ in
                let spawn = try #require(try await talk.spawned())
                var reports = Reports(spawn)
                var part = PatchPart()
                (part.sha256, part.size, part.data) = (String(repeating: "0", count: 64), 3, [1, 2, 3])
                try await talk.send(reports.part(part))
                let refused = try await talk.next { if case .refused(let refused) = $0 { refused } else { nil } }
                #expect(refused?.number == 1)
                #expect(try await talk.acknowledged(1))
                let view = try await bench.viewer.get("/api/v1/tasks/\(id)/checkpoints").json
                return (refused?.code, view["checkpoints"]?.array?.count)
            }
        }
        #expect(code == "inconsistent" && stored == 0)
    }
}
