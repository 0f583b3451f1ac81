/// The keys of a contract's file.
enum ContractFileKeys {
    static func top(_ use: ContractFile.Use) -> [Setting<ContractFile>] { plain + (use == .supervised ? leading : []) }
    static func limits(_ use: ContractFile.Use) -> [Setting<ContractFile.Limits>] {
        plainLimits + (use == .supervised ? leadingLimits : [])
    }

    /// Tables, which are read by themselves.
    static let tables = ["phase", "task", "limits"]

    private static let plain: [Setting<ContractFile>] = [
        Setting("name", .optionalText(\.name), "What people call it."),
        Setting("goal", .optionalText(\.goal), "What is to be reached."),
        Setting("target", .optionalText(\.target), "The branch that work is merged into."),
        Setting("checks", .list(\.checks), "Commands that every tip of a target passes."),
        Setting("agent", .optionalText(\.agent), "Who works, where a task says nothing."),
    ]

    /// Where an agent leads.
    static let leading: [Setting<ContractFile>] = [
        Setting("supervisor_agent", .optionalText(\.supervisorAgent), "Who leads."),
        Setting("agents", .list(\.agents), "Whom the supervisor may name for a task."),
    ]

    private static let plainLimits: [Setting<ContractFile.Limits>] = [
        Setting("at_once", .optionalInteger(\.atOnce), "Tasks at work at once."),
        Setting("max_cost_usd", .dollars(\.maxCost), "Cost of all tasks together."),
        Setting("max_tokens", .optionalInteger(\.maxTokens), "Tokens of all tasks together."),
        Setting(
            "max_duration",
            .optionalDuration(\.maxDuration, allowsZero: false),
            "Active time of all tasks together, as 8h."
        ),
        Setting("batch", .optionalInteger(\.batch), "Works that are merged and checked together."),
        Setting("max_returns", .optionalInteger(\.maxReturns), "How often work may come back from the queue."),
    ]

    static let leadingLimits: [Setting<ContractFile.Limits>] = [
        Setting("max_tasks", .optionalInteger(\.maxTasks), "Tasks over its life."),
        Setting("max_depth", .optionalInteger(\.maxDepth), "How deep tasks stand below the supervisor."),
        Setting("max_fan_out", .optionalInteger(\.maxFanOut), "Tasks that one supervisor may spawn."),
        Setting("max_calls", .optionalInteger(\.maxCalls), "Calls of supervisors that change something."),
    ]

    static let phase: [Setting<ContractFile.Phase>] = [
        Setting("name", .text(\.name), "What people call it."),
        Setting("checks", .list(\.checks), "Commands that must pass for it to be over."),
    ]

    static let task: [Setting<ContractFile.Task>] = [
        Setting("name", .text(\.name), "Unique within the file."),
        Setting("plan", .text(\.plan), "What is to be done."),
        Setting("plan_file", .optionalText(\.planFile), "The file with that."),
        Setting("checks", .list(\.checks), "Commands that decide whether it is done."),
        Setting("after", .list(\.after), "Tasks whose work must be in the target before."),
        Setting("continues", .optionalText(\.continues), "The task whose work it begins with."),
        Setting("touches", .list(\.touches), "Patterns of the only paths that it may change."),
        Setting("agent", .optionalText(\.agent), "Who works."),
        Setting("max_iterations", .optionalInteger(\.maxIterations), "Over its life."),
        Setting("max_cost_usd", .dollars(\.maxCost), "What it may cost."),
        Setting("max_tokens", .optionalInteger(\.maxTokens), "What it may use of tokens."),
        Setting("target", .optionalText(\.target), "The branch that its work is merged into."),
        Setting("priority", .optionalInteger(\.priority), "Higher is sooner, up to 100."),
    ]
}
