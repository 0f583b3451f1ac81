package import Domain

/// A running task is to pause.
package struct PauseTask: TaskCommand {
    package var head = CommandHead()
    package var by: String?

    package init() {}

    package static let type = "pauseTask"
    package static let meaning = """
        The task pauses: the agent is ended as by `stopTask`, and the attempt ends with the status `paused`.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try head.visit(&fields)
        try fields.optional("by", &by, .label, "Who wants it.")
    }
}

/// A task goes on at the daemon that has its workspace.
package struct ResumeTask: TaskCommand {
    package var head = CommandHead()
    package var previousAttempt = 0
    package var maxIterations: Int?
    package var budgets: WireBudgets?
    package var message: String?
    package var allowProtected = false
    package var waits: Bool?
    package var skipsWait = false
    package var reopen = false
    package var pullRequestRounds: Int?
    package var sandboxMode: SandboxMode?
    package var network: NetworkMode?
    package var allowHosts: [String] = []
    package var read: [String] = []
    package var maxDiskMiB: Int?
    package var maxMemoryMiB: Int?
    package var permissions: PermissionMode?
    package var agent: WireAgent?
    package var choices: [WireAgent] = []
    package var checks: [WireCheck] = []
    package var setupCommand: String?

    package init() {}

    package static let type = "resumeTask"
    package static let meaning = """
        A task whose last attempt has ended goes on in its workspace, as a new attempt at the same daemon. What is left out stays \
        as it was.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try head.visit(&fields)
        try fields.required(
            "previousAttempt",
            &previousAttempt,
            .ordinal,
            "The attempt that it follows: the daemon refuses with `stale_attempt` where its last one is another."
        )
        try visitLimits(&fields)
        try visitConfinement(&fields)
    }

    mutating func visitLimits(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("maxIterations", &maxIterations, .integer(1...1_000_000), "Over the life of the task.")
        try fields.optional("budgets", &budgets, .record, "Those that are left out stay.")
        try fields.optional("message", &message, .text(upTo: WireLimits.message, from: 1), "For the next prompt.")
        try fields.defaulted(
            "allowProtected",
            &allowProtected,
            .flag,
            else: false,
            "The changes to protected paths so far are allowed."
        )
        try fields.optional("waits", &waits, .flag, "Whether the task waits by itself for services.")
        try fields.defaulted("skipsWait", &skipsWait, .flag, else: false, "It begins at once, whatever it waits for.")
        try fields.defaulted(
            "reopen",
            &reopen,
            .flag,
            else: false,
            "It goes on though it is done: something more is wanted, or its work did not fit."
        )
        try fields.optional(
            "pullRequestRounds",
            &pullRequestRounds,
            .integer(0...100),
            "How often what comes back of a review is given to the agent, over the life of the task."
        )
        try fields.list(
            "checks",
            &checks,
            .list(.record, upTo: WireLimits.checks),
            "Take the place of all checks that the task has."
        )
    }

    mutating func visitConfinement(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("sandboxMode", &sandboxMode, .word, "How strictly it is confined.")
        try fields.optional("network", &network, .word, "What is seen of the network.")
        try fields.list("allowHosts", &allowHosts, .list(.host, upTo: 256), "Added to those of the task.")
        try fields.list("read", &read, .list(.absolutePath, upTo: 256), "Further paths that may be read.")
        try fields.optional("maxDiskMiB", &maxDiskMiB, .count, "What the task's files may take.")
        try fields.optional("maxMemoryMiB", &maxMemoryMiB, .count, "What a program may take.")
        try fields.optional("permissions", &permissions, .word, "What the agent may do unasked.")
        try fields.optional("agent", &agent, .record, "Who works from now on.")
        try fields.list("choices", &choices, .list(.record, upTo: 64), "As of `spawnTask`.")
        try fields.optional(
            "setupCommand",
            &setupCommand,
            .text(upTo: WireLimits.command, from: 1),
            "Prepares the workspace, as long as no agent has worked in it."
        )
    }
}

/// A task is to stop.
package struct StopTask: TaskCommand {
    package var head = CommandHead()
    package var force = false
    package var by: String?

    package init() {}

    package static let type = "stopTask"
    package static let meaning = """
        The task stops: its agent is asked to end, then made to; a checkpoint is taken; the attempt ends with the status \
        `interrupted`. The answer tells that this has begun, `taskComplete` that it is done.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try head.visit(&fields)
        try fields.defaulted("force", &force, .flag, else: false, "The agent is killed at once.")
        try fields.optional("by", &by, .label, "Who wants it.")
    }
}

/// An agent is to be interrupted, and the task to go on.
package struct InterruptTask: TaskCommand {
    package var head = CommandHead()
    package var message: String?
    package var by: String?

    package init() {}

    package static let type = "interruptTask"
    package static let meaning = """
        The present iteration ends: its agent is interrupted, what it did is kept and counts, and the task goes on with the next.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try head.visit(&fields)
        try fields.optional("message", &message, .text(upTo: WireLimits.message, from: 1), "For the next prompt.")
        try fields.optional("by", &by, .label, "Who wants it.")
    }
}

/// A person says something to the agent.
package struct SendMessage: TaskCommand {
    package var head = CommandHead()
    package var text = ""
    package var by: String?
    package var sentAt = Timestamp(millisecondsSince1970: 0)

    package init() {}

    package static let type = "sendMessage"
    package static let meaning = """
        A person says something to the agent: it hears it at once where it can, and reads it in its next prompt else. The command's \
        id is that of the message.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try head.visit(&fields)
        try fields.required("text", &text, .text(upTo: WireLimits.message, from: 1), "What is said.")
        try fields.optional("by", &by, .label, "Who says it.")
        try fields.required("sentAt", &sentAt, .time, "When.")
    }
}

/// A person answers a question of the agent.
package struct AnswerQuestion: TaskCommand {
    package var head = CommandHead()
    package var question = 0
    package var text = ""
    package var by: String?
    package var answeredAt = Timestamp(millisecondsSince1970: 0)

    package init() {}

    package static let type = "answerQuestion"
    package static let meaning = """
        A person answers a question of the agent, or decides about a permission: then the text is `yes`, `always` or `no`, with \
        further words after `no` where there are any.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try head.visit(&fields)
        try fields.required("question", &question, .ordinal, "Its number, as the message `question` had it.")
        try fields.required("text", &text, .text(upTo: WireLimits.message, from: 1), "The answer.")
        try fields.optional("by", &by, .label, "Who answers.")
        try fields.required("answeredAt", &answeredAt, .time, "When.")
    }
}

/// The files of a task are to be those of a checkpoint.
package struct RestoreCheckpoint: TaskCommand {
    package var head = CommandHead()
    package var checkpoint = 0

    package init() {}

    package static let type = "restoreCheckpoint"
    package static let meaning = """
        The files of a task that does not run become those of a checkpoint; another one is taken before, which the answer names.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try head.visit(&fields)
        try fields.required("checkpoint", &checkpoint, .count, "Its number; 0 is the base.")
    }
}

/// The workspace of a task is to go.
package struct DeleteWorkspace: TaskCommand {
    package var head = CommandHead()
    package var force = false

    package init() {}

    package static let type = "deleteWorkspace"
    package static let meaning = """
        The workspace of a task that does not run goes. Refused where something is in it that is nowhere else, unless forced.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try head.visit(&fields)
        try fields.defaulted("force", &force, .flag, else: false, "It goes with what is nowhere else.")
    }
}

/// A daemon is to take no new tasks, or to take some again.
package struct Drain: WireMessage {
    package var id = ""
    package var draining = true
    package var stopAfterMilliseconds: Duration?

    package init() {}

    package static let type = "drain"
    package static let meaning = """
        The daemon takes no new tasks from now on, also after a restart, until the opposite is said. What it runs goes on.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("id", &id, .identifier, "Names the command.")
        try fields.defaulted("draining", &draining, .flag, else: true, "`false` ends it.")
        try fields.optional(
            "stopAfterMilliseconds",
            &stopAfterMilliseconds,
            .milliseconds,
            "What runs after that time is stopped, as by `stopTask`."
        )
    }
}
