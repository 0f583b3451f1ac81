package import Domain

/// What is made of a claim that the goal is reached, where one before it was in vain.
enum ClaimRules {
    /// How long nothing is made of the next claim, from the last refusal on; the first two are looked at without delay.
    static func pause(after claims: Int) -> Duration {
        guard claims >= 2 else { return .zero }
        return min(.seconds(30) * (1 << min(claims - 2, 10)), longest)
    }

    /// How long what the checks said answers the next claim too.
    ///
    /// After that they are run again: what the contract does not see may have changed, as a branch that a person has mended.
    static func memory(after claims: Int) -> Duration { max(.seconds(30), pause(after: claims)) }

    private static let longest = Duration.seconds(600)

    /// What a claim stands on, as far as the contract knows of it; `claimant` itself makes nothing that counts.
    static func basis(of claimant: TaskID, in contract: Contract, _ view: ContractRules.View) -> String {
        let members = contract.members.filter { $0.key != claimant }.sorted { $0.key.rawValue < $1.key.rawValue }
        let parts = members.map { id, member in
            let found = view.tasks[id]
            return "\(id) \(member.merge) \(found?.status.rawValue ?? "-") \(found?.attempt ?? 0)"
        }
        return SHA256Digest(of: (["\(contract.phase)"] + parts).joined(separator: "\u{1F}")).description
    }
}

/// Why a claim was in vain, as far as people are told.
package enum ClaimFault: Hashable, Sendable, Codable {
    /// The names of checks that do not pass; with `isKnown` as they were found for the claim before.
    case checksFail([String], isKnown: Bool)
    /// Tasks that are neither merged nor stopped.
    case tasksOpen([TaskID])

    private static let most = 20

    init(_ receipts: [CheckReceipt], isKnown: Bool = false) {
        self = .checksFail(Array(receipts.failing.prefix(Self.most)), isKnown: isKnown)
    }

    init(open tasks: [TaskID]) { self = .tasksOpen(Array(tasks.prefix(Self.most))) }

    /// Follows a colon, without a full stop.
    package func clause(of contract: Contract) -> String {
        switch self {
        case .checksFail(let names, let isKnown):
            "these checks do not pass: \(names.listed(atMost: 5))"
                + (isKnown ? " (not run again: nothing has changed since)" : "")
        case .tasksOpen(let tasks):
            "these tasks are neither merged nor stopped: "
                + tasks.map { "'\(contract.name(of: $0))'" }.listed(atMost: 5)
        }
    }
}

/// A claim for which checks were run, and did not pass.
package struct RefusedClaim: Hashable, Sendable, Codable {
    /// The same where nothing that the contract knows of has changed since.
    package var basis: String
    package var receipts: [CheckReceipt]

    package init(basis: String, receipts: [CheckReceipt]) {
        self.basis = basis
        self.receipts = receipts
    }
}
