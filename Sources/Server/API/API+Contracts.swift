import Domain
import Fleet
import HTTPTypes
import Store
import Wire

extension API {
    var contractEndpoints: [Endpoint] {
        [createContract, listContracts, getContract, getTimeline, stopContract, resumeContract, callSupervisorTool]
    }

    private var createContract: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/contracts",
            name: "createContract",
            summary: "Make a contract: a goal that several tasks work on",
            scope: .operator,
            body: ContractRequest.self,
            takesKey: true,
            success: Endpoint.Success(
                status: 201,
                record: ContractCreationView.self,
                meaning: "It is made, or was before."
            ),
            problems: [409]
        ) { call in
            let request: ContractRequest = try call.record()
            try await checkCanBe(request, at: call.at)
            let new = try ContractMaker(request: request, ids: surroundings.ids, now: call.at).make()
            let made = try await store.create(new, key: try call.requestKey(), at: call.at)
            if !made.isRepetition { try await audit(call, "contract.created", made.contract.id.rawValue) }
            var view = ContractCreationView()
            view.contract = try await contracts.view(of: made.contract)
            view.repeated = made.isRepetition
            return try .json(view, status: 201)
        }
    }

    /// Refuses what could not be, where this machine knows that; where it does not, the first daemon that is asked says so.
    private func checkCanBe(_ request: ContractRequest, at time: Timestamp) async throws {
        // What was made before is there, whatever has become of its branch.
        if let id = request.contractId.flatMap(ContractID.init(rawValue:)), try await store.contract(id) != nil {
            return
        }
        let daemons = try await store.connected(at: time).map(\.id.rawValue)
        guard let objection = try await machine.objection(request, Set(daemons)) else { return }
        throw APIError(422, objection.code, objection.sentence, hint: objection.hint, field: objection.field)
    }

    private var listContracts: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/contracts",
            name: "listContracts",
            summary: "List contracts, newest first",
            scope: .viewer,
            query: [
                Self.limitParameter,
                Endpoint.Parameter(name: "after", kind: .text(upTo: 100), meaning: "The `next` of the page before."),
                Endpoint.Parameter(
                    name: "text",
                    kind: .text(upTo: 256),
                    meaning: "Part of the name, or the beginning of the id."
                ),
                Endpoint.Parameter(
                    name: "status",
                    kind: .words(ContractStatus.allCases.map(\.rawValue)),
                    meaning: "Only those in one of these."
                ),
            ],
            success: Endpoint.Success(record: ContractPageView.self, meaning: "Some of the contracts.")
        ) { call in
            let statuses = call.query["status"]
                .map { Set($0.split(separator: ",").compactMap { ContractStatus(rawValue: String($0)) }) }
            let cursor = try call.query["after"].map { try ContractCursor(text: $0) }
            let filter = ContractFilter(statuses, text: call.query["text"])
            let page = try await store.contracts(filter, after: cursor, limit: call.integer("limit") ?? 50)
            var view = ContractPageView()
            for contract in page.contracts { view.contracts.append(try await contracts.view(of: contract)) }
            view.damaged = page.damaged
            view.next = page.next?.text
            return try .json(view)
        }
    }

    private var getContract: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/contracts/{contractId}",
            name: "getContract",
            summary: "Show a contract, its tasks and what is to be merged",
            scope: .viewer,
            success: Endpoint.Success(record: ContractView.self, hasETag: true, meaning: "The contract.")
        ) { call in
            let contract = try await contract(call)
            return try .json(try await contracts.view(of: contract), revision: contract.revision)
        }
    }

    private var getTimeline: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/contracts/{contractId}/timeline",
            name: "getTimeline",
            summary: "Show what happened in a contract",
            scope: .viewer,
            query: [
                Self.limitParameter,
                Endpoint.Parameter(
                    name: "after",
                    kind: .integer(0...1_000_000_000),
                    meaning: "Only what happened after this position."
                ),
                Endpoint.Parameter(
                    name: "before",
                    kind: .integer(1...1_000_000_000),
                    meaning: "Only what happened before this position, newest first; instead of `after`."
                ),
            ],
            success: Endpoint.Success(record: TimelineView.self, meaning: "Some of it, in order.")
        ) { call in
            let contract = try await contract(call)
            let limit = call.integer("limit") ?? 200
            let events = try await events(of: contract, call, limit: limit)
            var view = TimelineView()
            view.entries = events.map { TimelineEntryView($0, of: contract) }
            view.next = events.count == limit ? events.last?.position : nil
            return try .json(view)
        }
    }

    private func events(of contract: Contract, _ call: Call, limit: Int) async throws -> [ContractEvent] {
        if let before = call.integer("before") {
            return try await store.timeline(of: contract.id, before: before, limit: limit)
        }
        return try await store.timeline(of: contract.id, after: call.integer("after") ?? 0, limit: limit)
    }

    private var stopContract: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/contracts/{contractId}/stop",
            name: "stopContract",
            summary: "Stop all tasks of a contract",
            scope: .operator,
            body: PlainRequest.self,
            isBodyOptional: true,
            success: Endpoint.Success(record: ContractView.self, meaning: "The contract as it is now.")
        ) { call in
            let before = try await contract(call)
            let stopped = try await contracts.change(before.id) { ContractRules.stop($0, $1) }
            try await audit(call, "contract.stopped", before.id.rawValue)
            return try .json(try await contracts.view(of: stopped))
        }
    }

    private var resumeContract: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/contracts/{contractId}/resume",
            name: "resumeContract",
            summary: "Let a contract go on, with the tasks that were stopped with it",
            scope: .operator,
            body: ContractResumeRequest.self,
            isBodyOptional: true,
            success: Endpoint.Success(record: ContractView.self, meaning: "The contract as it is now."),
            problems: [409]
        ) { call in
            let request: ContractResumeRequest = try call.record()
            let before = try await contract(call)
            let resumed = try await contracts.change(before.id) { contract, view in
                var wanted = contract
                wanted.limits.take(request.limits)
                guard let next = ContractRules.resume(wanted, view) else { throw Self.notResumable(wanted, view) }
                return next
            }
            try await audit(call, "contract.resumed", before.id.rawValue)
            return try .json(try await contracts.view(of: resumed))
        }
    }

    private static func notResumable(_ contract: Contract, _ view: ContractRules.View) -> APIError {
        guard contract.state.status != .done,
            let shortage = ContractRules.shortage(of: contract, tasks: Array(view.tasks.values))
        else { return APIError(409, "done", "The contract is done.") }
        return APIError(409, "limit", shortage.sentence, hint: shortage.hint)
    }

    private var callSupervisorTool: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/calls",
            name: "callSupervisorTool",
            summary: "Pass on what the agent of a supervisor wants; for the daemon that runs it",
            scope: .daemon,
            body: CallRequest.self,
            success: Endpoint.Success(
                record: CallView.self,
                meaning: "What the agent is answered, also where it is refused."
            ),
            problems: [409]
        ) { call in
            guard case .daemon(let daemon)? = call.caller?.token.owner else { throw APIError.forbidden("daemon") }
            return try .json(try await contracts.desk.answer(try call.record(), from: daemon))
        }
    }

    private func contract(_ call: Call) async throws -> Contract {
        let text = call.path["contractId"] ?? ""
        guard let id = ContractID(rawValue: text), let found = try await store.contract(id) else {
            throw APIError.missing("contract", text)
        }
        return found
    }
}

/// What the endpoints of contracts need.
struct ContractParts: Sendable {
    let store: any TaskStore
    let hands: ContractHands
    let desk: SupervisorDesk
    let surroundings: Surroundings

    init(store: any TaskStore, lines: DaemonLines, machine: ServerMachine, surroundings: Surroundings) {
        self.store = store
        self.surroundings = surroundings
        hands = ContractHands(
            store: store,
            orders: TaskOrders(store: store, lines: lines, surroundings: surroundings),
            merges: MergeDispatcher(store: store, lines: lines, surroundings: surroundings),
            surroundings: surroundings
        )
        desk = SupervisorDesk(
            store: store,
            hands: hands,
            reader: TaskReader(store: store, diff: machine.diff),
            surroundings: surroundings
        )
    }

    func view(of contract: Contract) async throws -> ContractView {
        ContractView(contract, try await hands.outline(of: contract))
    }

    /// Refuses to let a task go on by itself whose contract has ended: what it makes would go nowhere, or is not paid for.
    func checkGoesOn(with task: TaskID) async throws {
        guard let found = try await store.task(task),
            let id = found.demands.contract.flatMap(ContractID.init(rawValue:)),
            let contract = try await store.contract(id)
        else { return }
        switch contract.state {
        case .working, .blocked, .done: return
        case .stopped, .budgetReached:
            let explanation = contract.state.explanation(of: contract)
            throw APIError(
                409,
                "contract_ended",
                "The task belongs to a contract that does not go on: \(contract.name.firstLine(upTo: 80)). \(explanation.sentence)",
                hint: explanation.hint
            )
        }
    }

    /// Whether a task is done, and its work came back from the merge to be mended, which its limits have kept it from.
    func isToMend(_ task: TaskID) async throws -> Bool {
        guard let found = try await store.task(task), found.status == .done,
            let id = found.demands.contract.flatMap(ContractID.init(rawValue:)),
            let member = try await store.contract(id)?.members[task]
        else { return false }
        return member.handedUp != nil
    }

    /// Says where a task stands in its contract, and how that ended it; nothing of a task that belongs to none.
    func tell(of task: FleetTask, in view: inout TaskView) async throws {
        guard let id = task.demands.contract.flatMap(ContractID.init(rawValue:)) else { return }
        do {
            guard let contract = try await store.contract(id) else { return }
            let outline = try await hands.outline(of: contract)
            view.contractStanding = ContractRules.standing(of: task.id, in: contract, outline)
                .map { $0.clipped(to: WireLimits.message) }
            view.mergeWaitsFor = ContractRules.mergeWaiting(of: task.id, in: contract, outline)?.code
            guard let ending = ContractRules.ending(of: task.id, in: contract, outline) else { return }
            view.endedWithContract = true
            view.reason?.tell(ending)
        } catch StoreError.damagedRow {
            // The list of contracts tells of that one; the task is shown all the same.
        }
    }

    /// Changes a contract as often as somebody was faster, and returns it.
    func change(
        _ id: ContractID,
        _ decide: (Contract, ContractRules.View) throws -> (Contract, [ContractNote])
    ) async throws -> Contract {
        while let contract = try await store.contract(id) {
            let (next, notes) = try decide(contract, try await hands.view(of: contract))
            if next == contract { return contract }
            switch try await store.update(next, notes: notes, at: surroundings.now()) {
            case .updated(let saved): return saved
            case .outdated: continue
            case .unknown: break
            }
        }
        throw APIError.missing("contract", id.rawValue)
    }
}
