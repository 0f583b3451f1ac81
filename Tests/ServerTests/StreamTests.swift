import Domain
import Fleet
import NIOHTTP1
import Store
import TestSupport
import Testing
import Wire

@testable import Server

/// Looking on.
@Suite(.timeLimit(.minutes(15)))
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
                    // It looks on: else there would be nothing to look at when it comes.
                    #expect(try await task.status() == 200)
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
        let opened = ["a", "a", "a", "b", "b"].map(open)
        #expect(opened == ["open", "open", "full for it", "open", "full"])
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

    @Test func changesAreSeenOnceThoughTheyAreReadTwice() throws {
        let then = Timestamp(millisecondsSince1970: 1_772_000_000_000)
        var seen = TaskChanges(since: then)
        #expect(seen.since == then + .seconds(-5))
        #expect(seen.note([]).isEmpty)
        func task(_ name: String, _ seconds: Int, revision: Int = 1) throws -> FleetTask {
            let id = try #require(TaskID(rawValue: name))
            var task = FleetTask(id: id, name: name, createdAt: then)
            (task.updatedAt, task.revision) = (then + .seconds(seconds), revision)
            return task
        }
        let pages = try [[task("0000000001", 1), task("0000000002", 2)], [task("0000000003", 3)]]
        let counts = (pages + pages).map { seen.note($0).count }
        #expect(counts == [2, 1, 0, 0], "each page is known")
        #expect(try seen.note([task("0000000001", 4, revision: 2)]).count == 1)
        #expect(seen.since == then + .seconds(-1))
    }

    /// As by a clock that is corrected after the start of a machine.
    @Test func changesAreSeenThoughTheClockIsSetBack() throws {
        let then = Timestamp(millisecondsSince1970: 1_772_000_000_000)
        let (hour, back) = (then + .seconds(3600), then + .seconds(10))
        var seen = TaskChanges(since: hour)
        func task(_ name: String, _ time: Timestamp, revision: Int = 1) throws -> FleetTask {
            let id = try #require(TaskID(rawValue: name))
            var task = FleetTask(id: id, name: name, createdAt: then)
            (task.updatedAt, task.revision) = (time, revision)
            return task
        }
        seen.look(at: hour)
        let old = try task("0000000001", hour)
        #expect(seen.note([old]).count == 1)
        seen.look(at: back)
        #expect(seen.since < back)
        let new = try task("0000000002", back)
        #expect(seen.note([new, old]) == [new])
        for _ in 0..<3 {
            seen.look(at: back + .seconds(1))
            #expect(seen.note([new, old]).isEmpty, "each is told once")
        }
        let last = try task("0000000001", back + .seconds(2), revision: 2)
        seen.look(at: back + .seconds(2))
        #expect(seen.note([new, last]) == [last])
    }

    @Test func oldChangesComeInPages() async throws {
        let names = try await ServerBench.run { bench async throws in
            var ids: [String] = []
            for batch in 0..<3 {
                let tasks = (0..<100).map { ServerBench.request("\(batch) \($0)") }.joined(separator: ",")
                let made = try await bench.person.post("/api/v1/tasks/batch", #"{"tasks":[\#(tasks)]}"#)
                ids += made.json["tasks"]?.array?.compactMap { $0["taskId"]?.string } ?? []
                bench.wallClock.set(bench.wallClock.now() + .seconds(60))
            }
            let seen = try await bench.viewer.stream("/api/v1/events", lastEvent: "0") { events in
                var seen: [String] = []
                while seen.count < 300, let event = try await events.next() {
                    seen.append(event.json["taskId"]?.string ?? "")
                }
                return seen
            }
            return (ids, seen)
        }
        #expect(names.0.count == 300 && Set(names.0) == Set(names.1))
    }

    @Test func outputOfWhichNothingIsWantedIsNotReadAtOnce() async throws {
        let (pages, last) = try await ServerBench.run { bench async throws in
            let id = try await bench.add()
            let task = try #require(TaskID(rawValue: id))
            let body = #"{"text":"x","stream":"stdout","iteration":1,"offset":0,"byteCount":1}"#
            let events = Array(repeating: NewEvent(.output, at: bench.wallClock.now(), body: body), count: 4500)
            _ = try await bench.store.append(events, to: task)
            var pages = 0
            var next: Int? = 0
            while let after = next {
                let page = try await bench.viewer.get("/api/v1/tasks/\(id)/output?iteration=2&after=\(after)").json
                #expect(page["pieces"]?.array?.isEmpty == true)
                next = page["next"]?.int
                pages += 1
            }
            let all = try await bench.viewer.get("/api/v1/tasks/\(id)/output?iteration=1&after=4400").json
            return (pages, all["pieces"]?.array?.count)
        }
        #expect(pages == 2 && last == 50)
    }
}
