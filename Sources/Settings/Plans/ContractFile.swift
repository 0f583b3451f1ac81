package import Domain

/// What a file says of a contract: its goal, its phases, its tasks and what it is held to.
///
/// `docs/CONTRACTS.md` lists the keys.
package struct ContractFile: Hashable, Sendable {
    package var name: String?
    package var goal: String?
    package var target: String?
    package var checks: [String] = []
    package var agent: String?
    package var supervisorAgent: String?
    /// Whom the supervisor may name for a task.
    package var agents: [String] = []
    package var phases: [Phase] = []
    package var tasks: [Task] = []
    package var limits = Limits()

    package init() {}

    /// Whether an agent leads, or the order of the tasks.
    package enum Use: Hashable, Sendable {
        case supervised
        case graph
    }

    package struct Phase: Hashable, Sendable {
        package var name = ""
        /// Commands.
        package var checks: [String] = []

        package init() {}
    }

    package struct Task: Hashable, Sendable {
        package var name = ""
        /// What is to be done, also where it stands in a file of its own.
        package var plan = ""
        var planFile: String?
        package var checks: [String] = []
        /// The names of tasks whose work must be in the target before.
        package var after: [String] = []
        package var continues: String?
        package var touches: [String] = []
        package var agent: String?
        package var maxIterations: Int?
        package var maxCost: USD?
        package var maxTokens: Int?
        package var target: String?
        package var priority: Int?

        package init() {}
    }

    package struct Limits: Hashable, Sendable {
        package var maxCost: USD?
        package var maxTokens: Int?
        package var maxDuration: Duration?
        package var maxTasks: Int?
        package var atOnce: Int?
        package var maxDepth: Int?
        package var maxFanOut: Int?
        package var maxReturns: Int?
        package var maxCalls: Int?
        package var batch: Int?

        package init() {}
    }
}

/// What became of a file that a contract's file names.
package enum NamedPlan: Hashable, Sendable {
    case text(String)
    /// It cannot be used: a full sentence.
    case unusable(String)
}

/// Everything that is wrong with a contract's file.
package struct ContractFileError: ExplainedError, Hashable {
    /// In the order of the file; never empty.
    package var problems: [ConfigurationProblem]

    package var description: String {
        guard problems.count > 1 else { return "The file has a problem: \(problems.first?.description ?? "")" }
        let shown = problems.prefix(ConfigurationError.mostShown).map { "  - \($0)" }
        let hidden = problems.count - shown.count
        return "The file has \(problems.count) problems:\n"
            + (shown + (hidden > 0 ? ["  - and \(hidden) more"] : [])).joined(separator: "\n")
    }
    package var errorCode: ErrorCode { .usage }
    package var hint: String {
        "Mend \(problems.count > 1 ? "them" : "it") where \(problems.count > 1 ? "each" : "it") is said to stand; "
            + "docs/CONTRACTS.md lists all keys."
    }
}
