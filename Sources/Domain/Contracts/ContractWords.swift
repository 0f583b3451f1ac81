/// The stable word for where a contract stands.
package enum ContractStatus: String, Hashable, Sendable, Codable, CaseIterable {
    case working
    case blocked
    case stopped
    case budgetReached = "budget_reached"
    case done
}

/// What a supervisor may do.
package enum SupervisorAction: String, Hashable, Sendable, Codable, CaseIterable {
    case spawn
    case list
    case wait
    case read
    case message
    case stop
    case merge
    case ask
}

/// What becomes of tasks whose supervisor has stopped for good.
package enum OrphanPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// They work on until they stop themselves, and what is to be merged by itself is.
    case finish
    case stop
}
