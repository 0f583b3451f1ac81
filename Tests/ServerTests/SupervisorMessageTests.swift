import Domain
import Fleet
import Store
import TestSupport
import Testing
import Wire

@testable import Server

/// What a supervisor says to tasks that cannot go on.
@Suite(.timeLimit(.minutes(15)))
struct SupervisorMessageTests {
    private static func events(_ changes: [ResumeTask]) throws -> [FleetEvent] {
        try changes.enumerated()
            .map { index, change in
                var order = PersonOrder(.resume, by: "anna")
                order.changes = change
                return FleetEvent(
                    position: index + 1,
                    attempt: 1,
                    event: try order.event(at: Timestamp(millisecondsSince1970: 0))
                )
            }
    }

    @Test func theLimitsOfATaskAreThoseThatItWasGivenLast() throws {
        var document = SpawnTask()
        document.maxIterations = 3
        document.budgets = WireBudgets()
        document.budgets?.maxTokens = 50
        #expect(OwnLimits(document, []) == OwnLimits(maxIterations: 3, budgets: Budgets(maxTokens: 50)))
        var (more, money, none) = (ResumeTask(), ResumeTask(), ResumeTask())
        (more.maxIterations, none.message) = (6, "Go on.")
        money.budgets = WireBudgets()
        money.budgets?.maxCostMicrodollars = USD(microdollars: 7)
        let limits = OwnLimits(document, try Self.events([more, money, none]))
        let budgets = Budgets(maxCost: USD(microdollars: 7), maxTokens: 50)
        #expect(limits == OwnLimits(maxIterations: 6, budgets: budgets))
        document.autonomousLoop = false
        #expect(OwnLimits(document, []).maxIterations == 1)
    }

    /// A contract whose supervisor has spawned one task of one iteration, which a daemon works on.
    private static func led<Result: Sendable>(
        _ body: @escaping @Sendable (ServerBench, inout FakeDaemon.Talk, Lead, inout Reports) async throws -> Result
    ) async throws -> Result {
        try await ServerBench.run { bench async throws in
            try await bench.anna.connect { talk, _ in
                let request = #"{"template":\#(ServerBench.request("goal")),"targets":["main"],"supervised":true}"#
                let made = try await bench.person.post("/api/v1/contracts", request)
                let id = try #require(made.json["contract"]?["contractId"]?.string)
                let spawn = try #require(try await talk.spawned())
                let daemon = HTTPClient(port: bench.port, token: bench.tokens.daemon)
                let lead = Lead(contract: id, head: spawn.head, daemon: daemon)
                _ = try await lead.call("spawn_task", #"{"name":"one","plan":"Do it.","max_iterations":1}"#)
                let one = try #require(try await talk.spawned())
                var answer = CommandAnswer()
                (answer.id, answer.outcome) = (one.head.id, .done)
                var reports = Reports(one)
                try await talk.send(answer, reports.status(.running))
                #expect(try await talk.acknowledged(1))
                return try await body(bench, &talk, lead, &reports)
            }
        }
    }

    private struct Lead {
        var contract: String
        var head: CommandHead
        var daemon: HTTPClient

        func call(_ tool: String, _ arguments: String) async throws -> JSONValue {
            try await daemon.post(
                "/api/v1/calls",
                """
                {"taskId":"\(head.taskId)","attempt":\(head.attempt),"callId":"\(tool)","tool":"\(tool)",
                "arguments":\(arguments)}
                """
            )
            .json
        }
    }

    @Test func aTaskThatIsDoneInItsLastIterationIsNotSentOn() async throws {
        let (reply, entries) = try await Self.led { bench, talk, lead, reports in
            try await talk.send(reports.complete())
            #expect(try await talk.acknowledged(2))
            let reply = try await lead.call("message_task", #"{"task":"one","text":"Better."}"#)
            let path = "/api/v1/contracts/\(lead.contract)/timeline"
            return (reply, try await bench.viewer.get(path).json["entries"])
        }
        #expect(reply["refusal"]?.string == "at_limit", "\(reply)")
        #expect(reply["text"]?.string?.contains("has used up the one iteration that it has") == true)
        #expect(entries?.array?.contains { $0["event"]?.string == "messaged" } == false)
    }

    /// No daemon would take it again for what was said in its last iteration, and was not heard.
    @Test func whatCameTooLateForTheLastIterationLeavesTheTaskDone() async throws {
        let (reply, task) = try await Self.led { bench, talk, lead, reports in
            let reply = try await lead.call("message_task", #"{"task":"one","text":"Better."}"#)
            try await talk.send(reports.complete())
            #expect(try await talk.acknowledged(2))
            let id = try #require(ContractID(rawValue: lead.contract))
            while try await bench.store.contract(id)?.due.isEmpty == false {}
            return (reply, try await bench.task(reports.task.rawValue))
        }
        #expect(reply["refusal"] == nil, "At work it may hear it still.")
        #expect(task["status"]?.string == "done", "\(task)")
    }

    /// A person's word to a supervisor that waits for hours would else be heard hours later.
    @Test func aSupervisorThatWaitsIsWokenByAWord() async throws {
        let (resumed, told) = try await Self.led { bench, talk, lead, reports in
            _ = try await lead.call("wait_for_tasks", "{}")
            var leading = Reports(lead.head, after: reports.number)
            // What follows of a task is not said before that.
            var answer = CommandAnswer()
            (answer.id, answer.outcome) = (lead.head.id, .done)
            try await talk.send(answer, leading.complete(.waiting, "dependency"))
            #expect(try await talk.acknowledged(2))
            let path = "/api/v1/tasks/\(lead.head.taskId)/messages"
            _ = try await bench.person.post(path, #"{"text":"Look at two as well."}"#)
            // The contract is looked at once a second.
            await bench.clock.sleepers(6)
            bench.clock.advance(by: .seconds(1))
            let resumed = try await talk.next { if case .resumeTask(let command) = $0 { command } else { nil } }
            let told = try await talk.next { if case .sendMessage(let command) = $0 { command } else { nil } }
            return (try #require(resumed), try #require(told))
        }
        #expect(resumed.head.attempt == 2 && resumed.message?.contains("was said to you") == true)
        #expect(told.head.attempt == 2 && told.text == "Look at two as well.")
    }

    /// Its work comes back in the last iteration that it has: its supervisor is told, and a person may let it go on.
    @Test func workThatCannotBeMendedIsHandedUp() async throws {
        let (told, task, resumed, text) = try await Self.led { bench, talk, lead, reports in
            try await talk.send(reports.complete())
            #expect(try await talk.acknowledged(2))
            _ = try await lead.call("merge_task", #"{"task":"one"}"#)
            let merge = try #require(
                try await talk.next { if case .mergeTasks(let merge) = $0 { merge } else { nil } }
            )
            var answer = CommandAnswer()
            (answer.id, answer.outcome) = (lead.head.id, .done)
            try await talk.send(answer)
            answer = CommandAnswer()
            answer.id = merge.id
            let outcome = MergeEntryReport(reports.task, .conflict(paths: ["a"]))
            answer.take(MergeReport(.unchanged, before: nil, after: nil, entries: [outcome]))
            try await talk.send(answer)
            let id = try #require(ContractID(rawValue: lead.contract))
            while try await bench.store.contract(id)?.members[reports.task]?.handedUp == nil {
                // The contract is looked at once a second.
                await bench.clock.sleepers(6)
                bench.clock.advance(by: .seconds(1))
            }
            let told = try await bench.store.contract(id)?.due.filter(\.wakes).map(\.task.rawValue)
            let path = "/api/v1/tasks/\(reports.task.rawValue)"
            let task = try await bench.task(reports.task.rawValue)
            let resumed = try await bench.person.post("\(path)/resume", #"{"maxIterations":3}"#)
            let entries = try await bench.viewer.get("/api/v1/contracts/\(lead.contract)/timeline").json["entries"]
            let text = entries?.array?.first { $0["event"]?.string == "handed_up" }?["sentence"]?.string
            return (told, task, resumed, text)
        }
        #expect(told?.contains(task["taskId"]?.string ?? "") == false, "The task would be turned down.")
        #expect(task["status"]?.string == "done", "It would be turned down: \(task)")
        #expect(resumed.status == 200 && resumed.json["outcome"]?.string == "changed", "\(resumed)")
        #expect(
            text
                == "'one' cannot mend its work: it has used up the one iteration that it has. 'Lead goal', which leads it, decides."
        )
    }

    @Test func workThatIsDoneCanBeGivenUp() async throws {
        let text = try await Self.led { _, talk, lead, reports in
            try await talk.send(reports.complete())
            #expect(try await talk.acknowledged(2))
            return try await lead.call("stop_task", #"{"task":"one"}"#)["text"]?.string
        }
        #expect(text == "'one' is done: its work is given up, and is not merged.")
    }
}
