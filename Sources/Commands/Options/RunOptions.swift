import ArgumentParser
import Domain

/// Where the plan comes from.
struct PlanOptions: ParsableArguments {
    @Argument(help: "What is to be done, or '-' to read it from standard input")
    var plan: String?

    @Option(help: "Read the plan from a file", completion: .file())
    var planFile: String?

    @Option(help: "A label for people (default: the plan's first line)")
    var name: String?
}

/// Who does the work.
struct AgentOptions: ParsableArguments {
    @Option(help: "The agent, as 'makima agents' lists them")
    var agent: String?

    @Option(help: "The model the agent is to use")
    var model: String?
}

/// How much may be used over the life of the task.
struct LimitOptions: ParsableArguments {
    @Option(help: "Stop after so many iterations (default: 10, or as configured)")
    var maxIterations: Int?

    @Option(name: .customLong("max-cost-usd"), help: "Stop when the agent has cost so much, as 2.50")
    var maxCost: DollarArgument?

    @Option(help: "Stop when the agent has used so many tokens")
    var maxTokens: Int?

    @Option(help: "Stop after so much active time, as 90m or 1h30m")
    var maxDuration: DurationArgument?

    @Flag(help: "Stop instead of waiting for a usage limit or an overloaded service")
    var noWait = false

    /// Refuses values that mean nothing.
    func validate() throws {
        if let maxTokens, maxTokens < 0 {
            throw ValidationError(
                "The value '\(maxTokens)' of '--max-tokens' is negative; 0 means that none may be used."
            )
        }
    }
}

/// How long one iteration may take.
struct TimeoutOptions: ParsableArguments {
    @Option(help: "End an iteration after this time (default: 60m, or as configured)")
    var iterationTimeout: DurationArgument?

    @Option(help: "End an agent that shows no sign of life for this time (default: 15m, or as configured)")
    var stallTimeout: DurationArgument?

    func validate() throws {
        for (name, value) in [("--iteration-timeout", iterationTimeout), ("--stall-timeout", stallTimeout)] {
            guard value?.duration == .zero else { continue }
            throw ValidationError("The value of '\(name)' is zero; give a time above it, as 30m.")
        }
    }
}

/// What proves the work.
struct ProofOptions: ParsableArguments {
    @Option(help: "A command that must succeed before the task is done; repeatable, replaces the configured checks")
    var check: [String] = []

    @Option(help: "A pattern of paths that the agent must not change; repeatable, adds to the configured ones")
    var protect: [String] = []

    func validate() throws {
        guard check.allSatisfy({ !$0.allSatisfy(\.isWhitespace) }) else {
            throw ValidationError("A '--check' is empty: give a command, as 'make test'.")
        }
        guard protect.allSatisfy({ !$0.isEmpty }) else {
            throw ValidationError("A '--protect' is empty: give a pattern, as 'Tests/**'.")
        }
    }
}

/// What is worked on, and what becomes of the work.
struct RepositoryOptions: ParsableArguments {
    @Option(help: "The repository (default: the one around the current directory)", completion: .directory)
    var repo: String?

    @Option(help: "The revision to begin at (default: HEAD)")
    var base: String?

    @Option(
        name: [.customLong("target"), .customLong("branch")],
        help: "The branch that '--completion merge' merges into (default: the one begun at)"
    )
    var target: String?

    @Option(help: "What to do with the work when it is done (default: branch, or as configured)")
    var completion: CompletionAction?

    @Flag(help: "Take the uncommitted changes of your checkout along")
    var includeChanges = false
}

/// How the agent is confined.
struct SandboxOptions: ParsableArguments {
    @Option(help: "How strictly the agent is confined (default: auto, or as configured)")
    var sandbox: SandboxMode?

    @Option(help: "A further path that the agent may read; repeatable", completion: .directory)
    var allowRead: [String] = []
}
