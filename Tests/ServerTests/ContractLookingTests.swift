import Domain
import Fleet
import Store
import TestSupport
import Testing
import Wire

@testable import Server

/// Looking on at contracts.
@Suite(.timeLimit(.minutes(15)))
struct ContractLookingTests {
    private static func make(_ bench: ServerBench) async throws -> String {
        try await bench.addContract([
            #"{"name":"first","plan":"Do it."}"#, #"{"name":"second","plan":"Do it.","after":["first"]}"#,
        ])
    }

    @Test func whoLooksAtAllIsToldWhichContractsChange() async throws {
        let (made, id, stopped, isPlain) = try await ServerBench.run { bench async throws in
            try await bench.viewer.stream("/api/v1/events") { events in
                let id = try await Self.make(bench)
                var isPlain = true
                func contract() async throws -> String? {
                    while let event = try await events.next() {
                        guard event.name == "contract" else { continue }
                        isPlain = isPlain && event.id.isEmpty
                        return event.json["contractId"]?.string
                    }
                    return nil
                }
                let made = try await contract()
                // Its tasks are made by now, and it has said so: what comes after the stop is of the stop.
                while try await bench.viewer.get("/api/v1/tasks?contract=\(id)").json["tasks"]?.array?.count != 2 {}
                _ = try await bench.person.post("/api/v1/contracts/\(id)/stop")
                let stopped = try await contract()
                return (made, id, stopped, isPlain)
            }
        }
        #expect(made == id && stopped == id)
        #expect(isPlain, "it has no id: it is no time")
    }

    @Test func aTimelineIsReadFromItsEnd() async throws {
        let (all, newest, older) = try await ServerBench.run { bench async throws in
            let path = "/api/v1/contracts/\(try await Self.make(bench))"
            _ = try await bench.person.post("\(path)/stop")
            _ = try await bench.person.post("\(path)/resume")
            _ = try await bench.person.post("\(path)/stop")
            let all = try await bench.viewer.get("\(path)/timeline").json
            let newest = try await bench.viewer.get("\(path)/timeline?before=1000000000&limit=2").json
            let next = try #require(newest["next"]?.int)
            let older = try await bench.viewer.get("\(path)/timeline?before=\(next)").json
            return (all, newest, older)
        }
        func positions(_ page: JSONValue) -> [Int] { page["entries"]?.array?.compactMap { $0["position"]?.int } ?? [] }
        #expect(positions(all).count >= 4 && positions(all) == positions(all).sorted())
        #expect(positions(newest) + positions(older) == positions(all).reversed())
        #expect(newest["entries"]?[0]?["event"]?.string == "ended" && older["next"] == nil)
    }

    @Test func contractsAreRememberedAsFarAsThereIsRoom() throws {
        var changes = ContractChanges()
        var generator = SystemRandomNumberGenerator()
        func drawn() throws -> ContractID {
            try #require(ContractID(rawValue: TaskID(using: &generator).rawValue))
        }
        let first = try drawn()
        changes.add([first])
        changes.add([first])
        #expect(changes.since(0) == [first] && changes.since(2) == [] && changes.next == 2)
        for _ in 0..<ContractChanges.most { changes.add([try drawn()]) }
        #expect(changes.since(0) == nil && changes.since(1) == nil, "somebody so slow has missed some")
        #expect(changes.since(2)?.count == ContractChanges.most)
        let last = changes.next
        changes.addUnknown()
        #expect(changes.since(last) == nil && changes.since(changes.next) == [])
    }

    @Test func whatIsNotNamedIsTold() throws {
        let hub = ViewerHub(limit: 3, limitOfToken: 3)
        let before = hub.contracts(since: 0)
        #expect(before.changed == [])
        var change = StoreChange()
        change.isOverflown = true
        hub.note(change)
        let after = hub.contracts(since: before.next)
        #expect(after.changed == nil)
        #expect(hub.contracts(since: after.next).changed == [])
    }
}
