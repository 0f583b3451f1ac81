import Domain
import Fleet
import Store
import TestSupport
import Testing
import Wire

@testable import Server

/// What the timeline tells of calls that were refused.
@Suite(.timeLimit(.minutes(15)))
struct RefusalNotesTests {
    @Test func theTimelineTellsOfEachKindInARowOnceAndOfNoMoreThanEnough() async throws {
        let (few, many) = try await ServerBench.run { bench async throws in
            try await bench.anna.connect { talk, _ in
                let body = #"{"template":\#(ServerBench.request("goal")),"targets":["main"],"supervised":true}"#
                let made = try await bench.person.post("/api/v1/contracts", body)
                let id = try #require(made.json["contract"]?["contractId"]?.string.flatMap(ContractID.init(rawValue:)))
                let heard = try await talk.next { if case .spawnTask(let spawn) = $0 { spawn } else { nil } }
                let task = try #require(heard).head.taskId
                let attempt = try #require(heard).head.attempt
                let caller = try #require(TaskID(rawValue: task))
                let daemon = HTTPClient(port: bench.port, token: bench.tokens.daemon)
                func call(_ number: Int, _ tool: String, _ arguments: String) async throws {
                    let reply = try await daemon.post(
                        "/api/v1/calls",
                        """
                        {"taskId":"\(task)","attempt":\(attempt),"callId":"c\(number)","tool":"\(tool)",
                        "arguments":\(arguments)}
                        """
                    )
                    #expect(reply.json["refusal"]?.string != nil, "\(reply.text)")
                }
                func refusals() async throws -> Int {
                    try await bench.store.timeline(of: id, after: 0, limit: 1000)
                        .count { if case .refused = $0.note { true } else { false } }
                }
                for number in 0..<3 { try await call(number, "stop_task", #"{"task":"nobody-\#(number)"}"#) }
                let few = try await refusals()
                // Nearly as many as are told are there.
                let earlier = Array(repeating: ContractNote.refused(caller, .malformed("It is none.")), count: 196)
                var told = false
                while !told {
                    let contract = try #require(try await bench.store.contract(id))
                    // The server may change it at the same time.
                    let change = try await bench.store.update(contract, notes: earlier, at: bench.wallClock.now())
                    if case .updated = change { told = true }
                }
                #expect(try await refusals() == 197)
                for number in 0..<4 {
                    try await call(number, "stop_task", #"{"task":"\#(task)"}"#)
                    try await call(number, "stop_task", #"{"task":"nobody"}"#)
                }
                return (few, try await refusals())
            }
        }
        #expect(few == 1)
        #expect(many == 200)
    }
}
