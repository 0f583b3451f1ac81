import Domain
import Fleet
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Server

/// A contract that the server's own machine knows not to be possible is not made, whoever asks for it.
@Suite(.timeLimit(.minutes(15)))
struct ContractObjectionTests {
    private static func request(_ id: String?) -> String {
        let name = id.map { #""contractId":"\#($0)","# } ?? ""
        return #"{\#(name)"template":\#(ServerBench.request("goal")),"targets":["nxt"],"supervised":true}"#
    }

    @Test func whatCannotBeIsRefusedWithTheWordsOfTheRule() async throws {
        let asked = Mutex<[Set<String>]>([])
        var machine = ServerMachine()
        machine.objection = { request, daemons in
            asked.withLock { $0.append(daemons) }
            guard request.targets == ["nxt"] else { return nil }
            return ContractObjection("target_missing", in: "targets", MissingTargetError("nxt"))
        }
        let (alone, reply, contracts) = try await ServerBench.run(machine: machine) { bench async throws in
            let alone = try await bench.person.post("/api/v1/contracts", Self.request(nil)).status
            let reply = try await bench.anna.connect { _, _ in
                try await bench.person.post("/api/v1/contracts", Self.request(nil))
            }
            return (alone, reply, try await bench.viewer.get("/api/v1/contracts").json)
        }
        #expect(alone == 422 && reply.status == 422)
        #expect(reply.json["code"]?.string == "target_missing" && reply.json["field"]?.string == "targets")
        #expect(reply.json["message"]?.string == MissingTargetError("nxt").description)
        #expect(reply.json["hint"]?.string == MissingTargetError("nxt").hint)
        #expect(contracts["contracts"]?.array?.isEmpty == true)
        #expect(asked.withLock { $0 } == [[], ["anna"]])
    }

    @Test func whatWasMadeBeforeIsAnsweredAsItWas() async throws {
        let objects = Mutex(false)
        var machine = ServerMachine()
        machine.objection = { _, _ in
            objects.withLock { $0 }
                ? ContractObjection("target_missing", in: "targets", MissingTargetError("nxt")) : nil
        }
        let statuses = try await ServerBench.run(machine: machine) { bench async throws in
            let first = try await bench.person.post("/api/v1/contracts", Self.request("q3w8xk2m5p")).status
            objects.withLock { $0 = true }
            let again = try await bench.person.post("/api/v1/contracts", Self.request("q3w8xk2m5p")).status
            return [first, again, try await bench.person.post("/api/v1/contracts", Self.request("q3w8xk2m5q")).status]
        }
        #expect(statuses == [201, 201, 422] || statuses == [201, 409, 422], "\(statuses)")
    }
}
