import Domain
import Fleet
import Store
import Wire

/// Makes a contract of what somebody asks for.
struct ContractMaker {
    let request: ContractRequest
    let ids: any ServerIDs
    let now: Timestamp

    func make() throws -> NewContract {
        let spawn = request.template.spawn
        let targets = request.mergeTargets
        guard !targets.isEmpty else {
            throw APIError(
                422,
                "no_target",
                "No branch is named that work is merged into.",
                hint: "Name one, as the branch that is checked out.",
                field: "targets"
            )
        }
        let id = request.contractId.flatMap(ContractID.init(rawValue:)) ?? drawn()
        let place = ContractPlace(url: spawn.repoUrl, path: spawn.targetRepoPath, targets: targets)
        var contract = Contract(id, name: spawn.taskName, goal: spawn.plan, place: place, at: now)
        contract.phases = request.phases.map { ContractPhase($0.name, checks: $0.checks.map(\.check)) }
        contract.checks = request.checks.map(\.check)
        contract.limits.take(request.limits)
        contract.orphans = request.orphans
        let requests = MemberRequests(request: request)
        if request.supervised { try addSupervisor(to: &contract, requests) }
        try addTasks(to: &contract, requests)
        var notes: [ContractNote] = [.began]
        if !contract.phases.isEmpty { notes.append(.phaseBegan(contract.phaseName)) }
        return NewContract(contract, template: try Self.text(of: request), notes: notes)
    }

    private func drawn() -> ContractID {
        // Both are ids of the same form.
        ContractID(rawValue: ids.taskID().rawValue) ?? drawn()
    }

    private func addSupervisor(to contract: inout Contract, _ requests: MemberRequests) throws {
        let id = ids.taskID()
        contract.supervisor = id
        let name = "Lead \(contract.name)".prefix(100)
        contract.members[id] = ContractMember(String(name), role: .supervisor, target: contract.place.target)
        guard let request = requests.supervisor(id, in: contract) else { return }
        let (bytes, goal) = (request.spawn.plan.utf8.count, contract.goal.utf8.count)
        guard bytes <= WireLimits.plan else {
            throw APIError(
                413,
                "too_large",
                "The goal has \(goal) bytes, and may have \(WireLimits.plan - (bytes - goal)): makima tells the supervisor more.",
                hint: "Shorten it, or put what is long into a file of the repository.",
                field: "template.plan"
            )
        }
        contract.members[id]?.request = try Self.text(of: request, id)
    }

    private func addTasks(to contract: inout Contract, _ requests: MemberRequests) throws {
        var ids: [String: TaskID] = [:]
        for (index, plan) in request.tasks.enumerated() {
            guard ids[plan.name] == nil, contract.members.values.allSatisfy({ $0.name != plan.name }) else {
                throw problem("Two tasks are called '\(plan.name)'.", "tasks[\(index)].name")
            }
            let target = plan.target ?? contract.place.target
            guard contract.place.targets.contains(target) else {
                throw problem("'\(target)' is none of the contract's branches.", "tasks[\(index)].target")
            }
            try checkTouches(of: plan, index)
            let id = plan.taskId.flatMap(TaskID.init(rawValue:)) ?? self.ids.taskID()
            var member = ContractMember(
                plan.name,
                parent: contract.supervisor,
                depth: contract.supervisor == nil ? 0 : 1,
                target: target
            )
            member.touches = plan.touches
            member.merging = .whenDone
            ids[plan.name] = id
            contract.members[id] = member
        }
        try checkOrder(ids)
        for plan in request.tasks {
            guard let id = ids[plan.name], let task = requests.planned(plan, id, in: contract) else { continue }
            contract.members[id]?.request = try Self.text(of: task, id)
        }
    }

    private func checkTouches(of plan: WirePlannedTask, _ index: Int) throws {
        let field = "tasks[\(index)].touches"
        for pattern in plan.touches {
            guard let problem = TouchPattern.problem(with: pattern) else { continue }
            throw self.problem("A pattern of '\(plan.name)' \(problem): '\(pattern.firstLine(upTo: 80))'.", field)
        }
        guard let problem = TouchPattern.problem(withAll: plan.touches) else { return }
        throw self.problem("The patterns of '\(plan.name)' \(problem).", field)
    }

    /// Refuses tasks that wait for what is not there, or for each other.
    private func checkOrder(_ ids: [String: TaskID]) throws {
        var parents: [TaskID: [TaskID]] = [:]
        for (index, plan) in request.tasks.enumerated() {
            let names = plan.after + [plan.continues].compactMap(\.self)
            for name in names where ids[name] == nil {
                throw problem("'\(plan.name)' waits for '\(name)', and there is no such task.", "tasks[\(index)]")
            }
            if let id = ids[plan.name] { parents[id] = names.compactMap { ids[$0] } }
        }
        guard let circle = Schedule.cycle(adding: parents, to: [:]) else { return }
        let names = circle.map { id in ids.first { $0.value == id }?.key ?? id.short }
        throw problem("These tasks wait for each other: \(names.joined(separator: " → ")).", "tasks")
    }

    private func problem(_ sentence: String, _ field: String) -> APIError {
        APIError(422, "malformed_plan", sentence, hint: "Mend the plan.", field: field)
    }

    static func text(of record: some WireRecord) throws -> String {
        String(decoding: try APIText.encode(record), as: UTF8.self)
    }

    /// What makes the task later; refused here where it could not be told to a daemon then.
    private static func text(of request: TaskRequest, _ id: TaskID) throws -> String {
        do throws(WireError) {
            _ = try TaskDocument.make(request, id: id)
            return String(decoding: try APIText.encode(request), as: UTF8.self)
        } catch { throw APIError(error) }
    }
}

extension ContractLimits {
    /// Takes what is said over.
    mutating func take(_ other: WireContractLimits) {
        maxCost = other.maxCostMicrodollars ?? maxCost
        maxTokens = other.maxTokens ?? maxTokens
        maxDuration = other.maxDurationMilliseconds ?? maxDuration
        maxTasks = other.maxTasks ?? maxTasks
        maxAtOnce = other.maxAtOnce ?? maxAtOnce
        maxDepth = other.maxDepth ?? maxDepth
        maxFanOut = other.maxFanOut ?? maxFanOut
        maxReturns = other.maxReturns ?? maxReturns
        maxBatch = other.maxBatch ?? maxBatch
        maxClaims = other.maxClaims ?? maxClaims
        maxCalls = other.maxCalls ?? maxCalls
        actions = other.actions.map(Set.init) ?? actions
    }
}

extension WireContractLimits {
    init(_ limits: ContractLimits) {
        self.init()
        maxCostMicrodollars = limits.maxCost
        maxTokens = limits.maxTokens
        maxDurationMilliseconds = limits.maxDuration
        maxTasks = limits.maxTasks
        maxAtOnce = limits.maxAtOnce
        maxDepth = limits.maxDepth
        maxFanOut = limits.maxFanOut
        maxReturns = limits.maxReturns
        maxBatch = limits.maxBatch
        maxClaims = limits.maxClaims
        maxCalls = limits.maxCalls
        actions = limits.actions.sorted { $0.rawValue < $1.rawValue }
    }
}
