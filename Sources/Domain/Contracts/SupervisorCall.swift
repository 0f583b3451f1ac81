/// What a supervisor wants of makima, as its arguments say it; tasks are called by name or by a beginning of their id.
package enum SupervisorCall: Hashable, Sendable {
    case spawn(SpawnWish)
    case list
    case wait(tasks: [String], any: Bool, seconds: Int?)
    case read(task: String, part: TaskPart)
    case message(task: String, text: String)
    case stop(task: String)
    case merge(task: String)

    /// What of a task is read.
    package enum TaskPart: String, Hashable, Sendable, CaseIterable {
        /// Where it stands, its last gate and receipts.
        case summary
        case diff
        case log
    }
}

/// A task that a supervisor wants to be made.
package struct SpawnWish: Hashable, Sendable {
    package var name: String
    package var plan: String
    /// Commands that decide whether it is done.
    package var checks: [String] = []
    /// Tasks whose work must be in the target before it begins.
    package var after: [String] = []
    /// The task whose work it begins with; that must be done.
    package var continues: String?
    package var touches: [String] = []
    /// The name of an agent; the contract's own where left out.
    package var agent: String?
    package var maxIterations: Int?
    package var maxCost: USD?
    package var maxTokens: Int?
    package var isSupervisor = false
    /// One of the contract's; its first where left out.
    package var target: String?
    /// It is merged as soon as it is done, without another word.
    package var mergesWhenDone = false

    package init(name: String, plan: String) {
        self.name = name
        self.plan = plan
    }
}
