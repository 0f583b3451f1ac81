import Domain
import NIOHTTP1
import TestSupport
import Testing
import Wire

@testable import Server

/// Looking on.
@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    @Test func aViewerSeesWhatComesAndGoesOnWhereItWas() async throws {
        let (first, rest) = try await ServerBench.run { bench async throws in
            let id = try await bench.add()
            return try await bench.anna.connect { talk, _ in
                var reports = Reports(try #require(try await talk.spawned()))
                let path = "/api/v1/tasks/\(id)/stream?kinds=output"
                let output = (1...3).map { reports.output("\($0)\n", at: ($0 - 1) * 2) }
                let first = try await bench.viewer.stream(path) { events in
                    try await talk.send(output[0])
                    return try await events.next()
                }
                try await talk.send(output[1], output[2])
                #expect(try await talk.acknowledged(3))
                let rest = try await bench.viewer.stream(path, lastEvent: first?.id) { events in
                    [try await events.next(), try await events.next()]
                }
                return (first, rest)
            }
        }
        #expect(first?.name == "output" && first?.json["body"]?["text"]?.string == "1\n")
        #expect(rest.compactMap { $0?.json["body"]?["text"]?.string } == ["2\n", "3\n"])
    }

    @Test func whoLooksAtAllSeesTasksAsTheyAre() async throws {
        let events = try await ServerBench.run { bench async throws in
            try await bench.viewer.stream("/api/v1/events") { events in
                bench.wallClock.set(bench.wallClock.now() + .seconds(1))
                let id = try await bench.add("seen")
                let made = try await events.next()
                bench.wallClock.set(bench.wallClock.now() + .seconds(1))
                _ = try await bench.person.post("/api/v1/tasks/\(id)/stop")
                return [made, try await events.next()]
            }
        }
        #expect(events.compactMap { $0?.json["status"]?.string } == ["pending", "interrupted"])
        #expect(events.allSatisfy { $0?.name == "task" && $0?.json["taskName"]?.string == "seen" })
    }

    @Test func aServerThatEndsEndsItsStreams() async throws {
        let ended = try await ServerBench.run { bench async throws in
            let id = try await bench.add()
            return try await bench.viewer.stream("/api/v1/tasks/\(id)/stream") { events in
                _ = try await events.next()
                bench.server.end()
                while try await events.next() != nil {}
                return events.hasEnded
            }
        }
        #expect(ended)
    }

    @Test func aTokenThatIsRevokedSeesNothingMore() async throws {
        let ended = try await ServerBench.run { bench async throws in
            let id = try await bench.add()
            let token = bench.tokens.viewer.split(separator: "_")[2]
            return try await bench.viewer.stream("/api/v1/tasks/\(id)/stream") { events in
                _ = try await events.next()
                #expect(try await bench.admin.ask(.DELETE, "/api/v1/tokens/\(token)").status == 200)
                while try await events.next() != nil {}
                return events.hasEnded
            }
        }
        #expect(ended)
    }

    @Test func aTokenThatHasExpiredSeesNothingMore() async throws {
        let ended = try await ServerBench.run { bench async throws in
            let id = try await bench.add()
            let body = #"{"label":"short","scope":"viewer","userId":"alice","expiresInSeconds":60}"#
            let made = try await bench.admin.post("/api/v1/tokens", body)
            let short = HTTPClient(port: bench.port, token: made.json["token"]?.string)
            var ended: [Bool] = []
            for path in ["/api/v1/tasks/\(id)/stream", "/api/v1/events"] {
                bench.wallClock.set(Timestamp(millisecondsSince1970: 1_772_000_000_000))
                let end = try await short.stream(path) { events in
                    _ = try await bench.person.ask(.PATCH, "/api/v1/tasks/\(id)", #"{"taskName":"a\#(ended.count)"}"#)
                    _ = try await events.next()
                    bench.wallClock.set(bench.wallClock.now() + .seconds(1_000_000_000))
                    _ = try await bench.person.ask(.PATCH, "/api/v1/tasks/\(id)", #"{"taskName":"b\#(ended.count)"}"#)
                    while try await events.next() != nil {}
                    return events.hasEnded
                }
                ended.append(end)
            }
            return ended
        }
        #expect(ended == [true, true])
    }

    @Test func aNameAPriorityAndAnEndAreSeenAtOnce() async throws {
        let (names, priority, gone, ends) = try await ServerBench.run { bench async throws in
            let id = try await bench.add("before")
            return try await bench.viewer.stream("/api/v1/events") { events in
                var names = [try await events.next()?.json["taskName"]?.string]
                _ = try await bench.person.ask(.PATCH, "/api/v1/tasks/\(id)", #"{"taskName":"after"}"#)
                names.append(try await events.next()?.json["taskName"]?.string)
                _ = try await bench.person.ask(.PATCH, "/api/v1/tasks/\(id)", #"{"priority":9}"#)
                let priority = try await events.next()?.json["priority"]?.int
                let ends = try await bench.viewer.stream("/api/v1/tasks/\(id)/stream?kinds=output") { task in
                    #expect(try await bench.person.ask(.DELETE, "/api/v1/tasks/\(id)").status == 200)
                    let last = try await task.next()
                    #expect(try await task.next() == nil)
                    return last?.name
                }
                let gone = try await events.next()
                return (names, priority, gone, ends)
            }
        }
        #expect(names == ["before", "after"] && priority == 9)
        #expect(gone?.name == "deleted" && gone?.json["taskId"]?.string?.isEmpty == false)
        #expect(ends == "deleted")
    }

    @Test func onlySoManyLookOn() async throws {
        let reply = try await ServerBench.run {
            $0.limits.viewers = 1
        } _: { bench async throws in
            let path = "/api/v1/tasks/\(try await bench.add())/stream"
            return try await bench.viewer.stream(path) { events in
                _ = try await events.next()
                return try await bench.viewer.get(path)
            }
        }
        #expect(reply.status == 503 && reply.json["code"]?.string == "too_many_viewers")
    }

    @Test func aTokenHasALimitOfItsOwnAndWhatEndsIsNotCounted() {
        let hub = ViewerHub(limit: 3, limitOfToken: 2)
        var bells: [Bell] = []
        func open(_ token: String) -> String {
            switch hub.open(.all, tokenID: token) {
            case .open(let bell):
                bells.append(bell)
                return "open"
            case .full: return "full"
            case .fullForToken: return "full for it"
            case .finished: return "finished"
            }
        }
        #expect([open("a"), open("a"), open("a"), open("b"), open("b")] == ["open", "open", "full for it", "open", "full"])
        for bell in bells {
            hub.close(bell, .all)
            hub.close(bell, .all)
        }
        #expect(hub.count == 0 && open("a") == "open")
        hub.finish()
        #expect(open("b") == "finished")
    }

    @Test func whoIsGoneBeforeTheFirstByteIsNotCounted() async throws {
        let failed = try await ServerBench.run {
            $0.limits.viewers = 3
            $0.limits.requestBurst = 100_000
        } _: { bench async throws in
            let path = "/api/v1/tasks/\(try await bench.add())/stream"
            for _ in 0..<50 { try await bench.viewer.askAndGo(path) }
            // Those that the server has not seen the end of yet are seen by the pulse.
            var status = 503
            while status == 503 {
                bench.server.pulseViewers()
                status = try await bench.viewer.stream(path) { events in try await events.status() }
            }
            return status
        }
        #expect(failed == 200)
    }

    @Test(arguments: ["x", "-1", "1.5"])
    func anIDThatIsNoneIsRefused(id: String) async throws {
        let status = try await ServerBench.run { bench async throws in
            try await bench.viewer.ask(.GET, "/api/v1/events", headers: [("Last-Event-ID", id)]).status
        }
        #expect(status == 400)
    }

    @Test func changesAreSeenOnceThoughTheyAreReadTwice() {
        let then = Timestamp(millisecondsSince1970: 1_772_000_000_000)
        var seen = TaskChanges(since: then)
        #expect(seen.since == then + .seconds(-5))
        #expect(seen.note([]).isEmpty)
    }
}
