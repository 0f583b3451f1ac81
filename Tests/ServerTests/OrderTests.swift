import Domain
import Fleet
import NIOHTTP1
import TestSupport
import Testing
import Wire

@testable import Server

/// Orders that reach daemons.
@Suite(.timeLimit(.minutes(15)))
struct OrderTests {
    /// A daemon that has a task; `body` gets the conversation, the task's path, and its first message.
    private func atWork<Result: Sendable>(
        _ body: @escaping @Sendable (ServerBench, inout FakeDaemon.Talk, String, inout Reports) async throws -> Result
    ) async throws -> Result {
        try await ServerBench.run { bench async throws in
            let id = try await bench.add()
            return try await bench.anna.connect { talk, _ in
                let spawn = try #require(try await talk.spawned())
                var answer = CommandAnswer()
                (answer.id, answer.outcome) = (spawn.head.id, .done)
                var reports = Reports(spawn)
                try await talk.send(answer, reports.status(.running))
                #expect(try await talk.acknowledged(1))
                return try await body(bench, &talk, "/api/v1/tasks/\(id)", &reports)
            }
        }
    }

    @Test func aStopIsToldAndItsAnswerIsShown() async throws {
        let (stop, command) = try await atWork { bench, talk, path, _ in
            let key: [(String, String?)] = [("Idempotency-Key", "s1")]
            let reply = try await bench.person.ask(.POST, "\(path)/stop", #"{"force":true}"#, headers: key)
            #expect(reply.json["outcome"]?.string == "told", "\(reply.text)")
            let again = try await bench.person.ask(.POST, "\(path)/stop", #"{"force":true}"#, headers: key)
            #expect(again.json["commandId"] == reply.json["commandId"])
            let stop = try await talk.next { if case .stopTask(let stop) = $0 { stop } else { nil } }
            var answer = CommandAnswer()
            (answer.id, answer.outcome, answer.wasRunning) = (stop?.head.id ?? "", .done, true)
            try await talk.send(answer)
            // What comes after the answer is acknowledged after it.
            var beat = Heartbeat()
            (beat.session, beat.beat, beat.at) = (talk.session, 1, Timestamp(millisecondsSince1970: 0))
            try await talk.send(beat)
            _ = try await talk.next { if case .ack(let ack) = $0 { ack.beat } else { nil } }
            let id = reply.json["commandId"]?.string ?? ""
            return (stop, try await bench.viewer.get("/api/v1/commands/\(id)").json)
        }
        #expect(stop?.force == true && stop?.by == "alice")
        #expect(command["answer"]?["wasRunning"]?.bool == true, "\(command)")
    }

    @Test func whatARestoreTookIsListed() async throws {
        let (list, kinds) = try await atWork { bench, talk, path, reports in
            try await talk.send(reports.complete(.interrupted, "person"))
            #expect(try await talk.acknowledged(2))
            _ = try await bench.person.post("\(path)/restore", #"{"checkpoint":0}"#)
            let restore = try await talk.next { if case .restoreCheckpoint(let order) = $0 { order } else { nil } }
            var answer = CommandAnswer()
            (answer.id, answer.outcome, answer.checkpoint) = (restore?.head.id ?? "", .done, 7)
            answer.checkpoints = [(7, CheckpointCause.beforeRestore), (8, .restored)]
                .map { number, cause in
                    var checkpoint = WireCheckpoint()
                    (checkpoint.number, checkpoint.cause) = (number, cause)
                    checkpoint.commit = String(repeating: "a", count: 40)
                    checkpoint.tree = String(repeating: "b", count: 40)
                    return checkpoint
                }
            // An answer that is repeated says nothing new.
            try await talk.send(answer, answer)
            var beat = Heartbeat()
            (beat.session, beat.beat, beat.at) = (talk.session, 1, Timestamp(millisecondsSince1970: 0))
            try await talk.send(beat)
            _ = try await talk.next { if case .ack(let ack) = $0 { ack.beat } else { nil } }
            let list = try await bench.viewer.get("\(path)/checkpoints").json["checkpoints"]?.array ?? []
            let events = try await bench.viewer.get("\(path)/events?kinds=checkpoint").json["events"]?.array ?? []
            return (list, events.compactMap { $0["kind"]?.string })
        }
        #expect(list.map { $0["number"]?.int } == [7, 8] && list.allSatisfy { $0["attempt"]?.int == 1 }, "\(list)")
        #expect(list.last?["report"]?["checkpoint"]?["cause"]?.string == "restored")
        #expect(kinds.count == 2)
    }

    @Test func whatIsSaidReachesTheAgent() async throws {
        let (message, later) = try await atWork { bench, talk, path, reports in
            _ = try await bench.person.post("\(path)/messages", #"{"text":"Look at b."}"#)
            let message = try await talk.next { if case .sendMessage(let message) = $0 { message } else { nil } }
            var answer = CommandAnswer()
            (answer.id, answer.outcome) = (message?.head.id ?? "", .done)
            try await talk.send(answer, reports.complete(.interrupted, "person"))
            #expect(try await talk.acknowledged(2))
            // Nobody has the task: it is said when it goes on.
            let said = try await bench.person.post("\(path)/messages", #"{"text":"And at c."}"#)
            #expect(said.json["outcome"]?.string == "changed")
            _ = try await bench.person.post("\(path)/resume")
            let later = try await talk.next { if case .sendMessage(let message) = $0 { message } else { nil } }
            return (message, later)
        }
        #expect(message?.text == "Look at b." && message?.by == "alice")
        #expect(later?.text == "And at c." && later?.head.attempt == 2)
    }

    private func refuse(_ talk: inout FakeDaemon.Talk, _ spawn: SpawnTask) async throws {
        var answer = CommandAnswer()
        (answer.id, answer.outcome, answer.code) = (spawn.head.id, .refused, "not_allowed")
        answer.message = "This daemon's configuration does not allow work on '/srv/x'."
        var ack = CommandAck()
        ack.id = spawn.head.id
        try await talk.send(ack, answer)
    }

    @Test func aRefusalIsRememberedAndToldAndNothingThatWasSaidIsLost() async throws {
        let (waits, attempt, told) = try await ServerBench.run { bench async throws in
            let id = try await bench.add()
            let path = "/api/v1/tasks/\(id)"
            for _ in 0..<2 { _ = try await bench.person.post("\(path)/messages", #"{"text":"Look at b."}"#) }
            let (waits, attempt) = try await bench.anna.connect { talk, _ in
                let spawn = try #require(try await talk.spawned())
                try await refuse(&talk, spawn)
                var task = try await bench.task(id)
                while task["waitsFor"]?.array?.isEmpty != false { task = try await bench.task(id) }
                return (task["waitsFor"]?.array?.compactMap(\.string), task["attempt"]?.int)
            }
            let told = try await bench.berta.connect { talk, _ in
                var told: [SendMessage] = []
                while told.count < 2 {
                    guard let next = try await talk.next({ if case .sendMessage(let said) = $0 { said } else { nil } })
                    else { break }
                    told.append(next)
                    var answer = CommandAnswer()
                    (answer.id, answer.outcome) = (next.head.id, .done)
                    try await talk.send(answer)
                }
                return told
            }
            return (waits, attempt, told)
        }
        #expect(
            waits == ["Daemon 'anna' refuses it: This daemon's configuration does not allow work on '/srv/x'."]
        )
        #expect(attempt == 1)
        #expect(told.map(\.text) == ["Look at b.", "Look at b."] && Set(told.map(\.sentAt)).count == 2)
        #expect(told.allSatisfy { $0.head.attempt == 2 })
    }

    @Test func anAnswerIsTakenOnce() async throws {
        let (answer, open, second, third) = try await atWork { bench, talk, path, reports in
            try await talk.send(reports.question(3))
            #expect(try await talk.acknowledged(2))
            let open = try await bench.viewer.get("/api/v1/questions").json
            let body = #"{"question":3,"text":"b"}"#
            #expect(try await bench.person.post("\(path)/answers", body).json["outcome"]?.string == "told")
            let answer = try await talk.next { if case .answerQuestion(let answer) = $0 { answer } else { nil } }
            let second = try await bench.person.post("\(path)/answers", body)
            let third = try await bench.person.post("\(path)/answers", #"{"question":3,"text":"c"}"#)
            #expect(try await bench.person.post("\(path)/answers", #"{"question":4,"text":"c"}"#).status == 404)
            return (answer, open, second, third)
        }
        #expect(answer?.question == 3 && answer?.text == "b")
        #expect(open["questions"]?[0]?["question"]?.int == 3)
        #expect(second.json["outcome"]?.string == "nothing" && third.status == 409)
    }

    @Test func aPermissionIsGivenOrNotAndNothingElse() async throws {
        let (unclear, clear): (HTTPClient.Reply, HTTPClient.Reply) = try await atWork { bench, talk, path, reports in
            var asked = reports.question(3)
            var permission = WirePermission()
            (permission.tool, permission.subject) = ("Bash", "make test")
            asked.permission = permission
            try await talk.send(asked)
            #expect(try await talk.acknowledged(2))
            let unclear = try await bench.person.post("\(path)/answers", #"{"question":3,"text":"perhaps"}"#)
            return (unclear, try await bench.person.post("\(path)/answers", #"{"question":3,"text":"yes"}"#))
        }
        #expect(unclear.status == 422 && unclear.json["code"]?.string == "answer_unclear", "\(unclear.text)")
        #expect(clear.json["outcome"]?.string == "told", "\(clear.text)")
    }

    @Test func aTaskAtItsLimitIsNotQueuedForNothing() async throws {
        let (refused, taken) = try await atWork { bench, talk, path, reports in
            var end = reports.complete(.iterationLimitReached, "iteration_limit_reached")
            (end.reason.facts.used, end.reason.facts.limit, end.reason.facts.ceiling) = (1, 1, 50)
            end.standing.iterations = 1
            try await talk.send(end)
            #expect(try await talk.acknowledged(2))
            let refused = try await bench.person.post("\(path)/resume")
            return (refused, try await bench.person.post("\(path)/resume", #"{"maxIterations":2}"#))
        }
        #expect(refused.status == 409 && refused.json["code"]?.string == "limit", "\(refused.text)")
        #expect(taken.json["outcome"]?.string == "changed", "\(taken.text)")
    }

    /// The answer of a daemon that did what it was told.
    private func done(_ head: CommandHead?) -> CommandAnswer {
        var answer = CommandAnswer()
        (answer.id, answer.outcome) = (head?.id ?? "", .done)
        return answer
    }

    @Test func anAnswerToATaskThatHasStoppedIsToldWhenItGoesOn() async throws {
        let (said, order, elsewhere) = try await atWork { bench, talk, path, reports in
            try await talk.send(reports.question(3), reports.complete(.interrupted, "person"))
            #expect(try await talk.acknowledged(3))
            let body = #"{"question":3,"text":"b"}"#
            let said = try await bench.person.post("\(path)/answers", body).json["outcome"]?.string
            _ = try await bench.person.post("\(path)/resume")
            var order: [String] = []
            var answer: AnswerQuestion?
            while answer == nil, let next = try await talk.next() {
                if case .resumeTask(let resume) = next {
                    order.append("resume \(resume.head.attempt)")
                    try await talk.send(done(resume.head))
                }
                if case .answerQuestion(let told) = next { answer = told }
            }
            order.append("answer \(answer?.question ?? 0) in \(answer?.head.attempt ?? 0)")
            // It says nothing of the answer, and the task goes elsewhere.
            var second = Reports(answer?.head ?? CommandHead(), after: 3)
            try await talk.send(second.complete(.interrupted, "person"))
            #expect(try await talk.acknowledged(4))
            _ = try await bench.admin.post("/api/v1/daemons/anna/drain")
            _ = try await bench.person.post("\(path)/resume", #"{"elsewhere":true}"#)
            let elsewhere = try await bench.berta.connect { other, _ in
                try await other.next { if case .sendMessage(let said) = $0 { said.text } else { nil } }
            }
            return (said, order, elsewhere)
        }
        #expect(said == "changed" && order == ["resume 2", "answer 3 in 2"])
        #expect(elsewhere == "You have asked: Which?\n\nThe answer is: b")
    }

    @Test func anOrderWithAKeyHasOneEffect() async throws {
        let (messages, audit) = try await atWork { bench, talk, path, reports in
            let key: [(String, String?)] = [("Idempotency-Key", "k1")]
            var replies: [HTTPClient.Reply] = []
            for _ in 0..<2 {
                replies.append(
                    try await bench.person.ask(.POST, "\(path)/messages", #"{"text":"Look."}"#, headers: key)
                )
            }
            #expect(replies.map { $0.json["outcome"]?.string } == ["told", "told"])
            #expect(replies[0].json["commandId"] == replies[1].json["commandId"])
            for (order, body) in [("messages", #"{"text":"Look again."}"#), ("stop", "{}")] {
                let other = try await bench.person.ask(.POST, "\(path)/\(order)", body, headers: key)
                #expect(other.status == 422 && other.json["code"]?.string == "key_reused", "\(other.text)")
            }
            let events = try await bench.viewer.get("\(path)/events?kinds=person").json["events"]?.array ?? []
            let audit = try await bench.admin.get("/api/v1/audit").json["entries"]?.array ?? []
            return (events.count, audit.filter { $0["action"]?.string == "task.messages" }.count)
        }
        #expect(messages == 1 && audit == 1)
    }

    @Test func whatWasResumedOnceIsNotResumedByTheSameRequest() async throws {
        try await ServerBench.run { bench async throws in
            let path = "/api/v1/tasks/\(try await bench.add())"
            let key: [(String, String?)] = [("Idempotency-Key", "r1")]
            var outcomes: [String?] = []
            for _ in 0..<2 {
                _ = try await bench.person.post("\(path)/stop")
                let reply = try await bench.person.ask(.POST, "\(path)/resume", "{}", headers: key)
                outcomes.append(reply.json["outcome"]?.string)
                outcomes.append(reply.json["task"]?["status"]?.string)
            }
            #expect(outcomes == ["changed", "pending", "changed", "interrupted"], "the second stop holds")
        }
    }

    @Test func aDaemonIsDrainedOnceForOneKey() async throws {
        try await ServerBench.run { bench async throws in
            let path = "/api/v1/daemons/anna/drain"
            let key: [(String, String?)] = [("Idempotency-Key", "d1")]
            #expect(try await bench.admin.ask(.POST, path, "{}", headers: key).json["draining"]?.bool == true)
            #expect(try await bench.admin.post(path, #"{"draining":false}"#).json["draining"]?.bool != true)
            #expect(try await bench.admin.ask(.POST, path, "{}", headers: key).json["draining"]?.bool != true)
            let other = try await bench.admin.ask(.POST, path, #"{"draining":false}"#, headers: key)
            #expect(other.status == 422, "\(other.text)")
        }
    }

    @Test func aStopOutlivesTheDaemonThatWasTold() async throws {
        let status = try await ServerBench.run { bench async throws in
            let id = try await bench.add()
            try await bench.anna.connect { talk, _ in
                let spawn = try #require(try await talk.spawned())
                var reports = Reports(spawn)
                try await talk.send(reports.status(.running))
                #expect(try await talk.acknowledged(1))
            }
            _ = try await bench.person.post("/api/v1/tasks/\(id)/stop")
            try await bench.gone("anna")
            bench.wallClock.set(bench.wallClock.now() + .seconds(1000))
            return try await bench.berta.connect { _, _ in
                try await bench.rescue()
                let task = try await bench.wait(id) { $0["status"]?.string == "interrupted" }
                return task["attempt"]?.int
            }
        }
        #expect(status == 1, "nobody else got it")
    }

    @Test func aDrainedDaemonGetsNothing() async throws {
        let (drain, waits) = try await ServerBench.run { bench async throws in
            try await bench.anna.connect { talk, _ in
                let reply = try await bench.admin.post("/api/v1/daemons/anna/drain")
                #expect(reply.json["draining"]?.bool == true, "\(reply.text)")
                let drain = try await talk.next { if case .drain(let drain) = $0 { drain } else { nil } }
                let id = try await bench.add()
                var waits: [String] = []
                // The round that looks at it comes with the change.
                while waits.isEmpty {
                    waits = try await bench.task(id)["waitsFor"]?.array?.compactMap(\.string) ?? []
                }
                return (drain, waits)
            }
        }
        #expect(drain?.draining == true)
        #expect(waits == ["Daemon 'anna' takes no new tasks."])
    }

    @Test func aTokenThatIsRevokedClosesItsConnection() async throws {
        let (code, statuses) = try await ServerBench.run { bench async throws in
            let body = #"{"label":"second","scope":"daemon","daemonId":"anna"}"#
            let made = try await bench.admin.post("/api/v1/tokens", body)
            #expect(made.status == 201, "\(made.text)")
            let (id, token) = (made.json["tokenId"]?.string ?? "", made.json["token"]?.string ?? "")
            let code = try await FakeDaemon(port: bench.port, token: token)
                .connect { talk, _ in
                    #expect(try await bench.admin.ask(.DELETE, "/api/v1/tokens/\(id)").status == 200)
                    return try await talk.next { if case .refused(let refused) = $0 { refused.code } else { nil } }
                }
            let rotated = try await bench.admin.post("/api/v1/tokens/\(id)/rotate")
            let list = try await bench.admin.get("/api/v1/tokens")
            #expect(!list.text.contains(token) && !list.text.contains("\"token\""))
            let old = HTTPClient(port: bench.port, token: token)
            return (code, [rotated.status, try await old.get(API.daemonPath).status])
        }
        #expect(code == "not_allowed" && statuses == [409, 401])
    }

    @Test func aDaemonIsAddedAndRemoved() async throws {
        try await ServerBench.run { bench async throws in
            let added = try await bench.admin.post("/api/v1/daemons", #"{"daemonId":"carla"}"#)
            #expect(added.status == 201)
            #expect(try await bench.admin.post("/api/v1/daemons", #"{"daemonId":"carla"}"#).status == 409)
            #expect(try await bench.admin.post("/api/v1/daemons", #"{"daemonId":"-x"}"#).status == 422)
            let list = try await bench.viewer.get("/api/v1/daemons").json["daemons"]?.array ?? []
            #expect(list.compactMap { $0["daemonId"]?.string } == ["anna", "berta", "carla"])
            #expect(try await bench.admin.ask(.DELETE, "/api/v1/daemons/carla").status == 200)
            #expect(try await bench.viewer.get("/api/v1/daemons/carla").status == 404)
            // One that is connected would not know.
            let status = try await bench.anna.connect { _, _ in
                try await bench.admin.ask(.DELETE, "/api/v1/daemons/anna").status
            }
            #expect(status == 409)
        }
    }
}
