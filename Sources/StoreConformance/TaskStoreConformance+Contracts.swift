import Domain
import Fleet
import Store

extension TaskStoreConformance {
    static var contracts: [Case] {
        [
            Case("A contract is kept as it is made, with its template and timeline", on: keepsAContract),
            Case("A request with the same key makes no second contract", on: makesAContractOnce),
            Case("A contract changes only over the revision that was decided on", on: changesOverTheRevision),
            Case("What may go on by itself is found", on: findsActiveContracts),
            Case("A change of a contract is told", on: tellsOfContracts),
        ]
    }

    private static func contract(_ seed: Int = 1, at time: Timestamp = StoreBench.then) throws -> Contract {
        let id = try require(ContractID(rawValue: StoreBench.id(seed).rawValue), "id")
        let place = ContractPlace(path: "/repository", targets: ["main"])
        return Contract(id, name: "contract \(seed)\0", goal: "reach it", place: place, at: time)
    }

    private static func keepsAContract(_ bench: StoreBench) async throws {
        let contract = try contract()
        let new = NewContract(contract, template: "{\"a\":1}", notes: [.began, .phaseBegan("one")])
        let made = try await bench.store.create(new, key: nil, at: StoreBench.at(1))
        try expect(made.contract.revision, is: 1, "revision")
        try expect(try await bench.store.contract(contract.id), is: made.contract, "contract")
        try expect(try await bench.store.template(of: contract.id), is: "{\"a\":1}", "template")
        let events = try await bench.store.timeline(of: contract.id, after: 0, limit: 10)
        try expect(events.map(\.position), is: [1, 2], "positions")
        try expect(events.map(\.note), is: [.began, .phaseBegan("one")], "notes")
        try expect(events.map(\.at), is: [StoreBench.at(1), StoreBench.at(1)], "times")
        let after = try await bench.store.timeline(of: contract.id, after: 1, limit: 10)
        try expect(after.map(\.position), is: [2], "positions after the first")
        let newest = try await bench.store.timeline(of: contract.id, before: 9, limit: 1)
        try expect(newest.map(\.note), is: [.phaseBegan("one")], "the newest note")
        let before = try await bench.store.timeline(of: contract.id, before: 3, limit: 10)
        try expect(before.map(\.position), is: [2, 1], "positions, newest first")
        let older = try await bench.store.timeline(of: contract.id, before: 2, limit: 10)
        try expect(older.map(\.position), is: [1], "positions before the second")
        try expect(try await bench.store.lastNote(of: contract.id), is: .phaseBegan("one"), "last note")
        try await expect(.exists(kind: "contract", id: contract.id.rawValue)) {
            try await bench.store.create(new, key: nil, at: StoreBench.then)
        }
    }

    private static func makesAContractOnce(_ bench: StoreBench) async throws {
        let key = RequestKey("key", fingerprint: SHA256Digest(of: "body"))
        let first = try await bench.store.create(
            NewContract(try contract(1), template: ""),
            key: key,
            at: StoreBench.then
        )
        let second = try await bench.store.create(
            NewContract(try contract(2), template: ""),
            key: key,
            at: StoreBench.then
        )
        try expect(second.isRepetition, "The second is a repetition.")
        try expect(second.contract, is: first.contract, "contract")
        let page = try await bench.store.contracts(nil, limit: 10)
        try expect(page.contracts.count, is: 1, "count")
    }

    private static func changesOverTheRevision(_ bench: StoreBench) async throws {
        let made = try await bench.store.create(
            NewContract(try contract(), template: ""),
            key: nil,
            at: StoreBench.then
        )
        var changed = made.contract
        changed.calls = 3
        let update = try await bench.store.update(changed, notes: [.resumed], at: StoreBench.at(2))
        guard case .updated(let saved) = update else { throw BrokenPromise(description: "\(update)") }
        try expect(saved.revision, is: made.contract.revision + 1, "revision")
        changed.calls = 4
        let late = try await bench.store.update(changed, notes: [.began], at: StoreBench.at(3))
        try expect(late, is: .outdated(saved), "outcome")
        let events = try await bench.store.timeline(of: changed.id, after: 0, limit: 10)
        try expect(events.map(\.note), is: [.resumed], "notes")
        let unknown = try await bench.store.update(contract(9), notes: [], at: StoreBench.then)
        try expect(unknown, is: .unknown, "outcome")
    }

    private static func findsActiveContracts(_ bench: StoreBench) async throws {
        let first = NewContract(try contract(1), template: "")
        var ended = try await bench.store.create(first, key: nil, at: StoreBench.then).contract
        let second = NewContract(try contract(2, at: StoreBench.at(1)), template: "")
        let open = try await bench.store.create(second, key: nil, at: StoreBench.at(1)).contract
        ended.state = .done(.verified)
        _ = try await bench.store.update(ended, notes: [], at: StoreBench.at(2))
        try expect(try await bench.store.activeContracts(), is: [open.id], "active ones")
        try expect(try await bench.store.contracts([.done], limit: 10).contracts.map(\.id), is: [ended.id], "done ones")
        let all = try await bench.store.contracts(nil, limit: 10).contracts
        try expect(all.map(\.id), is: [open.id, ended.id], "all, newest first")
        // An order of one that has ended is still to be carried out.
        ended.revision += 1
        ended.due = [ContractOrder(number: 1, task: StoreBench.id(5), kind: .stop)]
        _ = try await bench.store.update(ended, notes: [], at: StoreBench.at(3))
        try expect(Set(try await bench.store.activeContracts()), is: [open.id, ended.id], "active ones")
    }

    private static func tellsOfContracts(_ bench: StoreBench) async throws {
        var changes = bench.store.changes().makeAsyncIterator()
        _ = try await bench.store.create(NewContract(try contract(), template: ""), key: nil, at: StoreBench.then)
        let change = await changes.next(isolation: nil)
        try expect(change?.contracts, is: [try contract().id], "contracts")
    }
}
