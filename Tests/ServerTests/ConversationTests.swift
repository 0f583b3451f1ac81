import Domain
import Fleet
import NIOCore
import Store
import TestSupport
import Testing
import WebSockets
import Wire

@testable import Server

/// What the protocol says, over real sockets.
@Suite(.timeLimit(.minutes(15)))
struct ConversationTests {
    /// Takes the one task that there is, and says that it has it.
    private func take(_ talk: inout FakeDaemon.Talk) async throws -> SpawnTask {
        let spawn = try #require(try await talk.spawned())
        var ack = CommandAck()
        ack.id = spawn.head.id
        var answer = CommandAnswer()
        (answer.id, answer.outcome) = (spawn.head.id, .done)
        try await talk.send(ack, answer)
        return spawn
    }

    private func held(_ spawn: SpawnTask, _ status: TaskStatus = .running) -> WireHeldAttempt {
        var held = WireHeldAttempt()
        (held.taskId, held.attempt, held.status) = (spawn.head.taskId, spawn.head.attempt, status)
        return held
    }

    /// The attempt of the next task that is handed over.
    private static func handedOver(_ talk: inout FakeDaemon.Talk) async throws -> Int? {
        try await talk.next { message -> Int? in
            switch message {
            case .spawnTask(let spawn): spawn.head.attempt
            case .resumeTask(let resume): resume.head.attempt
            default: nil
            }
        }
    }

    // MARK: - Numbers

    @Test func whatWasTakenIsNotTakenAgain() async throws {
        let events = try await ServerBench.run { bench in
            let id = try await bench.add()
            var daemon = bench.anna
            let (spawn, output) = try await daemon.connect { talk, _ in
                let spawn = try await take(&talk)
                var reports = Reports(spawn)
                let output = reports.output("once\n")
                try await talk.send(output, output)
                #expect(try await talk.acknowledged(1))
                return (spawn, output)
            }
            daemon.lastNumber = 2
            daemon.held = [held(spawn)]
            try await daemon.connect { talk, welcome in
                #expect(welcome.lastNumber == 1)
                #expect(welcome.attempts.map(\.ruling) == [.goOn])
                var reports = Reports(spawn, after: 1)
                reports.sequence = 1
                try await talk.send(output, reports.output("twice\n", at: 5))
                #expect(try await talk.acknowledged(2))
            }
            return try await bench.viewer.get("/api/v1/tasks/\(id)/output").json
        }
        #expect(events["pieces"]?.array?.compactMap { $0["text"]?.string } == ["once\n", "twice\n"])
    }

    @Test func aGapClosesTheConnection() async throws {
        let (code, taken) = try await ServerBench.run { bench in
            let id = try await bench.add()
            return try await bench.anna.connect { talk, _ in
                let spawn = try await take(&talk)
                var reports = Reports(spawn)
                let first = reports.output("1")
                _ = reports.output("2", at: 1)
                try await talk.send(first, reports.output("3", at: 2))
                let refused = try await talk.next { if case .refused(let refused) = $0 { refused } else { nil } }
                #expect(try await talk.next() == nil)
                let output = try await bench.viewer.get("/api/v1/tasks/\(id)/output").json
                return (refused?.code, output["pieces"]?.array?.count)
            }
        }
        #expect(code == "outbox_gap" && taken == 1)
    }

    @Test func whatCannotBeReadIsKeptRefusedAndAcknowledged() async throws {
        let (codes, audit) = try await ServerBench.run { bench in
            let codes = try await bench.anna.connect { talk, _ in
                var codes: [String] = []
                try await talk.send(text: #"{"type":"taskOutput","number":1,"taskId":"x"}"#)
                let refused = try await talk.next { if case .refused(let refused) = $0 { refused } else { nil } }
                #expect(refused?.number == 1 && refused?.of == "taskOutput")
                codes.append(refused?.code ?? "")
                #expect(try await talk.acknowledged(1))
                try await talk.send(text: #"{"type":"tomorrow","number":2}"#)
                let unknown = try await talk.next { if case .notUnderstood(let answer) = $0 { answer } else { nil } }
                codes.append(unknown?.of ?? "")
                #expect(try await talk.acknowledged(2))
                return codes
            }
            try await bench.gone("anna")
            return (codes, try await bench.admin.get("/api/v1/audit").json)
        }
        #expect(codes == ["malformed_task_id", "tomorrow"] || codes == ["field_missing", "tomorrow"], "\(codes)")
        let actions = audit["entries"]?.array?.compactMap { $0["action"]?.string } ?? []
        #expect(actions == ["messages.refused", "message.refused"], "the first, and how many there were")
        #expect(audit["entries"]?[0]?["detail"]?.string?.contains("\"count\":2") == true)
    }

    @Test func whoConnectsAgainAndAgainDoesNotFillTheLog() async throws {
        let count = try await ServerBench.run { bench in
            var daemon = bench.anna
            for number in 1...15 {
                daemon.lastNumber = number - 1
                try await daemon.connect { talk, _ in
                    try await talk.send(text: #"{"type":"tomorrow","number":\#(number)}"#)
                    #expect(try await talk.acknowledged(number))
                }
            }
            let audit = try await bench.admin.get("/api/v1/audit").json["entries"]?.array ?? []
            return audit.filter { $0["action"]?.string == "message.refused" }.count
        }
        #expect(count == 10)
    }

    @Test(arguments: [
        "", "x", "{}", "[1]", #"{"type":"taskOutput"}"#, #"{"type":7}"#, "{\"type\":\"ack\",\"id\":\"\u{1}\"}",
    ])
    func garbageWithoutANumberClosesTheConnection(text: String) async throws {
        let (said, closed) = try await ServerBench.run { bench in
            try await bench.anna.connect { talk, _ in
                try await talk.send(text: text)
                let said = try await talk.next()
                #expect(try await talk.next() == nil)
                return (said, talk.closed)
            }
        }
        guard case .refused? = said else {
            Issue.record("\(String(describing: said))")
            return
        }
        #expect(closed == .protocolError)
    }

    @Test func anOlderOutboxIsRefused() async throws {
        let code = try await ServerBench.refusal { bench in
            _ = try await bench.add()
            try await bench.anna.connect { talk, _ in
                var reports = Reports(try await take(&talk))
                try await talk.send(reports.output("1"), reports.output("2", at: 1))
                #expect(try await talk.acknowledged(2))
            }
            var daemon = bench.anna
            daemon.lastNumber = 1
            return try await daemon.firstAnswer(daemon.hello)
        }
        #expect(code == "outbox_lost")
    }

    /// Before it opens a session, in which it would be given work.
    @Test func anOutboxOfWhichMoreWasAcknowledgedIsRefused() async throws {
        let code = try await ServerBench.refusal { bench in
            var hello = bench.anna.hello
            (hello.lastNumber, hello.acknowledgedNumber) = (9, 7)
            return try await bench.anna.firstAnswer(hello)
        }
        #expect(code == "outbox_ahead")
    }

    @Test func whoHasLostItsDiskBeginsAnew() async throws {
        let (task, attempt) = try await ServerBench.run { bench in
            let id = try await bench.add()
            let spawn = try await bench.anna.connect { talk, _ in
                let spawn = try await take(&talk)
                var reports = Reports(spawn)
                try await talk.send(reports.status(.running))
                #expect(try await talk.acknowledged(1))
                return spawn
            }
            var daemon = bench.anna
            daemon.outbox = "o2"
            daemon.held = [held(spawn)]
            return try await daemon.connect { talk, welcome -> (JSONValue, Int?) in
                #expect(welcome.lastNumber == 0 && welcome.attempts.map(\.ruling) == [.fenced])
                let attempt = try await Self.handedOver(&talk)
                return (try await bench.task(id), attempt)
            }
        }
        #expect(attempt == 2 && task["attempt"]?.int == 2 && task["losses"]?.int == 1)
    }

    // MARK: - Attempts

    @Test func whatADaemonHasForgottenIsGivenToSomebodyElse() async throws {
        let attempt = try await ServerBench.run { bench in
            _ = try await bench.add()
            try await bench.anna.connect { talk, _ in
                var reports = Reports(try await take(&talk))
                try await talk.send(reports.status(.running))
                #expect(try await talk.acknowledged(1))
            }
            var daemon = bench.anna
            daemon.lastNumber = 1
            return try await daemon.connect { talk, _ in try await Self.handedOver(&talk) }
        }
        #expect(attempt == 2)
    }

    @Test func aCommandThatHasNotArrivedIsSentAgain() async throws {
        let heads = try await ServerBench.run { bench in
            _ = try await bench.add()
            let first = try await bench.anna.connect { talk, _ in try await talk.spawned()?.head }
            let second = try await bench.anna.connect { talk, _ in try await talk.spawned()?.head }
            return [first, second]
        }
        #expect(heads[0] != nil && heads[0] == heads[1])
    }

    @Test func whoRefusesATaskDoesNotHaveIt() async throws {
        let task = try await ServerBench.run { bench in
            let id = try await bench.add()
            return try await bench.anna.connect { talk, _ in
                let spawn = try #require(try await talk.spawned())
                var answer = CommandAnswer()
                (answer.id, answer.outcome, answer.code) = (spawn.head.id, .refused, "agent_unknown")
                try await talk.send(answer)
                let task = try await bench.wait(id) { $0["daemonId"] == nil && $0["attempt"]?.int == 1 }
                return task
            }
        }
        #expect(task["status"]?.string == "pending" && task["daemonId"] == nil)
    }

    @Test func whatIsLateHasNoEffectAndIsRecorded() async throws {
        let (status, refusals, told) = try await ServerBench.run { bench in
            let id = try await bench.add()
            let spawn = try await bench.anna.connect { talk, _ in try await take(&talk) }
            // Gone for longer than the grace: the attempt is lost, and another daemon gets the task.
            try await bench.gone("anna")
            bench.wallClock.set(bench.wallClock.now() + .seconds(1000))
            return try await bench.berta.connect { other, _ in
                try await bench.rescue()
                let next = try #require(try await other.spawned())
                #expect(next.head.attempt == 2)
                var late = bench.anna
                late.lastNumber = 1
                late.held = [held(spawn)]
                let told = try await late.connect { talk, welcome in
                    #expect(welcome.attempts.map(\.ruling) == [.fenced])
                    var reports = Reports(spawn)
                    try await talk.send(reports.complete())
                    let refused = try await talk.next { if case .refused(let refused) = $0 { refused } else { nil } }
                    #expect(try await talk.acknowledged(1))
                    return refused?.code
                }
                let task = try await bench.task(id)
                let refusals = try await bench.store.refusals(of: TaskID(rawValue: id), limit: 9)
                return (task["status"]?.string, refusals.map(\.cause), told)
            }
        }
        #expect(status == "pending" && refusals == [.staleAttempt] && told == "stale_attempt")
    }

    @Test func whatWasMadeWhileTheServerWasAwayIsNotLost() async throws {
        let directory = TemporaryDirectory()
        let (id, spawn) = try await ServerBench.run(in: directory.path) { bench in
            let id = try await bench.add()
            return (id, try await bench.anna.connect { talk, _ in try await take(&talk) })
        }
        let task = try await ServerBench.run(in: directory.path) { bench in
            // Down for longer than the grace; the daemon has backed off, and comes some time after the server.
            bench.wallClock.set(bench.wallClock.now() + .seconds(5000))
            let start = bench.wallClock.now()
            bench.wallClock.set(start + .seconds(200))
            try await bench.rescue(watchedSince: start)
            var daemon = bench.anna
            daemon.lastNumber = 1
            daemon.held = [held(spawn, .done)]
            try await daemon.connect { talk, welcome in
                #expect(welcome.attempts.map(\.ruling) == [.goOn])
                var reports = Reports(spawn)
                try await talk.send(reports.complete())
                #expect(try await talk.acknowledged(1))
            }
            return try await bench.task(id)
        }
        #expect(task["status"]?.string == "done" && task["losses"]?.int ?? 0 == 0)
    }

    @Test func heartbeatsAreAnswered() async throws {
        let (beat, refused) = try await ServerBench.run { bench in
            try await bench.anna.connect { talk, welcome in
                var heartbeat = Heartbeat()
                (heartbeat.session, heartbeat.beat) = (welcome.session, 7)
                heartbeat.at = Timestamp(millisecondsSince1970: 1_772_000_000_000)
                heartbeat.capacity = bench.anna.hello.capacity
                try await talk.send(heartbeat)
                let beat = try await talk.next { if case .ack(let ack) = $0 { ack.beat } else { nil } }
                heartbeat.session += 1
                try await talk.send(heartbeat)
                let refused = try await talk.next { if case .refused(let refused) = $0 { refused.code } else { nil } }
                return (beat, refused)
            }
        }
        #expect(beat == 7 && refused == "not_expected")
    }

    @Test func aSessionWhoseLeaseIsOverEnds() async throws {
        let (code, closed) = try await ServerBench.run { bench in
            try await bench.anna.connect { talk, welcome in
                bench.wallClock.set(bench.wallClock.now() + .seconds(31))
                var heartbeat = Heartbeat()
                (heartbeat.session, heartbeat.beat) = (welcome.session, 1)
                heartbeat.at = bench.wallClock.now()
                heartbeat.capacity = bench.anna.hello.capacity
                try await talk.send(heartbeat)
                let refused = try await talk.next { if case .refused(let refused) = $0 { refused.code } else { nil } }
                #expect(try await talk.next() == nil)
                return (refused, talk.closed)
            }
        }
        #expect(code == "session_expired" && closed == .tryAgainLater)
    }

    @Test func aServerThatEndsTellsItsDaemons() async throws {
        let (code, closed) = try await ServerBench.run { bench in
            try await bench.anna.connect { talk, _ in
                bench.server.end()
                let refused = try await talk.next { if case .refused(let refused) = $0 { refused.code } else { nil } }
                #expect(try await talk.next() == nil)
                return (refused, talk.closed)
            }
        }
        #expect(code == "shutting_down" && closed == .goingAway)
    }

    @Test func aRestartLosesNothing() async throws {
        let directory = TemporaryDirectory()
        let (id, spawn) = try await ServerBench.run(in: directory.path) { bench in
            let id = try await bench.add()
            let spawn = try await bench.anna.connect { talk, _ in
                let spawn = try await take(&talk)
                var reports = Reports(spawn)
                try await talk.send(reports.output("before\n"))
                #expect(try await talk.acknowledged(1))
                return spawn
            }
            return (id, spawn)
        }
        let (task, output) = try await ServerBench.run(in: directory.path) { bench in
            var daemon = bench.anna
            daemon.lastNumber = 3
            daemon.held = [held(spawn)]
            try await daemon.connect { talk, welcome in
                #expect(welcome.lastNumber == 1 && welcome.attempts.map(\.ruling) == [.goOn])
                var reports = Reports(spawn, after: 1)
                reports.sequence = 1
                try await talk.send(reports.output("after\n", at: 7), reports.complete())
                #expect(try await talk.acknowledged(3))
            }
            return (try await bench.task(id), try await bench.viewer.get("/api/v1/tasks/\(id)/output").json)
        }
        #expect(task["status"]?.string == "done" && task["attempt"]?.int == 1)
        #expect(output["pieces"]?.array?.compactMap { $0["text"]?.string } == ["before\n", "after\n"])
    }
}
