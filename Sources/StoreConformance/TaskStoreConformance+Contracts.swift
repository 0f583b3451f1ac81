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
            Case("Contracts come in pages, and by their names", on: pagesOfContracts),
            Case("A contract that is over is forgotten after its tasks, whose spending it keeps", on: prunesContracts),
            Case("What is not merged stays for a contract that may go on", on: keepsWorkOfContractsThatMayGoOn),
            Case("What is thrown away still counts for its contract", on: keepsDeletedTasks),
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
        let page = try await bench.store.contracts(ContractFilter(), after: nil, limit: 10)
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
        let done = try await bench.store.contracts(ContractFilter([.done]), after: nil, limit: 10).contracts
        try expect(done.map(\.id), is: [ended.id], "done ones")
        let all = try await bench.store.contracts(ContractFilter(), after: nil, limit: 10).contracts
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

    private static func pagesOfContracts(_ bench: StoreBench) async throws {
        var made: [ContractID] = []
        for seed in 1...5 {
            let new = NewContract(try contract(seed, at: StoreBench.at(seed / 2)), template: "")
            made.append(try await bench.store.create(new, key: nil, at: StoreBench.at(seed)).contract.id)
        }
        var (found, cursor, pages) = ([ContractID](), ContractCursor?.none, 0)
        repeat {
            let page = try await bench.store.contracts(ContractFilter(), after: cursor, limit: 2)
            found += page.contracts.map(\.id)
            cursor = try page.next.map { try ContractCursor(text: $0.text) }
            pages += 1
        } while cursor != nil
        try expect(pages, is: 3, "pages")
        try expect(Set(found), is: Set(made), "contracts")
        try expect(found.count, is: 5, "each once")
        try expect(found.last, is: made.first, "the oldest one")
        for text in ["CONTRACT 3", made[2].rawValue.prefix(6).uppercased()] {
            let page = try await bench.store.contracts(ContractFilter(text: text), after: nil, limit: 2)
            try expect(page.contracts.map(\.id), is: [made[2]], text)
        }
        try expect(
            try await bench.store.contracts(ContractFilter(text: "none"), after: nil, limit: 2),
            is: ContractPage([])
        )
        do {
            _ = try ContractCursor(text: "x")
            throw BrokenPromise(description: "That is no cursor.")
        } catch StoreError.malformedCursor {}
    }

    /// A contract of one task, which has spent something.
    private static func withTask(_ bench: StoreBench) async throws -> (Contract, FleetTask) {
        var contract = try contract(7)
        contract.members[StoreBench.id(1)] = ContractMember("one", target: "main")
        let made = try await bench.store.create(
            NewContract(contract, template: "", notes: [.began]),
            key: nil,
            at: StoreBench.then
        )
        var demands = TaskDemands()
        demands.contract = contract.id.rawValue
        let task = try await bench.add(1, demands)
        var spent = task
        spent.usage = Usage(cost: USD(microdollars: 5))
        (spent.status, spent.isMerged) = (.done, true)
        _ = try await bench.store.update(spent, expecting: TaskExpectation(task), at: StoreBench.at(1))
        return (made.contract, spent)
    }

    private static func prunesContracts(_ bench: StoreBench) async throws {
        let (contract, task) = try await withTask(bench)
        var rules = PruneRules()
        rules.doneTasks = .seconds(3600)
        let late = StoreBench.at(9999)
        try expect(
            try await bench.store.prune(rules, at: late, limit: 9).doneTasks,
            is: 0,
            "of a contract that is open"
        )
        var ended = contract
        ended.state = .done(.verified)
        guard case .updated = try await bench.store.update(ended, notes: [], at: StoreBench.at(2)) else {
            throw BrokenPromise(description: "nobody was faster")
        }
        let first = try await bench.store.prune(rules, at: late, limit: 9)
        try expect(first.doneTasks, is: 1, "tasks")
        try expect(first.contracts, is: 1, "contracts, once no task is left")
        try expect(try await bench.store.contract(contract.id), is: nil)
        try expect(try await bench.store.timeline(of: contract.id, after: 0, limit: 9), is: [])
        try expect(try await bench.store.template(of: contract.id), is: nil)
        try expect(try await bench.store.task(task.id), is: nil)
    }

    private static func keepsWorkOfContractsThatMayGoOn(_ bench: StoreBench) async throws {
        var (contract, merged) = try await withTask(bench)
        try await bench.add(2, merged.demands)
        try await bench.add(3, merged.demands)
        try await bench.force(2, .done)
        try await bench.force(3, .done, isMerged: true)
        let blob = BlobKey(SHA256Digest(of: "x"), size: 1)
        for seed in 1...2 {
            _ = try await bench.store.beginBlob(blob, of: StoreBench.id(seed), at: StoreBench.then)
            _ = try await bench.store.appendBlob(blob.digest, of: StoreBench.id(seed), at: 0, Array("x".utf8))
        }
        var rules = PruneRules()
        (rules.doneTasks, rules.blobs) = (.seconds(3600), .seconds(3600))
        func pruned(_ state: ContractState) async throws -> [Int] {
            contract.state = state
            guard case .updated(let saved) = try await bench.store.update(contract, notes: [], at: StoreBench.at(2))
            else { throw BrokenPromise(description: "nobody was faster") }
            let report = try await bench.store.prune(rules, at: StoreBench.at(9999), limit: 9)
            let kept = try await bench.store.contract(contract.id)
            contract = kept ?? saved
            return [report.doneTasks, report.blobs, contract.revision - saved.revision]
        }
        try expect(try await pruned(.stopped), is: [2, 0, 1], "what is merged, and the contract is written once")
        try expect(try await pruned(.budgetReached(.tokens(spent: 1, limit: 1))), is: [0, 0, 0], "it may go on")
        try expect(try await bench.store.readBlob(blob.digest, of: StoreBench.id(2), at: 0, limit: 1) != nil, is: true)
        try expect(try await bench.store.task(StoreBench.id(2))?.status, is: .done)
        try expect(try await pruned(.done(.verified)), is: [1, 0, 0], "it is over, and gone with its last task")
        try expect(try await bench.store.contract(contract.id), is: nil)
    }

    private static func keepsDeletedTasks(_ bench: StoreBench) async throws {
        let (contract, task) = try await withTask(bench)
        try expect(try await bench.store.delete(task.id), is: .deleted)
        let kept = try require(try await bench.store.contract(contract.id), "contract")
        try expect(kept.revision, is: contract.revision + 1, "revision")
        let member = try require(kept.members[task.id], "member")
        try expect(member.kept, is: KeptTask(task), "what is kept")
        try expect(member.merge, is: .merged(nil), "merge")
        try expect(ContractRules.spent(by: [], of: kept).usage, is: task.usage, "spent")
        var rules = PruneRules()
        rules.doneTasks = .seconds(3600)
        try expect(try await bench.store.prune(rules, at: StoreBench.at(9999), limit: 9).contracts, is: 0, "it is open")
    }
}
