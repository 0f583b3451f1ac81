import Domain
import Fleet
import Store
import Tools
import Wire

/// Carries out what supervisors call for, by what `CallRules` allows.
struct SupervisorDesk: Sendable {
    let store: any TaskStore
    let hands: ContractHands
    let reader: TaskReader
    let surroundings: Surroundings

    /// Notes at the end of a timeline, and how many of them may tell of refusals.
    private static let lookedAt = 400
    private static let mostRefusals = 200

    /// Answers a call that the daemon of the supervisor has passed on.
    func answer(_ request: CallRequest, from daemon: DaemonID) async throws -> CallView {
        guard let caller = TaskID(rawValue: request.taskId), let task = try await store.task(caller) else {
            throw APIError.missing("task", request.taskId)
        }
        guard task.assignment?.daemon == daemon, task.attempt == request.attempt else {
            throw APIError(409, "stale_attempt", "The daemon does not have this attempt of the task.")
        }
        guard let id = task.demands.contract.flatMap(ContractID.init(rawValue:)) else {
            return Self.refused(.notSupervisor)
        }
        let call: SupervisorCall
        do throws(AgentTool.Refusal) {
            guard let tool = SupervisorTool(rawValue: request.tool) else {
                throw AgentTool.Refusal(message: "There is no tool '\(request.tool.firstLine(upTo: 80))'.")
            }
            call = try tool.call(request.arguments)
        } catch { return Self.refused(.malformed(error.message)) }
        return try await carryOut(call, request, by: caller, in: id)
    }

    private static func refused(_ refusal: CallRefusal) -> CallView {
        var view = CallView()
        (view.text, view.refusal) = (refusal.sentence, refusal.code)
        return view
    }

    /// Decides on what is so, and anew as often as somebody was faster.
    private func carryOut(_ call: SupervisorCall, _ request: CallRequest, by caller: TaskID, in id: ContractID)
        async throws -> CallView
    {
        let wanted = CallRules.Request(call, by: caller, newTask: surroundings.ids.taskID())
        while let contract = try await store.contract(id) {
            if let before = contract.members[caller]?.answered.first(where: { $0.call == request.callId }) {
                return CallView(before)
            }
            var view = try await hands.view(of: contract)
            if let task = CallRules.addressee(of: wanted, in: contract) {
                view.limits[task] = try await OwnLimits.read(of: task, in: store)
            }
            switch try await decide(wanted, contract, view) {
            case .failure(let refusal):
                try await tell(refusal, of: caller, in: contract)
                return Self.refused(refusal)
            case .success(let decision):
                let answer = try await text(for: decision, view, caller)
                guard decision.contract != contract else { return CallView(answer) }
                var next = decision.contract
                let answered = AnsweredCall(request.callId, text: answer, parks: decision.effect == .parked)
                next.members[caller]?.note(answered)
                switch try await store.update(next, notes: decision.notes, at: view.now) {
                case .updated: return CallView(answered)
                case .outdated: continue
                case .unknown: break
                }
            }
        }
        throw APIError.missing("contract", id.rawValue)
    }

    private struct Decision {
        var contract: Contract
        var effect: CallRules.Effect
        var notes: [ContractNote]
    }

    private func decide(_ wanted: CallRules.Request, _ contract: Contract, _ view: ContractRules.View) async throws
        -> Result<Decision, CallRefusal>
    {
        let template = try await store.template(of: contract.id)
        do throws(CallRefusal) {
            let (next, effect, notes) = try CallRules.decide(wanted, contract, view)
            var decision = Decision(contract: next, effect: effect, notes: notes)
            if case .spawned(let id) = effect, case .spawn(let wish) = wanted.call {
                decision.contract.members[id]?.request = try Self.request(wish, id, next, template)
            }
            return .success(decision)
        } catch { return .failure(error) }
    }

    /// The request that makes a task that is wished.
    private static func request(_ wish: SpawnWish, _ id: TaskID, _ contract: Contract, _ template: String?)
        throws(CallRefusal) -> String
    {
        let request: ContractRequest
        do throws(WireError) {
            request = try APIText.decode(Array((template ?? "").utf8), as: ContractRequest.self)
        } catch { throw .malformed("The contract cannot be read: \(error)") }
        let made = try MemberRequests(request: request).task(wish, id, in: contract)
        do throws(WireError) {
            _ = try TaskDocument.make(made, id: id)
            return String(decoding: try APIText.encode(made), as: UTF8.self)
        } catch { throw .malformed("The task cannot be made: \(error)") }
    }

    /// What was refused is told in the timeline, so that people see what an agent tries: the same kind only once in a row,
    /// and not where the end of the timeline has told of too many, by which it would grow for as long as an agent tries.
    private func tell(_ refusal: CallRefusal, of caller: TaskID, in contract: Contract) async throws {
        if case .refused(caller, let last)? = try await store.lastNote(of: contract.id), last.code == refusal.code {
            return
        }
        let end = try await store.timeline(of: contract.id, before: .max, limit: Self.lookedAt)
        let refusals = end.count { if case .refused = $0.note { true } else { false } }
        guard refusals < Self.mostRefusals else { return }
        try await hands.change(contract.id, notes: [.refused(caller, refusal)]) { _ in }
    }

    // MARK: - Answers

    private func text(for decision: Decision, _ view: ContractRules.View, _ caller: TaskID) async throws -> String {
        let contract = decision.contract
        switch decision.effect {
        case .listed: return ContractTexts.list(contract, view, of: caller)
        case .read(let task, let part): return try await reader.text(of: task, part, in: contract)
        case .spawned(let task): return "'\(contract.name(of: task))' (\(task.short)) is queued."
        case .spawnedBefore(let task):
            return "'\(contract.name(of: task))' (\(task.short)) was spawned before: this is it."
        case .parked: return "End your turn now. You are woken with a summary; until then you cost nothing."
        case .messaged(let task): return "'\(contract.name(of: task))' is told, and goes on where it had stopped."
        case .stopped(let task):
            let isGivenUp = contract.members[task]?.merging == .never && view.tasks[task]?.status == .done
            return "'\(contract.name(of: task))' "
                + (isGivenUp ? "is done: its work is given up, and is not merged." : "is being stopped.")
        case .queued(let task):
            return "The work of '\(contract.name(of: task))' is in the merge queue. Wait for it with wait_for_tasks."
        }
    }
}

extension CallView {
    init(_ text: String) {
        self.init()
        self.text = text
    }

    init(_ call: AnsweredCall) {
        self.init()
        (text, changed, parks) = (call.text, true, call.parks)
    }
}
