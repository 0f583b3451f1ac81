import Domain
import NIOHTTP1
import TestSupport
import Testing
import Wire

@testable import Server

/// What the HTTP API promises, over real sockets.
@Suite(.timeLimit(.minutes(15)))
struct APITests {
    private func code(_ reply: HTTPClient.Reply) -> String { reply.json["code"]?.string ?? reply.text }

    // MARK: - Who may ask

    /// And the dashboard, in which nothing is told without one.
    @Test func withoutATokenOnlyTheHealthIsTold() async throws {
        try await ServerBench.run { bench async throws in
            let nobody = HTTPClient(port: bench.port)
            #expect(try await nobody.get("/health").status == 200)
            #expect(try await nobody.get("/ready").status == 200)
            for path in ["/api/v1/tasks", "/api/v1/events", "/api/v1/openapi.json", "/api", "/nowhere"] {
                let reply = try await nobody.get(path)
                #expect(reply.status == 401, "\(path)")
                #expect(reply.headers["Content-Type"] == ["application/problem+json"])
                #expect(reply.headers["WWW-Authenticate"].count == 1)
                #expect(reply.headers["Access-Control-Allow-Origin"].isEmpty)
            }
        }
    }

    @Test func aTaskNamesItsAgent() async throws {
        let task = try await ServerBench.run { bench async throws in try await bench.task(try await bench.add()) }
        #expect(task["agentName"]?.string == "claude")
    }

    @Test func aScopeIsHeldTo() async throws {
        try await ServerBench.run { bench async throws in
            #expect(try await bench.viewer.get("/api/v1/tasks").status == 200)
            #expect(try await bench.viewer.post("/api/v1/tasks", ServerBench.request()).status == 403)
            #expect(try await bench.person.post("/api/v1/tasks", ServerBench.request()).status == 201)
            #expect(try await bench.person.get("/api/v1/tokens").status == 403)
            #expect(try await bench.admin.get("/api/v1/tokens").status == 200)
            let daemon = HTTPClient(port: bench.port, token: bench.tokens.daemon)
            #expect(try await daemon.get("/api/v1/tasks").status == 403)
            #expect(try await daemon.get(API.daemonPath).status == 426)
            #expect(try await bench.admin.get(API.daemonPath).status == 403)
        }
    }

    @Test func aRequestForAnotherHostOrFromAPageIsRefused() async throws {
        try await ServerBench.run { bench async throws in
            func ask(_ headers: [(String, String?)]) async throws -> Int {
                try await bench.viewer.ask(.GET, "/api/v1/tasks", headers: headers).status
            }
            #expect(try await ask([("Host", "evil.example:\(bench.port)")]) == 421)
            #expect(try await ask([("Host", nil)]) == 421)
            #expect(try await ask([("Origin", "http://127.0.0.1:\(bench.port)")]) == 200)
            #expect(try await ask([("Origin", "http://127.0.0.1:1")]) == 403)
            #expect(try await ask([("Origin", "null")]) == 403)
            #expect(try await ask([("Sec-Fetch-Site", "cross-site")]) == 403)
            #expect(try await ask([("Cookie", "token=\(bench.tokens.viewer)"), ("Authorization", nil)]) == 401)
            let path = "/api/v1/tasks?token=\(bench.tokens.viewer)"
            let query = try await bench.viewer.ask(.GET, path, headers: [("Authorization", nil)])
            #expect(query.status == 401)
            let health = try await HTTPClient(port: bench.port)
                .ask(.GET, "/health", headers: [("Host", "evil.example")])
            #expect(health.status == 421)
        }
    }

    @Test func whoAsksTooOftenWaits() async throws {
        let (last, failures) = try await ServerBench.run {
            $0.limits.requestBurst = 3
            $0.limits.failuresPerMinute = 2
        } _: { bench async throws in
            for _ in 0..<3 { #expect(try await bench.viewer.get("/api/v1/tasks").status == 200) }
            let last = try await bench.viewer.get("/api/v1/tasks")
            var failures: [Int] = []
            for _ in 0..<3 {
                failures.append(try await HTTPClient(port: bench.port, token: "x").get("/api/v1/tasks").status)
            }
            #expect(try await bench.admin.get("/api/v1/tasks").status == 200, "others have nothing to do with it")
            return (last, failures)
        }
        #expect(last.status == 429 && last.headers["Retry-After"] == ["1"])
        #expect(failures == [401, 401, 429])
    }

    // MARK: - Bodies

    @Test(arguments: [
        ("", 400, "body_missing"), ("x", 400, "not_json"), ("[]", 400, "not_an_object"),
        ("{}", 422, "field_missing"), (#"{"taskName":7}"#, 422, "wrong_kind"),
        (ServerBench.request("one", #","taskName":"x""#), 422, "field_repeated"),
        (ServerBench.request("one", #","baseBranch":"-x""#), 422, "malformed_branch"),
        (ServerBench.request("one", #","copyFiles":["../x"]"#), 422, "malformed_relative_path"),
        (ServerBench.request("one", #","dependencies":[{"taskId":"0123456789"}]"#), 422, "dependencies"),
        (ServerBench.request("one", #","priority":101"#), 422, "out_of_range"),
        (
            #"{"taskName":"x","plan":"p","repoUrl":"ext::sh -c x","agent":{"name":"a"}}"#, 422,
            "malformed_repository_url"
        ),
    ])
    func aBodyThatIsNotTakenSaysWhy(body: String, status: Int, expected: String) async throws {
        let reply = try await ServerBench.run { bench in try await bench.person.post("/api/v1/tasks", body) }
        #expect(reply.status == status)
        #expect(code(reply) == expected)
    }

    @Test func aBodyHasATypeAndASize() async throws {
        try await ServerBench.run {
            $0.limits.bodyBytes = 2000
        } _: { bench async throws in
            let text = ServerBench.request()
            let typed = try await bench.person.ask(
                .POST,
                "/api/v1/tasks",
                text,
                headers: [("Content-Type", "text/plain")]
            )
            #expect(typed.status == 415)
            let large = ServerBench.request("one", #","setupCommand":"\#(String(repeating: "x", count: 3000))""#)
            #expect(try await bench.person.post("/api/v1/tasks", large).status == 413)
        }
    }

    @Test func aBodyThatDoesNotComeIsNotWaitedFor() async throws {
        let status = try await ServerBench.run { bench async throws in
            try await bench.person.askHalf("/api/v1/tasks") {
                // Six services of the server sleep as well.
                await bench.clock.sleepers(7)
                bench.clock.advance(by: .seconds(21))
            }
        }
        #expect(status == 408)
    }

    /// Sends a body for as long as somebody takes it; how many bytes that were, and the answer.
    private func pour(_ port: Int, _ path: String) async throws -> (sent: Int, status: Int?, connection: [String]) {
        try await HTTPClient(port: port).pour(path, upTo: 64 << 20)
    }

    @Test func aBodyThatNobodyWantsEndsTheConnection() async throws {
        try await ServerBench.run { bench async throws in
            for (path, status) in [("/health", 200), ("/api/v1/tasks", 401), ("/nowhere", 401)] {
                let found = try await pour(bench.port, path)
                #expect(found.status == status && found.connection == ["close"], "\(path)")
                #expect(found.sent < 64 << 20, "\(path): all of it was read")
            }
            // What is short costs nothing, and the connection stays.
            let short = try await bench.viewer.ask(.GET, "/api/v1/tasks", "{}")
            #expect(short.status == 200 && short.headers["Connection"].isEmpty)
        }
    }

    @Test func whatIsUnknownIsNotThere() async throws {
        try await ServerBench.run { bench async throws in
            #expect(try await bench.viewer.get("/nowhere").status == 404)
            #expect(try await bench.viewer.get("/api/v1/tasks/0123456789").status == 404)
            #expect(try await bench.viewer.get("/api/v1/tasks/x").status == 404)
            let put = try await bench.admin.ask(.PUT, "/api/v1/tasks", "{}")
            #expect(put.status == 405 && put.headers["Allow"] == ["POST, GET"])
            #expect(try await bench.viewer.get("/api/v1/tasks?x=1").status == 400)
            #expect(try await bench.viewer.get("/api/v1/tasks?limit=0").status == 400)
            #expect(try await bench.viewer.get("/api/v1/tasks?after=x").status == 400)
        }
    }

    // MARK: - Tasks

    @Test func aRequestWithAKeyHasOneEffect() async throws {
        try await ServerBench.run { bench async throws in
            let key: [(String, String?)] = [("Idempotency-Key", "k1")]
            let text = ServerBench.request()
            let first = try await bench.person.ask(.POST, "/api/v1/tasks", text, headers: key)
            let again = try await bench.person.ask(.POST, "/api/v1/tasks", text, headers: key)
            #expect(again.status == 201 && again.json["repeated"]?.bool == true)
            #expect(first.json["tasks"]?[0]?["taskId"] == again.json["tasks"]?[0]?["taskId"])
            let other = try await bench.person.ask(.POST, "/api/v1/tasks", ServerBench.request("two"), headers: key)
            #expect(other.status == 422 && code(other) == "key_reused")
            let odd = try await bench.person.ask(.POST, "/api/v1/tasks", text, headers: [("Idempotency-Key", "a b")])
            #expect(odd.status == 400)
            #expect(try await bench.viewer.get("/api/v1/tasks").json["tasks"]?.array?.count == 1)
        }
    }

    @Test func tasksComeInPages() async throws {
        let names = try await ServerBench.run { bench async throws in
            for number in 1...5 {
                bench.wallClock.set(bench.wallClock.now() + .milliseconds(1))
                _ = try await bench.add("task \(number)")
            }
            var names: [String] = []
            var next = ""
            repeat {
                let page = try await bench.viewer.get("/api/v1/tasks?limit=2\(next)").json
                names += page["tasks"]?.array?.compactMap { $0["taskName"]?.string } ?? []
                next = page["next"]?.string.map { "&after=\($0)" } ?? ""
            } while !next.isEmpty
            let found = try await bench.viewer.get("/api/v1/tasks?text=TASK%203&status=pending,done").json
            #expect(found["tasks"]?.array?.count == 1)
            return names
        }
        #expect(names == [5, 4, 3, 2, 1].map { "task \($0)" })
    }

    @Test func aBatchMakesAllOrNone() async throws {
        try await ServerBench.run { bench async throws in
            let (a, b) = ("0000000001", "0000000002")
            func batch(_ dependency: String) -> String {
                let first = ServerBench.request("a", #","taskId":"\#(a)""#)
                let second = ServerBench.request(
                    "b",
                    #","taskId":"\#(b)","dependencies":[{"taskId":"\#(dependency)","condition":"merged"}]"#
                )
                return #"{"tasks":[\#(first),\#(second)]}"#
            }
            #expect(try await bench.person.post("/api/v1/tasks/batch", batch("0000000009")).status == 422)
            #expect(try await bench.viewer.get("/api/v1/tasks").json["tasks"]?.array?.count == 0)
            #expect(try await bench.person.post("/api/v1/tasks/batch", batch(a)).status == 201)
            let task = try await bench.task(b)
            #expect(task["dependencies"]?[0]?["condition"]?.string == "merged")
            #expect(task["waitsFor"]?.array?.count == 1, "\(task)")
            #expect(try await bench.person.post("/api/v1/tasks/batch", batch(a)).status == 409)
            #expect(try await bench.person.post("/api/v1/tasks/batch", #"{"tasks":[]}"#).status == 422)
        }
    }

    @Test func tasksOfABatchAreQueuedInTheirOrderWhateverTheirIDs() async throws {
        try await ServerBench.run { bench async throws in
            let ids = ["0000000003", "0000000001", "0000000004", "0000000002"]
            let requests = ids.map { ServerBench.request("task", #","taskId":"\#($0)""#) }
            let body = #"{"tasks":[\#(requests.joined(separator: ","))]}"#
            #expect(try await bench.person.post("/api/v1/tasks/batch", body).status == 201)
            let listed = try await bench.viewer.get("/api/v1/tasks").json["tasks"]?.array ?? []
            #expect(listed.map { $0["taskId"]?.string } == ids.reversed())
            let times = listed.reversed().compactMap { $0["queuedAt"]?.int }
            #expect(times.count == 4 && zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test func aThousandAreMadeAtOnce() async throws {
        try await ServerBench.run { bench async throws in
            func batch(_ count: Int) -> String {
                #"{"tasks":[\#((1...count).map { ServerBench.request("t\($0)") }.joined(separator: ","))]}"#
            }
            let made = try await bench.person.post("/api/v1/tasks/batch", batch(1000))
            #expect(made.status == 201 && made.json["tasks"]?.array?.count == 1000)
            #expect(try await bench.person.post("/api/v1/tasks/batch", batch(1001)).status == 422)
        }
    }

    @Test func aChangeIsMadeOnWhatWasSeen() async throws {
        try await ServerBench.run { bench async throws in
            let path = "/api/v1/tasks/\(try await bench.add())"
            let tag = try await bench.viewer.get(path).headers["ETag"].first
            let seen: [(String, String?)] = [("If-Match", tag)]
            let changed = try await bench.person.ask(.PATCH, path, #"{"priority":7}"#, headers: seen)
            #expect(changed.status == 200 && changed.json["priority"]?.int == 7)
            let late = try await bench.person.ask(.PATCH, path, #"{"priority":8}"#, headers: seen)
            #expect(late.status == 412 && code(late) == "revision_mismatch")
            #expect(try await bench.person.ask(.PATCH, path, "{}", headers: [("If-Match", "x")]).status == 400)
            #expect(try await bench.task(String(path.suffix(10)))["priority"]?.int == 7)
        }
    }

    @Test func aTaskThatNobodyHasIsStoppedAndResumedAtOnce() async throws {
        try await ServerBench.run { bench async throws in
            let id = try await bench.add()
            let path = "/api/v1/tasks/\(id)"
            let stopped = try await bench.person.post("\(path)/stop")
            #expect(stopped.json["outcome"]?.string == "changed", "\(stopped.text)")
            #expect(stopped.json["task"]?["status"]?.string == "interrupted")
            #expect(try await bench.person.post("\(path)/pause").json["outcome"]?.string == "nothing")
            #expect(try await bench.person.post("\(path)/interrupt").status == 409)
            #expect(try await bench.person.post("\(path)/restore", #"{"checkpoint":1}"#).status == 409)
            #expect(try await bench.person.post("\(path)/resume").json["task"]?["status"]?.string == "pending")
            #expect(try await bench.viewer.ask(.DELETE, path).status == 403)
            let child = try await bench.add("child", #","dependencies":[{"taskId":"\#(id)"}]"#)
            let needed = try await bench.person.ask(.DELETE, path)
            #expect(needed.status == 409 && code(needed) == "needed" && needed.text.contains(child))
            let waits = try await bench.task(child)["waitsFor"]?[0]?.string
            #expect(waits == nil || waits?.contains("is queued") == true, "\(waits ?? "")")
            #expect(try await bench.person.ask(.DELETE, "/api/v1/tasks/\(child)").status == 200)
            #expect(try await bench.person.ask(.DELETE, path).status == 200)
            #expect(try await bench.person.ask(.DELETE, path).status == 404)
            let actions = try await bench.admin.get("/api/v1/audit").json["entries"]?.array ?? []
            #expect(
                actions.compactMap { $0["action"]?.string }
                    == [
                        "task.deleted", "task.deleted", "task.created", "task.resume", "task.stop", "task.created",
                    ]
            )
            #expect(actions.allSatisfy { $0["actor"]?.string == "alice" })
        }
    }
}
