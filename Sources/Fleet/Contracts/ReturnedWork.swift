package import Domain

/// Why work came back, as far as people are told later.
package struct ReturnedWork: Hashable, Sendable, Codable {
    /// As ``ReturnCause/code``.
    package var code: String
    /// In conflict, or outside of what the task may change.
    package var paths: [String]
    /// The names of those that did not pass.
    package var checks: [String]
    /// What it is in conflict with; `nil` in what an earlier version wrote.
    package var rivals: [MergeRival]?

    private static let most = 20
    /// So many are in the clause.
    package static let mostNames = 5

    package init(_ cause: ReturnCause, _ rivals: [MergeRival] = []) {
        code = cause.code
        self.rivals = rivals.isEmpty ? nil : rivals
        switch cause {
        case .conflict(let paths, _), .outside(let paths): (self.paths, checks) = (Array(paths.prefix(Self.most)), [])
        case .checksFailed(let receipts, _):
            (paths, checks) = ([], Array(receipts.failing.prefix(Self.most)))
        case .missing: (paths, checks) = ([], [])
        }
    }

    /// Follows a colon, without a full stop.
    package func clause(target: String, of contract: Contract) -> String {
        switch code {
        case "conflict":
            "it is in conflict with the branch in \(paths.listed(atMost: Self.mostNames))"
                + (rivalClause(contract) ?? "")
        case "checks_failed": "on top of '\(target)' these checks do not pass: \(checks.listed(atMost: Self.mostNames))"
        case "outside": "it changes what the task must not touch: \(paths.listed(atMost: Self.mostNames))"
        default: "it was not found in the repository"
        }
    }

    /// Whose work changed the same, and which commits that nobody of the contract made.
    private func rivalClause(_ contract: Contract) -> String? {
        guard let rivals, !rivals.isEmpty else { return nil }
        var names: [String] = []
        for rival in rivals {
            let known = rival.task.flatMap { contract.members[$0] == nil ? nil : contract.name(of: $0) }
            let name = known.map { "'\($0)'" } ?? "commit \(rival.commit.short)"
            if !names.contains(name) { names.append(name) }
        }
        return ", which \(names.listed(atMost: Self.mostNames)) changed"
    }
}

/// Which return of the work of a task it is, and what it is in conflict with.
package struct ReturnAccount: Hashable, Sendable, Codable {
    /// From 1.
    package var number: Int
    /// How many the contract allowed then.
    package var most: Int
    /// Of a conflict: commits of the branch that changed the same paths, newest first.
    package var rivals: [MergeRival]

    package init(number: Int, most: Int, rivals: [MergeRival] = []) {
        (self.number, self.most, self.rivals) = (number, most, rivals)
    }
}

extension Contract {
    /// Whether the work of a task came back from the queue, and is not in it again.
    package func hasReturned(_ task: TaskID) -> Bool {
        guard case .returned? = members[task]?.merge else { return false }
        return true
    }
}
