import Domain

extension SpawnTask {
    mutating func visitPlan(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskName", &taskName, .label, "For people; never part of a path.")
        try fields.required("plan", &plan, .text(upTo: WireLimits.plan, from: 1), "What is to be done.")
        try fields.defaulted("role", &role, .word, else: .task, "What it is for others.")
        try fields.optional("parentTaskId", &parentTaskId, .taskID, "The task that spawned it.")
        try fields.defaulted("depth", &depth, .integer(0...100), else: 0, "How many tasks are above it.")
        try fields.optional("contractId", &contractId, .identifier, "The contract that it belongs to.")
        try fields.optional(
            "continueFromTaskId",
            &continueFromTaskId,
            .taskID,
            "The task whose work it begins with: that is in the patch, or at this daemon."
        )
    }

    mutating func visitPlace(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("repoUrl", &repoUrl, .repositoryURL, "The repository; the daemon keeps a bare copy.")
        try fields.optional(
            "targetRepoPath",
            &targetRepoPath,
            .absolutePath,
            "The repository on the daemon's machine; one of both is needed, and this one comes first."
        )
        try fields.optional(
            "baseBranch",
            &baseBranch,
            .branch,
            "Where the work begins; the repository's HEAD where left out."
        )
        try fields.optional("baseSha", &baseSha, .commit, "The commit where the work begins, instead of the branch's.")
        try fields.optional(
            "targetBranch",
            &targetBranch,
            .branch,
            "What `merge` merges into, and what a pull request is for; the base branch where left out."
        )
        try fields.defaulted(
            "includeChanges",
            &includeChanges,
            .flag,
            else: false,
            "What is not committed at `targetRepoPath` is taken along."
        )
        try fields.list(
            "copyFiles",
            &copyFiles,
            .list(.relativePath, upTo: 256),
            "Patterns of ignored files that are copied into the workspace, from beneath the repository's root only."
        )
        try fields.optional(
            "setupCommand",
            &setupCommand,
            .text(upTo: WireLimits.command, from: 1),
            "Run once in the new workspace, in the sandbox."
        )
        try fields.defaulted("completionAction", &completionAction, .word, else: .branch, "What happens with the work.")
        try fields.optional(
            "forge",
            &forge,
            .record,
            "How it is put to review; as the daemon's configuration says where left out."
        )
    }

    mutating func visitLimits(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.defaulted(
            "autonomousLoop",
            &autonomousLoop,
            .flag,
            else: true,
            "The agent is run again until it is done; without it, one iteration is all."
        )
        try fields.optional(
            "maxIterations",
            &maxIterations,
            .integer(1...1_000_000),
            "Over the life of the task; the daemon's ceiling holds where that is lower."
        )
        try fields.optional(
            "noChangeThreshold",
            &noChangeThreshold,
            .integer(1...1_000_000),
            "Iterations in a row without progress."
        )
        try fields.optional(
            "sameErrorThreshold",
            &sameErrorThreshold,
            .integer(1...1_000_000),
            "Iterations in a row with the same error."
        )
        try fields.optional("budgets", &budgets, .record, "What may be spent.")
        try fields.optional("timeouts", &timeouts, .record, "The time limits within an iteration.")
        try fields.defaulted("waits", &waits, .flag, else: true, "The task waits by itself for services.")
        try fields.optional(
            "onStall",
            &onStall,
            .word,
            "What follows when the circuit breaker opens; `stop` where left out."
        )
        try fields.list("checks", &checks, .list(.record, upTo: WireLimits.checks), "What decides whether it is done.")
        try fields.list(
            "protected",
            &protected,
            .list(.text(upTo: WireLimits.path, from: 1), upTo: WireLimits.list),
            "Patterns of paths that the agent must not change."
        )
    }

    mutating func visitAgent(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("agent", &agent, .record, "Who works.")
        try fields.optional("otherAgent", &otherAgent, .record, "Who takes over where `onStall` says so.")
        try fields.list(
            "choices",
            &choices,
            .list(.record, upTo: 64),
            "Who does whose work at a limit, the best first, `agent` among them."
        )
        try fields.defaulted(
            "context",
            &context,
            .word,
            else: .continue,
            "Whether the conversation goes on over iterations."
        )
        try fields.optional("rotation", &rotation, .record, "When it is renewed; never where left out.")
        try fields.defaulted("permissions", &permissions, .word, else: .full, "What the agent may do unasked.")
        try fields.optional(
            "questions",
            &questions,
            .record,
            "What becomes of its questions; nobody answers where left out."
        )
        try fields.optional("prompts", &prompts, .record, "Templates.")
        try fields.optional("sandbox", &sandbox, .record, "The confinement; the daemon's own where left out.")
        try fields.list(
            "redactedVariables",
            &redactedVariables,
            .list(.variable, upTo: 256),
            "Variables whose values are kept out of output though their names do not tell of secrets."
        )
    }

    mutating func visitPast(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("standing", &standing, .record, "Where the task stands, where an attempt was before.")
        try fields.defaulted(
            "resumeSession",
            &resumeSession,
            .flag,
            else: false,
            "The conversation of `standing` goes on where this daemon has it."
        )
        try fields.list(
            "conversationHistory",
            &conversationHistory,
            .list(.record, upTo: WireLimits.history),
            "What was said before, where no conversation can go on."
        )
        try fields.optional("patchFormat", &patchFormat, .word, "Of the work that the task begins with.")
        try fields.optional("patchBaseSha", &patchBaseSha, .commit, "The commit that it builds upon.")
        try fields.optional("patchSize", &patchSize, .integer(0...WireLimits.patch), "Its bytes.")
        try fields.optional("patchSha256", &patchSha256, .sha256, "Of its bytes.")
        try fields.optional(
            "patchData",
            &patchData,
            .bytes(upTo: WireLimits.part),
            "Its bytes; left out where they came in `checkpointPart`."
        )
    }
}
