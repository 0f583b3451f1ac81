package import Domain

/// A contract that somebody wants to be made.
package struct ContractRequest: WireRecord {
    package var contractId: String?
    package var template = TaskRequest()
    package var targets: [String] = []
    package var phases: [WirePhase] = []
    package var checks: [WireCheck] = []
    package var limits = WireContractLimits()
    package var orphans = OrphanPolicy.finish
    package var supervised = true
    package var supervisorAgent: WireAgent?
    package var supervisorMaxIterations: Int?
    package var agents: [WireAgent] = []
    package var tasks: [WirePlannedTask] = []

    package init() {}

    package static let recordName = "contractRequest"
    package static let meaning = "A goal that several tasks are to work on."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("contractId", &contractId, .taskID, "Drawn by who asks; by the server where left out.")
        try fields.required(
            "template",
            &template,
            .record,
            """
            What all its tasks are made from: its `taskName` names the contract, its `plan` is the goal, and repository, agent, \
            limits and confinement are those of each task that says nothing else.
            """
        )
        try fields.list(
            "targets",
            &targets,
            .list(.branch, upTo: 64),
            "The branches that work may be merged into, the usual one first; the template's target or base branch where empty."
        )
        try fields.list("phases", &phases, .list(.record, upTo: 100), "What is to be reached one after the other.")
        try fields.list(
            "checks",
            &checks,
            .list(.record, upTo: WireLimits.checks),
            "What every tree must pass that becomes the tip of a target, and the last one for the goal to be reached."
        )
        try fields.defaulted("limits", &limits, .record, else: WireContractLimits(), "What it is held to.")
        try fields.defaulted(
            "orphans",
            &orphans,
            .word,
            else: .finish,
            "What becomes of tasks whose supervisor has stopped for good."
        )
        try fields.defaulted(
            "supervised",
            &supervised,
            .flag,
            else: true,
            "An agent leads; without it, `tasks` are run as they depend on each other."
        )
        try fields.optional("supervisorAgent", &supervisorAgent, .record, "Who leads; the template's where left out.")
        try fields.optional(
            "supervisorMaxIterations",
            &supervisorMaxIterations,
            .integer(1...1_000_000),
            "As many as it likes where left out."
        )
        try fields.list("agents", &agents, .list(.record, upTo: 64), "Whom a supervisor may name for a task.")
        try fields.list("tasks", &tasks, .list(.record, upTo: WireLimits.list), "Those that are there from the start.")
    }

    package func validate() throws(WireError) {
        guard supervised || !tasks.isEmpty else { throw .field(path: "tasks", .inconsistent(.tasksMissing)) }
    }
}

/// A step towards the goal.
package struct WirePhase: WireRecord {
    package var name = ""
    package var checks: [WireCheck] = []

    package init() {}

    package static let recordName = "phase"
    package static let meaning = "A step towards the goal of a contract."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("name", &name, .label, "For people and the supervisor.")
        try fields.list(
            "checks",
            &checks,
            .list(.record, upTo: WireLimits.checks),
            "What must pass on the target, besides the contract's own."
        )
    }
}

/// A task of a contract that is there from the start.
package struct WirePlannedTask: WireRecord {
    package var taskId: String?
    package var name = ""
    package var plan = ""
    package var checks: [WireCheck] = []
    package var after: [String] = []
    package var continues: String?
    package var touches: [String] = []
    package var agent: WireAgent?
    package var maxIterations: Int?
    package var budgets: WireBudgets?
    package var target: String?
    package var priority: Int?

    package init() {}

    package static let recordName = "plannedTask"
    package static let meaning = "A task of a contract that is there from the start."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("taskId", &taskId, .taskID, "Drawn by who asks; by the server where left out.")
        try fields.required("name", &name, .label, "Unique within the contract.")
        try fields.required("plan", &plan, .text(upTo: WireLimits.plan, from: 1), "What is to be done.")
        try fields.list("checks", &checks, .list(.record, upTo: WireLimits.checks), "What decides whether it is done.")
        try fields.list(
            "after",
            &after,
            .list(.label, upTo: 256),
            "The names of tasks whose work must be in the target before it begins."
        )
        try fields.optional("continues", &continues, .label, "The name of the task whose work it begins with.")
        try fields.list(
            "touches",
            &touches,
            .list(.text(upTo: WireLimits.path, from: 1), upTo: 256),
            "Patterns of the only paths that it may change; tasks that touch the same are not at work at once."
        )
        try fields.optional("agent", &agent, .record, "Who works; the template's where left out.")
        try fields.optional("maxIterations", &maxIterations, .integer(1...1_000_000), "Over its life.")
        try fields.optional("budgets", &budgets, .record, "What it may spend.")
        try fields.optional("target", &target, .branch, "The contract's first where left out.")
        try fields.optional("priority", &priority, .integer(-100...100), "Higher is sooner.")
    }
}

/// What a contract is held to.
package struct WireContractLimits: WireRecord {
    package var maxCostMicrodollars: USD?
    package var maxTokens: Int?
    package var maxDurationMilliseconds: Duration?
    package var maxTasks: Int?
    package var maxAtOnce: Int?
    package var maxDepth: Int?
    package var maxFanOut: Int?
    package var maxReturns: Int?
    package var maxBatch: Int?
    package var maxClaims: Int?
    package var maxCalls: Int?
    package var actions: [SupervisorAction]?

    package init() {}

    package static let recordName = "contractLimits"
    package static let meaning = "What a contract is held to; the server's own where left out."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        let count = Codec<Int>.integer(1...100_000)
        try fields.optional("maxCostMicrodollars", &maxCostMicrodollars, .microdollars, "Cost of all tasks together.")
        try fields.optional("maxTokens", &maxTokens, .count, "Tokens of all tasks together.")
        try fields.optional(
            "maxDurationMilliseconds",
            &maxDurationMilliseconds,
            .milliseconds,
            "Active time of all tasks together: that of their agents and checks."
        )
        try fields.optional("maxTasks", &maxTasks, count, "Tasks over its life; 50.")
        try fields.optional("maxAtOnce", &maxAtOnce, count, "Tasks at work at once, besides supervisors; 4.")
        try fields.optional("maxDepth", &maxDepth, .integer(1...10), "How deep tasks stand below the supervisor; 1.")
        try fields.optional("maxFanOut", &maxFanOut, count, "Tasks that one supervisor may spawn; 20.")
        try fields.optional("maxReturns", &maxReturns, count, "How often work may come back from the queue; 3.")
        try fields.optional("maxBatch", &maxBatch, count, "Works that are merged and checked together; 8.")
        try fields.optional(
            "maxClaims",
            &maxClaims,
            count,
            "How often it may be said in vain that the goal is reached; 5."
        )
        try fields.optional("maxCalls", &maxCalls, count, "Calls of supervisors that change something; 1000.")
        try fields.optional("actions", &actions, .list(.word, upTo: 16), "What supervisors may do; all where left out.")
    }
}

/// How a contract is to go on.
package struct ContractResumeRequest: WireRecord {
    package var limits = WireContractLimits()

    package init() {}

    package static let recordName = "contractResumeRequest"
    package static let meaning = "How a contract is to go on; limits that are left out stay."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.defaulted("limits", &limits, .record, else: WireContractLimits(), "What it is held to from now on.")
    }
}

/// What an agent that leads wants of its server, told by the daemon that runs it.
package struct CallRequest: WireRecord {
    package var taskId = ""
    package var attempt = 0
    package var callId = ""
    package var tool = ""
    package var arguments = JSONValue.object([])

    package init() {}

    package static let recordName = "callRequest"
    package static let meaning = "What the agent of a supervisor wants to have done."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskId", &taskId, .taskID, "The supervisor.")
        try fields.required("attempt", &attempt, .ordinal, "Its attempt, which the asking daemon must have.")
        try fields.required("callId", &callId, .identifier, "The same for a call that is sent again.")
        try fields.required("tool", &tool, .identifier, "As `spawn_task`.")
        try fields.required("arguments", &arguments, .anything, "As the tool's schema has them.")
    }
}

/// What a call is answered with.
package struct CallView: WireRecord {
    package var text = ""
    package var refusal: String?
    package var changed = false
    package var parks = false

    package init() {}

    package static let recordName = "call"
    package static let meaning = "What a supervisor's agent is answered."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("text", &text, .text(upTo: WireLimits.frame), "For the agent.")
        try fields.optional("refusal", &refusal, .identifier, "Why it was not carried out.")
        try fields.defaulted("changed", &changed, .flag, else: false, "Whether it had an effect.")
        try fields.defaulted("parks", &parks, .flag, else: false, "The agent is to end its turn, and is woken later.")
    }
}

extension ContractRequest {
    /// The branches that work goes into: those that are named, else that of the template.
    package var mergeTargets: [String] {
        targets.isEmpty ? [template.spawn.targetBranch ?? template.spawn.baseBranch].compactMap(\.self) : targets
    }
}
