import Domain
import Fleet
import Logging
import Store
import TestSupport
import Testing
import Wire

@testable import Server

/// Contracts that were stopped and go on.
@Suite(.timeLimit(.minutes(15)))
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

    @Test func whatWasStoppedWithItSaysThatItGoesOnWithIt() async throws {
        let (task, contract) = try await stopped { bench, talk, path, reports in
            try await talk.send(reports.complete(.interrupted, "person"))
            #expect(try await talk.acknowledged(2))
            return (try await bench.task(reports.task.rawValue), try await bench.viewer.get(path).json)
        }
        let call = "makima contract resume \(contract["contractId"]?.string?.prefix(6) ?? "")"
        let sentence = "It was stopped with its contract, by a person. Everything is kept."
        for view in [task, contract["tasks"]?[0] ?? .null] {
            #expect(view["endedWithContract"]?.bool == true)
            #expect(view["reason"]?["hint"]?.string == "'\(call)' goes on with all of it.", "\(view)")
            #expect(view["reason"]?["message"]?.string == sentence)
        }
        #expect(task["contractStanding"]?[0]?.string == "Its contract is 'stopped': A person stopped it.")
    }

    @Test func aResumeThatAllowsTooLittleSaysWhatToAllow() async throws {
        let (less, more) = try await stopped { bench, talk, path, reports in
            var end = reports.complete(.interrupted, "person")
            end.standing.usage.tokens = 10
            try await talk.send(end)
            #expect(try await talk.acknowledged(2))
            return (
                try await bench.person.post("\(path)/resume", #"{"limits":{"maxTokens":10}}"#),
                try await bench.person.post("\(path)/resume", #"{"limits":{"maxTokens":11}}"#).status
            )
        }
        #expect(less.status == 409 && less.json["code"]?.string == "limit", "\(less.text)")
        #expect(less.json["message"]?.string?.hasSuffix("it has used 10 of 10 tokens.") == true, "\(less.text)")
        #expect(less.json["hint"]?.string?.contains("--max-tokens NUMBER") == true && more == 200)
    }

    /// What it makes would go nowhere.
    @Test func noTaskGoesOnByItselfInAContractThatIsStopped() async throws {
        let answers = try await stopped { bench, talk, path, reports in
            let task = reports.task
            try await talk.send(reports.complete(.interrupted, "person"))
            #expect(try await talk.acknowledged(2))
            let refused = try await bench.person.post("/api/v1/tasks/\(task)/resume")
            #expect(refused.status == 409 && refused.json["hint"]?.string?.contains("contract resume") == true)
            #expect(try await bench.person.post("\(path)/resume").status == 200)
            return try await talk.next { if case .resumeTask(let resume) = $0 { resume.head.attempt } else { nil } }
        }
        #expect(answers == 2)
    }

    /// Whoever stops it in the moment in which its tasks are made stops them, and they go on with it.
    @Test func whatWasMadeWhileItEndedGoesOnWithIt() async throws {
        let directory = TemporaryDirectory()
        let store = try await SQLiteTaskStore.open("\(directory.path)/store.sqlite")
        let clock = ManualWallClock()
        let surroundings = Surroundings(
            clock: ManualClock(),
            wallClock: clock,
            ids: SystemIDs(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let lines = DaemonLines()
        let hands = ContractHands(
            store: store,
            orders: TaskOrders(store: store, lines: lines, surroundings: surroundings),
            merges: MergeDispatcher(store: store, lines: lines, surroundings: surroundings),
            surroundings: surroundings
        )
        let tasks = #""supervised":false,"tasks":[{"name":"one","plan":"Do it."}]"#
        let body = #"{"template":\#(ServerBench.request("goal")),"targets":["main"],\#(tasks)}"#
        let request = try APIText.decode(Array(body.utf8), as: ContractRequest.self)
        let new = try ContractMaker(request: request, ids: SystemIDs(), now: clock.now()).make()
        let looked = try await store.create(new, key: nil, at: clock.now()).contract
        let view = try await hands.view(of: looked)
        try await hands.change(looked.id) { $0 = ContractRules.stop($0, view).0 }
        _ = try await hands.carryOut(looked, view)

        let ended = try #require(try await store.contract(looked.id))
        #expect(ended.due.map(\.kind) == [.stop])
        let (resumed, _) = try #require(ContractRules.resume(ended, try await hands.view(of: ended)))
        #expect(resumed.due.map(\.kind) == [.stop, .resume])
    }
}
