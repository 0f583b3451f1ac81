package import Domain

/// What the finished work of a task waits for on its way into the target.
package enum MergeWaiting: Hashable, Sendable {
    /// That it is merged and checked, with these others.
    case batch(Int, [TaskID])
    /// Those before it, and the batch that is at work, where one is.
    case queue(before: Int, batch: [TaskID])
    /// It is in conflict, as is the work of that task, which is being mended.
    case conflict(of: TaskID?)
    /// No daemon merges it.
    case daemon(MergeWait)
    /// Its queue stands still.
    case halt(MergeHalt)
    /// Its contract does not go on, as where its budget is used up.
    case contract(ContractStatus)

    package var code: String {
        switch self {
        case .batch: "being_merged"
        case .queue: "queue"
        case .conflict: "conflict_of_another"
        case .daemon(let wait): wait.code
        case .halt(let halt): halt.code
        case .contract(let status): status.rawValue
        }
    }
}

extension ContractRules {
    /// What keeps the finished work of a task from its target; `nil` where it has none that is to be merged.
    package static func mergeWaiting(of task: TaskID, in contract: Contract, _ view: View) -> MergeWaiting? {
        guard let member = contract.members[task], view.tasks[task]?.status == .done else { return nil }
        let isOpen = contract.state.isOpen
        switch member.merge {
        case .merged, .returned: return nil
        case .none:
            guard !isOpen, contract.state.status != .done, member.merging == .whenDone,
                view.tasks[task]?.reason != .completed(.empty)
            else { return nil }
            return .contract(contract.state.status)
        case .queued:
            guard isOpen else { return .contract(contract.state.status) }
            return contract.queues[member.target]?.waiting(of: task)
        }
    }
}

extension MergeQueue {
    fileprivate func waiting(of task: TaskID) -> MergeWaiting? {
        if let batch, batch.entries.contains(where: { $0.task == task }) {
            if let wait = batch.wait, wait.isTold { return .daemon(wait.cause) }
            return .batch(batch.number, batch.entries.map(\.task).filter { $0 != task })
        }
        if let halt { return .halt(halt) }
        if held.contains(where: { $0.task == task }) { return .conflict(of: mending) }
        if let aside = aside?.first(where: { $0.entries.contains { $0.task == task } }) {
            return .daemon(aside.wait.cause)
        }
        let before = (parts.flatMap(\.self) + waiting).prefix { $0.task != task }.count
        return .queue(before: before, batch: batch?.entries.map(\.task) ?? [])
    }
}

extension MergeWaiting {
    private static let mostNames = 8

    /// For people, with a full stop.
    package func sentence(into target: String, of contract: Contract) -> String {
        func names(_ tasks: [TaskID]) -> String {
            tasks.map { "'\(contract.name(of: $0))'" }.listed(atMost: Self.mostNames)
        }
        switch self {
        case .batch(let number, let others):
            let beside = others.isEmpty ? "" : ", together with that of \(names(others))"
            return "Its work is being merged into '\(target)' and checked there\(beside) (batch \(number))."
        case .queue(let before, let batch):
            let place = before == 0 ? "it is next" : "\(before) \(before == 1 ? "is" : "are") before it"
            let busy =
                batch.isEmpty ? "" : ", after \(names(batch)), which \(batch.count == 1 ? "is" : "are") being merged"
            return "Its work is in the merge queue of '\(target)': \(place)\(busy)."
        case .conflict(let other):
            let name = other.map { "'\(contract.name(of: $0))'" } ?? "another task"
            return "Its work is in conflict with '\(target)', as that of \(name) is, which is being mended: "
                + "it is tried again when that one is merged, or has stopped."
        case .daemon(let wait):
            let explanation = wait.explanation(into: target, of: contract)
            return ["Its work is to be merged.", explanation.sentence, explanation.hint].compactMap(\.self)
                .joined(separator: " ")
        case .halt(let halt):
            let explanation = halt.explanation(of: target, contract.id.short)
            return [
                "Its work is in the merge queue of '\(target)'.", "That queue stands still.", explanation.sentence,
                explanation.hint,
            ]
            .compactMap(\.self).joined(separator: " ")
        case .contract(let status):
            return "Its work is done, and is merged into '\(target)' when its contract goes on, which is "
                + "'\(status.rawValue.spokenCode)'."
        }
    }
}
