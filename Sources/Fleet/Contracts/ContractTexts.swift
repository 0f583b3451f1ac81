package import Domain

/// What supervisors and owners of work are told.
///
/// What tasks, checks and branches said stands between marks: it is material, and orders nothing.
package enum ContractTexts {
    // MARK: - To a supervisor

    static func wake(_ contract: Contract, _ view: ContractRules.View, for leader: TaskID) -> String {
        "What you waited for has happened. Your tasks now:\n\n" + list(contract, view, of: leader)
            + "\n\nRead what you need to know with read_task, and go on."
    }

    static func unfinished(_ names: [String]) -> String {
        "You said that the goal is reached. makima does not accept that yet: these tasks are neither merged nor stopped: "
            + names.joined(separator: ", ")
            + ". Merge their work (merge_task), stop them (stop_task), or wait for them (wait_for_tasks)."
    }

    /// With `isKnown` they were run for the claim before.
    static func failing(_ receipts: [CheckReceipt], phase: String, isKnown: Bool = false) -> String {
        let how =
            isKnown
            ? "None of your tasks has changed since you said so last, and nothing was merged: makima did not run the checks of "
                + "\(phase) again. They did not pass:\n\n"
            : "makima ran the checks of \(phase) on the target branch, and they do not pass:\n\n"
        return "You said that the goal is reached. " + how + checks(receipts)
            + "\n\nHave it mended by a task, and merge that."
    }

    static func nextPhase(_ contract: Contract) -> String {
        "That phase is over: its checks pass. The next one is: \(contract.phaseName)."
    }

    /// The tasks of a supervisor, one a line.
    package static func list(_ contract: Contract, _ view: ContractRules.View, of leader: TaskID) -> String {
        let keys = TouchKeys(contract)
        let lines = contract.children(of: leader)
            .compactMap { task in
                contract.members[task]
                    .map {
                        "- \(line(task, $0, view.tasks[task]))\(holding(keys.holders(of: task, in: contract, view), contract))"
                    }
            }
        return lines.isEmpty ? "You have no tasks." : lines.joined(separator: "\n")
    }

    private static func holding(_ holders: [TaskID], _ contract: Contract) -> String {
        if holders.isEmpty { return "" }
        let names = holders.map { contract.name(of: $0) }.listed(atMost: 5)
        return ", held back while \(names) may change the same paths"
    }

    static func line(_ task: TaskID, _ member: ContractMember, _ found: FleetTask?) -> String {
        var text = "\(member.name) (\(task.short)): \(found?.status.words ?? "being made")"
        if let code = found?.reason?.code { text += " (\(code))" }
        if let found, found.iterations > 0 { text += ", \(found.iterations) iterations" }
        switch member.merge {
        case .none: break
        case .queued: text += ", in the merge queue"
        case .merged(let commit): text += ", merged into \(member.target)" + (commit.map { " as \($0.short)" } ?? "")
        case .returned: text += ", its work came back from the merge queue"
        }
        return text
    }

    // MARK: - To the owner of work

    static func returned(_ cause: ReturnCause, target: String) -> String {
        switch cause {
        case .conflict(let paths, let tip):
            "Your work does not fit onto the branch '\(target)', which has moved meanwhile. In conflict are:\n"
                + fenced(paths.joined(separator: "\n")) + bringIn(tip)
                + "\n\nThen report that you are ready; your work is merged again."
        case .checksFailed(let receipts, let tip):
            "Your work passes alone, but not on top of the branch '\(target)':\n\n" + checks(receipts) + bringIn(tip)
                + "\n\nMend it, and report that you are ready; your work is merged again."
        case .outside(let paths):
            "Your work changes files that this task must not touch:\n" + fenced(paths.joined(separator: "\n"))
                + "\n\nTake these changes back, and report that you are ready."
        case .missing: "Your work was not found in the repository. Commit it, and report that you are ready."
        }
    }

    static func returnedBefore(target: String) -> String {
        "Your work is done, but came back from the merge into the branch '\(target)': it did not fit, or its checks did not pass there. "
            + "Look at what is wrong, mend it, and report that you are ready; your work is merged again."
    }

    private static func bringIn(_ tip: CommitID?) -> String {
        guard let tip else { return "" }
        // makima's checkpoints are no commits of the agent's branch: its changes may all be uncommitted.
        return
            "\n\nThe branch is at \(tip.rawValue), which is in your repository. Git does not merge over changes that are in no "
            + "commit of yours, and makima's checkpoints are none: commit your own work first, where 'git status' shows any "
            + "('git add -A', then 'git commit -m \"My work\"'). Then bring the branch in with 'git merge \(tip.rawValue)', resolve "
            + "what is in conflict so that both changes stay, and commit that, too."
    }

    private static func checks(_ receipts: [CheckReceipt]) -> String {
        receipts.map { "\($0.check.name):\n" + fenced(String($0.outputTail.suffix(4000))) }.joined(separator: "\n\n")
    }

    /// Untrusted text: the mark is longer than every mark in it.
    package static func fenced(_ text: String) -> String {
        let longest = text.split { $0 != "`" }.map(\.count).max() ?? 0
        let mark = String(repeating: "`", count: max(3, longest + 1))
        return "\(mark)\n\(text)\n\(mark)"
    }
}
