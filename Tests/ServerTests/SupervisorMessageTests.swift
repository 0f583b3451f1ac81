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

    @Test func aTaskThatIsDoneInItsLastIterationIsNotSentOn() async throws {
        let (reply, entries) = try await ServerBench.run { bench async throws in
            try await bench.anna.connect { talk, _ in
                let body = #"{"template":\#(ServerBench.request("goal")),"targets":["main"],"supervised":true}"#
                let made = try await bench.person.post("/api/v1/contracts", body)
                let id = try #require(made.json["contract"]?["contractId"]?.string)
                let lead = try #require(try await talk.spawned())
                let daemon = HTTPClient(port: bench.port, token: bench.tokens.daemon)
                func call(_ tool: String, _ arguments: String) async throws -> HTTPClient.Reply {
                    try await daemon.post(
                        "/api/v1/calls",
                        """
                        {"taskId":"\(lead.head.taskId)","attempt":\(lead.head.attempt),"callId":"\(tool)","tool":"\(tool)",
                        "arguments":\(arguments)}
                        """
                    )
                }
                _ = try await call("spawn_task", #"{"name":"one","plan":"Do it.","max_iterations":1}"#)
                let one = try #require(try await talk.spawned())
                var answer = CommandAnswer()
                (answer.id, answer.outcome) = (one.head.id, .done)
                var reports = Reports(one)
                try await talk.send(answer, reports.status(.running), reports.complete())
                #expect(try await talk.acknowledged(2))
                let reply = try await call("message_task", #"{"task":"one","text":"Better."}"#)
                return (reply.json, try await bench.viewer.get("/api/v1/contracts/\(id)/timeline").json["entries"])
            }
        }
        #expect(reply["refusal"]?.string == "at_limit", "\(reply)")
        #expect(reply["text"]?.string?.contains("has used up the one iteration that it has") == true)
        #expect(entries?.array?.contains { $0["event"]?.string == "messaged" } == false)
    }
}
