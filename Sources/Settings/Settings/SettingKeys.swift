import Domain

/// Every setting that is one value; agents and checks have lists of their own.
enum SettingKeys {
    static let all =
        loop + questions + [permissions, agent] + sandbox + [redaction] + workspace + disk + outcome + forge + prompts
        + fleet

    /// The largest ceiling: a loop of more iterations is a mistake, not a plan.
    static let iterations = 1...10_000

    private static let loop: [Setting<MakimaConfiguration>] = [
        Setting(
            "autonomous_loop.default_max_iterations",
            .integer(\.limits.maxIterations, iterations),
            alias: "defaultmaxiterations",
            repository: .free,
            "Iterations of a task that names no limit of its own; never more than `hard_limit`."
        ),
        Setting(
            "autonomous_loop.hard_limit",
            .integer(\.limits.ceiling, iterations),
            alias: "hardlimit",
            "The ceiling that no task exceeds, whatever it wishes."
        ),
        Setting(
            "autonomous_loop.no_change_threshold",
            .integer(\.limits.noChangeThreshold, iterations),
            alias: "nochangethreshold",
            repository: .free,
            "Iterations in a row without progress after which a task is stalled."
        ),
        Setting(
            "autonomous_loop.same_error_threshold",
            .integer(\.limits.sameErrorThreshold, iterations),
            alias: "sameerrorthreshold",
            repository: .free,
            "Iterations in a row with the same error after which a task is stalled."
        ),
        Setting(
            "autonomous_loop.max_cost_usd",
            .dollars(\.budgets.maxCost),
            repository: .lower,
            "Dollars that the agents of a task may cost over its life; 0 means that nothing may be spent."
        ),
        Setting(
            "autonomous_loop.max_tokens",
            .optionalInteger(\.budgets.maxTokens),
            repository: .lower,
            "Tokens that the agents of a task may use over its life; 0 means none."
        ),
        Setting(
            "autonomous_loop.max_duration",
            .optionalDuration(\.budgets.maxDuration, allowsZero: true),
            repository: .lower,
            "Active time of a task over its life: agents and checks running, not waiting."
        ),
        Setting(
            "autonomous_loop.iteration_timeout",
            .duration(\.timeouts.iteration),
            repository: .lower,
            "One run of the agent."
        ),
        Setting(
            "autonomous_loop.stall_timeout",
            .duration(\.timeouts.stall),
            repository: .lower,
            "Time without a sign of life of the agent while no tool call is open."
        ),
        Setting(
            "autonomous_loop.first_output_timeout",
            .duration(\.timeouts.firstOutput),
            repository: .lower,
            "Time until the agent's first output."
        ),
        Setting(
            "autonomous_loop.handshake_timeout",
            .optionalDuration(\.timeouts.handshake, allowsZero: false),
            repository: .lower,
            "Time until an agent of `kind = \"acp\"` answers `initialize`: whoever does not speak the Agent Client Protocol is "
                + "found out by it."
        ),
        Setting(
            "autonomous_loop.tool_timeout",
            .duration(\.timeouts.toolCall),
            repository: .lower,
            "How long one tool call of the agent may stay open."
        ),
        Setting(
            "autonomous_loop.check_timeout",
            .duration(\.timeouts.check),
            repository: .lower,
            "One execution of one check that has no time-out of its own."
        ),
        Setting(
            "autonomous_loop.orphan_timeout",
            .optionalDuration(\.timeouts.orphan, allowsZero: true),
            repository: .lower,
            "How long an agent works on when makima itself was killed, so that `makima resume` can take it over; 0 ends it at "
                + "once. With the network `allowlist` it reaches nothing meanwhile."
        ),
        Setting(
            "autonomous_loop.context",
            .choice(SettingChoice(\.context)),
            repository: .free,
            "Whether the agent's conversation goes on over iterations or begins anew."
        ),
        Setting(
            "autonomous_loop.context_rotation",
            .integer(\.rotation.fill, 0...100),
            repository: .free,
            "Percent of the model's context window from which the next iteration begins a new conversation, where the "
                + "agent tells both; 0 is never."
        ),
        Setting(
            "autonomous_loop.max_resumes",
            .integer(\.rotation.resumes, 0...iterations.upperBound),
            repository: .free,
            "How often one conversation is continued before the next iteration begins a new one; 0 is not at all."
        ),
        Setting(
            "autonomous_loop.on_stall",
            .choice(SettingChoice(\.onStall)),
            repository: .free,
            "What follows when the circuit breaker opens: the task stops, or one iteration more is tried in a "
                + "`fresh_session` or by the `other_agent`; where that brings progress, the loop goes on."
        ),
        Setting(
            "autonomous_loop.other_agent",
            .optionalText(\.otherAgent),
            repository: .free,
            "The agent that takes over where `on_stall` says so."
        ),
        Setting(
            "autonomous_loop.wait",
            .flag(\.waits),
            "Whether a task waits by itself for a usage limit to be lifted and for an overloaded service."
        ),
    ]

    private static let questions: [Setting<MakimaConfiguration>] = [
        Setting(
            "questions.ask",
            .flag(\.asks),
            "Whether people answer the agent's questions: one stops the task then, until `makima answer`. Otherwise the agent "
                + "is told to decide itself."
        ),
        Setting(
            "questions.deadline",
            .optionalDuration(\.questions.deadline, allowsZero: false),
            "How long a task waits for an answer before the default holds; without it, until a person answers."
        ),
        Setting(
            "questions.default",
            .optionalText(\.questions.fallback),
            "What the agent is told where nobody answers in time; without it, what it named itself, or to decide itself."
        ),
        Setting(
            "questions.patience",
            .optionalDuration(\.questions.patience, allowsZero: true),
            "How long an agent is kept waiting for a permission, 5 minutes by default; then it is ended, and its task waits in "
                + "its place."
        ),
    ]

    private static let permissions = Setting<MakimaConfiguration>(
        "permissions",
        .choice(SettingChoice(\.permissions)),
        "What agents may do unasked: `plan` only reads, `ask` asks about every change and command, `edit` about commands, "
            + "`full` about nothing: the sandbox confines it."
    )

    private static let agent = Setting<MakimaConfiguration>(
        "agent",
        .text(\.defaultAgent),
        repository: .free,
        "The agent of a task that names none."
    )

    private static let redaction = Setting<MakimaConfiguration>(
        "redact.variables",
        .list(\.redactedVariables),
        "Names of variables whose values are kept out of stored output, beside those whose names tell of a secret; "
            + "ordinary words and numbers are not."
    )

    private static let workspace: [Setting<MakimaConfiguration>] = [
        Setting(
            "workspace.copy_files",
            .list(\.copyFiles),
            repository: .free,
            "Patterns of ignored files that are copied into a workspace, beneath the repository's root."
        ),
        Setting(
            "workspace.setup",
            .optionalText(\.setupCommand),
            repository: .free,
            "A shell command that prepares a new workspace, in the sandbox; its failure blocks the task."
        ),
        Setting(
            "workspace.include_changes",
            .flag(\.includeChanges),
            "Whether the uncommitted changes of your checkout are taken along."
        ),
    ]

    private static let disk: [Setting<MakimaConfiguration>] = [
        Setting(
            "disk.reserve_mib",
            .integer(\.diskReserve, 0...(1 << 30)),
            "How many MiB of the disk with the state directory stay free: below that, and with fewer than 1000 free inodes, no "
                + "task, iteration or check is started. 0 is no such reserve."
        ),
        Setting(
            "retention.workspaces",
            .optionalDuration(\.retention.workspaces, allowsZero: true),
            "How long `makima gc` leaves the workspace of a done task, and with `--stopped` of any that stopped, after "
                + "its last change; without it, for ever."
        ),
        Setting(
            "retention.logs",
            .optionalDuration(\.retention.logs, allowsZero: true),
            "How long `makima gc` leaves the prompts, output and check logs of a run; without it, for ever."
        ),
    ]

    private static let outcome: [Setting<MakimaConfiguration>] = [
        Setting(
            "completion",
            .choice(SettingChoice(\.completion)),
            repository: .free,
            "What becomes of work that is done: it stays in its checkpoints, becomes a branch, is merged, or is put to "
                + "review as a pull request (`pr`)."
        ),
        Setting(
            "target_branch",
            .optionalText(\.targetBranch),
            "The branch that `merge` merges into and a pull request is for; the one begun at where not given."
        ),
        Setting(
            "protected",
            .addedList(\.protected),
            repository: .free,
            "Patterns of paths that the agent must not change; those of all sources add up."
        ),
    ]

    private static let prompts: [Setting<MakimaConfiguration>] = [
        Setting(
            "prompts.first",
            .optionalText(\.promptFiles.first),
            repository: .free,
            "The file with the template of the first prompt: see PROMPTS.md beside this page."
        ),
        Setting(
            "prompts.handover",
            .optionalText(\.promptFiles.handover),
            repository: .free,
            "The file with the template of a later prompt in a new conversation."
        ),
        Setting(
            "prompts.continued",
            .optionalText(\.promptFiles.continued),
            repository: .free,
            "The file with the template of a later prompt in the same conversation."
        ),
    ]
}

/// The settings of one agent, beneath `[agents.NAME]`.
enum AgentKeys {
    static let all: [Setting<AgentConfiguration>] = [
        Setting("kind", .choice(SettingChoice(\.kind)), "How the program is driven."),
        Setting(
            "command",
            .command(\.command),
            "The program, or an array of the program and its arguments; the scenario of a `script`."
        ),
        Setting("model", .optionalText(\.model), "The model the agent is to use."),
        Setting(
            "args",
            .list(\.arguments),
            "Further arguments, after those that makima gives; keys belong into `env`."
        ),
        Setting(
            "env",
            .secrets(\.environment),
            "Variables added to the agent's environment; makima shows and keeps their names alone, and a resume reads the values anew. In "
                + "what programs print, those are hidden whose names tell of a secret, and those that `redact.variables` names."
        ),
        Setting("pass_env", .list(\.passEnvironment), "Names of your own variables that are passed on to the agent."),
        Setting(
            "fall_back_to",
            .list(\.fallBackTo),
            "Names of agents that take over while this one is at a usage limit or its service fails for long, the best first; "
                + "it comes back when it can."
        ),
        Setting(
            "price_per_million_tokens",
            .dollars(\.pricePerMillionTokens),
            "Dollars for a million tokens, for an agent that reports tokens but no cost."
        ),
    ]

    /// What to do about an agent without a program.
    static func programAdvice(_ agent: String) -> String {
        "Set 'command' under [agents.\(agent)] in makima's config.toml, as [\"program\", \"argument\"], or the variable "
            + "\(VariableNames.variable(agent: agent, field: "command"))."
    }
}

/// The settings of one check, in `[[check]]`.
enum CheckKeys {
    static let all: [Setting<CheckDefinition>] = [
        Setting("name", .text(\.name), repository: .free, "What people call it, unique; the command where not given."),
        Setting(
            "command",
            .text(\.command),
            alias: "run",
            repository: .free,
            "A shell command, run in the workspace; exit status 0 accepts the work."
        ),
        Setting(
            "timeout",
            .optionalDuration(\.timeout, allowsZero: false),
            repository: .lower,
            "Overrides `check_timeout` for this check."
        ),
        Setting(
            "clean",
            .flag(\.clean),
            repository: .free,
            "Whether it runs in a clean checkout of the work instead of the workspace."
        ),
        Setting(
            "network",
            .choice(SettingChoice(optional: \.network)),
            repository: .lower,
            "What of the network it sees, as `sandbox.network`; never more than the task, and all of that where not given."
        ),
    ]
}

/// The names of variables.
enum VariableNames {
    static func variable(_ key: String) -> String {
        "MAKIMA_" + folded(key)
    }

    static func variable(agent: String, field: String) -> String {
        "MAKIMA_AGENTS_\(folded(agent))_\(folded(field))"
    }

    /// Upper case, with `_` for everything that a variable's name cannot have.
    static func folded(_ text: String) -> String {
        String(text.uppercased().map { $0 == "." || $0 == "-" ? "_" : $0 })
    }
}
