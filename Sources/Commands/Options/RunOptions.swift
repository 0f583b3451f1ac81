import ArgumentParser
import Domain

/// Where the plan comes from.
struct PlanOptions: ParsableArguments {
    @Argument(help: "What is to be done, or '-' to read it from standard input")
    var plan: String?

    @Option(help: ArgumentHelp("Read the plan from a file", valueName: "file"), completion: .file())
    var planFile: String?

    @Option(help: ArgumentHelp("A label for people (default: the plan's first line)", valueName: "text"))
    var name: String?
}

/// Who does the work.
struct AgentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The agent, as 'makima agents' lists them (a new task: claude, or as configured)",
            valueName: "name"
        ),
        completion: .words(.agents)
    )
    var agent: String?

    @Option(help: ArgumentHelp("The model the agent is to use", valueName: "name"))
    var model: String?
}

/// How a task is worked on, whoever makes it: a person, or a contract.
struct TaskOptions: ParsableArguments {
    @OptionGroup(title: "Agent") var agent: AgentOptions
    @OptionGroup(title: "Proof") var proof: ProofOptions
    @OptionGroup(title: "Time-outs") var timeouts: TimeoutOptions
    @OptionGroup(title: "Sandbox") var sandbox: SandboxOptions
    @OptionGroup(title: "Questions") var questions: QuestionOptions
    @OptionGroup(title: "Questions") var permissions: PermissionOptions
    @OptionGroup var conversation: ContextOptions
    @OptionGroup var preparation: SetupOptions
}

/// How much may be used over the life of the task.
struct LimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Iterations that the task may use over its life (a new task: 10, or as configured)",
            valueName: "number"
        )
    )
    var maxIterations: Int?

    @Option(
        name: .customLong("max-cost-usd"),
        help: ArgumentHelp("Stop when the agents have cost so much, as 2.50", valueName: "dollars")
    )
    var maxCost: DollarArgument?

    @Option(help: ArgumentHelp("Stop when the agents have used so many tokens", valueName: "number"))
    var maxTokens: Int?

    @Option(
        help: ArgumentHelp("Stop after so much active time, as 90m or 1h30m", valueName: "time"),
        transform: DurationArgument.parse
    )
    var maxDuration: DurationArgument?

    @Flag(
        inversion: .prefixedNo,
        help: "Wait for a usage limit or an overloaded service, or stop instead (a new task: wait, or as configured)"
    )
    var wait: Bool?

    /// Refuses values that mean nothing.
    func validate() throws {
        if let maxIterations, maxIterations < 1 {
            throw ValidationError("The value '\(maxIterations)' of '--max-iterations' must be 1 or more.")
        }
        if let maxTokens, maxTokens < 0 {
            throw ValidationError(
                "The value '\(maxTokens)' of '--max-tokens' is negative; 0 means that none may be used."
            )
        }
    }
}

/// How long one iteration may take.
struct TimeoutOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("End an iteration after this time (a new task: 60m, or as configured)", valueName: "time"),
        transform: DurationArgument.parse
    )
    var iterationTimeout: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "End an agent that shows no sign of life for this time (a new task: 15m, or as configured)",
            valueName: "time"
        ),
        transform: DurationArgument.parse
    )
    var stallTimeout: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "End an agent of the Agent Client Protocol that does not answer within this time (a new task: 1m, or as configured)",
            valueName: "time"
        ),
        transform: DurationArgument.parse
    )
    var handshakeTimeout: DurationArgument?

    func validate() throws {
        for (name, value) in [
            ("--iteration-timeout", iterationTimeout), ("--stall-timeout", stallTimeout),
            ("--handshake-timeout", handshakeTimeout),
        ] {
            guard value?.duration == .zero else { continue }
            throw ValidationError("The value of '\(name)' is zero; give a time above it, as 30m.")
        }
    }
}

/// What proves the work.
struct ProofOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A command that must succeed before the task is done; repeatable, replaces the configured checks",
            valueName: "command"
        )
    )
    var check: [String] = []

    @OptionGroup var protected: ProtectOptions

    func validate() throws { try CheckArguments.validate(check) }
}

/// What is worked on, and what becomes of the work.
struct RepositoryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The repository (default: the one around the current directory)", valueName: "directory"),
        completion: .directory
    )
    var repo: String?

    @Option(help: ArgumentHelp("The revision to begin at (default: HEAD)", valueName: "revision"))
    var base: String?

    @Option(
        name: [.customLong("target"), .customLong("branch")],
        help: ArgumentHelp(
            "The branch that '--completion merge' merges into, and a pull request is for (default: the one begun at)",
            valueName: "branch"
        )
    )
    var target: String?

    @Option(
        name: [.customLong("completion"), .customLong("on-done")],
        help: ArgumentHelp(
            "What to do with the work when it is done: none, branch, merge, or pr for a pull request (default: branch, or as "
                + "configured)",
            valueName: "action"
        )
    )
    var completion: CompletionAction?

    @OptionGroup var review: ReviewOptions

    @Flag(help: "Take the uncommitted changes of your checkout along")
    var includeChanges = false
}

/// How long makima stays with a pull request.
struct ReviewOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How often checks that fail and comments on a pull request are given to the agent (a new task: 0, or as configured)",
            valueName: "number"
        )
    )
    var prRounds: Int?

    func validate() throws {
        guard let prRounds, !(0...100).contains(prRounds) else { return }
        throw ValidationError("The value '\(prRounds)' of '--pr-rounds' must be from 0 to 100.")
    }
}

/// What the agent may do unasked.
struct PermissionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What the agent may do unasked: 'plan' only reads, 'ask' asks about every change and command, 'edit' about "
                + "commands, 'full' about nothing (a new task: full, or as configured)",
            valueName: "mode"
        )
    )
    var permissions: PermissionMode?
}

/// How the agent is confined.
struct SandboxOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("How strictly the agent is confined (default: auto, or as configured)", valueName: "mode")
    )
    var sandbox: SandboxMode?

    @Option(
        help: ArgumentHelp("A further path that agent and checks may read; repeatable", valueName: "path"),
        completion: .directory
    )
    var allowRead: [String] = []

    @OptionGroup var network: NetworkOptions
    @OptionGroup var resources: ResourceOptions
}

/// What of the network agent and checks reach.
struct NetworkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What of the network is seen in the sandbox (a new task: full, or as configured)",
            valueName: "mode"
        )
    )
    var network: NetworkMode?

    @Option(
        help: ArgumentHelp(
            "A host that may be reached, as api.example.com, *.example.com or 127.0.0.1:8080; repeatable, adds to the "
                + "configured ones; the network is then 'allowlist'",
            valueName: "host"
        )
    )
    var allowHost: [String] = []

    func validate() throws {
        for host in allowHost where AllowedHost(host) == nil {
            throw ValidationError(
                "The value '\(host)' of '--allow-host' is no host: give one as api.example.com, *.example.com or "
                    + "127.0.0.1:8080."
            )
        }
        if !allowHost.isEmpty, let network, network != .allowlist {
            throw ValidationError(
                "'--allow-host' needs '--network allowlist', and not '--network \(network.rawValue)'."
            )
        }
    }

    /// Whoever names a host wants the list.
    var mode: NetworkMode? { network ?? (allowHost.isEmpty ? nil : .allowlist) }

    /// Lays the options over what the configuration says.
    func apply(to spec: inout SandboxSpec) {
        if let mode { spec.network = mode }
        spec.allowHosts += allowHost.filter { !spec.allowHosts.contains($0) }
    }
}
