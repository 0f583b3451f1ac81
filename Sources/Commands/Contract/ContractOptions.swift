import ArgumentParser
import Domain
import Wire

extension OrphanPolicy: ExpressibleByArgument {}

/// What is to be reached.
struct GoalOptions: ParsableArguments {
    @Argument(help: "What is to be reached, or '-' to read it from standard input")
    var goal: String?

    @Option(help: ArgumentHelp("Read the goal from a file", valueName: "file"), completion: .file())
    var goalFile: String?

    @Option(help: ArgumentHelp("A label for people (default: the goal's first line)", valueName: "text"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "A TOML file with phases, tasks and limits (docs/CONTRACTS.md); options add to it, and replace its values",
            valueName: "file"
        ),
        completion: .file()
    )
    var file: String?

    @Option(help: ArgumentHelp("A step towards the goal; repeatable, in their order", valueName: "name"))
    var phase: [String] = []

    @Option(
        help: ArgumentHelp(
            "What must pass on the target for a phase to be over, as \"NAME: COMMAND\"; repeatable",
            valueName: "check"
        )
    )
    var phaseCheck: [String] = []
}

/// Who leads, and whom it may name.
struct SupervisorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Who leads (default: the agent of the tasks)", valueName: "name"),
        completion: .words(.agents)
    )
    var supervisorAgent: String?

    @Option(help: ArgumentHelp("Whom the supervisor may name for a task; with commas between", valueName: "names"))
    var agents: String?

    @Option(
        help: ArgumentHelp("Iterations that the supervisor may use (default: as many as it likes)", valueName: "number")
    )
    var maxIterations: Int?

    @Option(
        help: ArgumentHelp("What becomes of tasks whose supervisor has stopped (default: finish)", valueName: "policy")
    )
    var orphans: OrphanPolicy?

    func validate() throws {
        guard (maxIterations ?? 1) >= 1 else { throw ValidationError("'--max-iterations' is to be 1 or more.") }
    }
}

/// What all tasks of a contract together are held to.
struct ContractLimitOptions: ParsableArguments {
    @Option(
        name: .customLong("max-cost-usd"),
        help: ArgumentHelp("Stop when all tasks together have cost so much, as 20", valueName: "dollars")
    )
    var maxCost: DollarArgument?

    @Option(help: ArgumentHelp("Stop when all tasks together have used so many tokens", valueName: "number"))
    var maxTokens: Int?

    @Option(
        help: ArgumentHelp("Stop after so much active time of all tasks together, as 8h", valueName: "time"),
        transform: DurationArgument.parse
    )
    var maxDuration: DurationArgument?

    @Option(help: ArgumentHelp("Tasks over its life (default: 50)", valueName: "number"))
    var maxTasks: Int?

    @Option(help: ArgumentHelp("Tasks at work at once, besides supervisors (default: 4)", valueName: "number"))
    var atOnce: Int?

    @Option(help: ArgumentHelp("How deep tasks stand below the supervisor (default: 1)", valueName: "number"))
    var maxDepth: Int?

    @Option(help: ArgumentHelp("Tasks that one supervisor may spawn (default: 20)", valueName: "number"))
    var maxFanOut: Int?

    @Option(
        help: ArgumentHelp(
            "Calls of supervisors that change something, over its life (default: 1000)",
            valueName: "number"
        )
    )
    var maxCalls: Int?

    @Option(help: ArgumentHelp("How often work may come back from the merge queue (default: 3)", valueName: "number"))
    var maxReturns: Int?

    @Option(help: ArgumentHelp("Works that are merged and checked together (default: 8)", valueName: "number"))
    var batch: Int?

    @Option(
        help: ArgumentHelp(
            "What supervisors may do, with commas between: \(SupervisorAction.allCases.map(\.rawValue).joined(separator: ", ")) "
                + "(default: all)",
            valueName: "actions"
        )
    )
    var allow: [String] = []

    func validate() throws {
        for (name, value, most) in [
            ("--max-tasks", maxTasks, 100_000), ("--at-once", atOnce, 100_000), ("--max-depth", maxDepth, 10),
            ("--max-fan-out", maxFanOut, 100_000), ("--max-returns", maxReturns, 100_000), ("--batch", batch, 100_000),
            ("--max-calls", maxCalls, 100_000),
        ] {
            guard let value, !(1...most).contains(value) else { continue }
            throw ValidationError("'\(name)' is to be from 1 to \(most).")
        }
        guard maxDuration?.duration != .zero else { throw ValidationError("'--max-duration' is to be above zero.") }
        guard (maxTokens ?? 0) >= 0 else { throw ValidationError("'--max-tokens' is to be 0 or more.") }
    }

    /// Replaces what `limits` say where something is given.
    func apply(to limits: inout WireContractLimits) throws {
        limits.maxCostMicrodollars = maxCost?.amount ?? limits.maxCostMicrodollars
        limits.maxTokens = maxTokens ?? limits.maxTokens
        limits.maxDurationMilliseconds = maxDuration?.duration ?? limits.maxDurationMilliseconds
        limits.maxTasks = maxTasks ?? limits.maxTasks
        limits.maxAtOnce = atOnce ?? limits.maxAtOnce
        limits.maxDepth = maxDepth ?? limits.maxDepth
        limits.maxFanOut = maxFanOut ?? limits.maxFanOut
        limits.maxReturns = maxReturns ?? limits.maxReturns
        limits.maxBatch = batch ?? limits.maxBatch
        limits.maxCalls = maxCalls ?? limits.maxCalls
        guard !allow.isEmpty else { return }
        var actions: [SupervisorAction] = []
        for word in allow.flatMap({ $0.split(separator: ",") }).map({ String($0).trimmingBlanks }) {
            guard let action = SupervisorAction(rawValue: word) else { throw ContractCommandError.unknownAction(word) }
            if !actions.contains(action) { actions.append(action) }
        }
        limits.actions = actions
    }
}
