/// A task as the journal knows it.
package struct TaskRecord: Hashable, Sendable, Codable {
    package var spec: TaskSpec
    package var status: TaskStatus
    /// `nil` while the task is pending or active and nothing has stopped it yet.
    package var reason: Reason?
    /// Iterations used over the life of the task.
    package var iterations: Int
    /// Runs begun over the life of the task; the number of the current one is the attempt.
    package var runs: Int
    package var usage: Usage
    /// Time in which agents and checks were running.
    package var activeTime: Duration
    /// The branch that the completion action made, where it did.
    package var branch: String?
    /// What is known of the work at a forge; `nil` while it was not pushed.
    package var forge: ForgeRecord?
    /// The conversation the next iteration may continue.
    package var sessionID: String?
    /// The state of the loop, opaque to the journal: ``LoopCore`` wrote it and reads it.
    package var loopMemory: String?
    /// Changes to protected paths up to this tree are allowed by a person; `nil` while none are.
    package var acceptedTree: TreeID?
    /// The last time that the circuit breaker was left half open; `nil` while it never was.
    package var strategyChange: StrategyChange?
    /// The last time that an agent was at a limit and another took over, or that it came back; `nil` while that never was.
    package var agentChange: AgentChange?
    /// What is kept of agents that do not work now, by name; `nil` is of none.
    package var standings: [String: AgentStanding]?
    /// The wait before the next try, or the one that this try probes; `nil` where there is none.
    ///
    /// Stays while the task is interrupted: a resume waits for the rest.
    package var wait: TaskWait?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(spec: TaskSpec, createdAt: Timestamp) {
        self.spec = spec
        self.status = .pending
        self.reason = nil
        self.iterations = 0
        self.runs = 0
        self.usage = Usage()
        self.activeTime = .zero
        self.branch = nil
        self.sessionID = nil
        self.loopMemory = nil
        self.acceptedTree = nil
        self.wait = nil
        self.createdAt = createdAt
        self.updatedAt = createdAt
    }

    package var id: TaskID { spec.id }

    package var proof: Proof? {
        guard case .completed(let proof) = reason else { return nil }
        return proof
    }
}

/// One iteration of a task, from its write-ahead record to its end.
package struct IterationRecord: Hashable, Sendable, Codable {
    /// Counted from 1 over the life of the task.
    ///
    /// The same number may be tried again after an end that does not count.
    package var number: Int
    /// Which try of this number this is, from 1.
    package var attempt: Int
    /// The run it belongs to, from 1.
    package var run: Int
    package var startedAt: Timestamp
    /// `nil` while it runs, and until somebody looks where its owner died.
    package var endedAt: Timestamp?
    /// `nil` while it runs.
    package var outcome: IterationOutcome?

    package init(number: Int, attempt: Int, run: Int, startedAt: Timestamp) {
        self.number = number
        self.attempt = attempt
        self.run = run
        self.startedAt = startedAt
    }
}

/// How an iteration ended, for people and for the next prompt.
package struct IterationOutcome: Hashable, Sendable, Codable {
    package var agent: AgentOutcome
    package var gate: GateReading
    /// `nil` where the tree could not be kept.
    package var checkpoint: Checkpoint?
    package var receipts: [CheckReceipt]
    /// Whether it used up one of the task's iterations.
    package var counted: Bool
    /// Set when the owner died in the middle of it.
    package var ownerDied: Bool
    /// Set when a person's stop ended it.
    package var wasStopped: Bool?
    /// Something in the workspace could not be taken into the checkpoint's tree.
    package var hasFilesOutsideTree: Bool?
    /// The numbers of the messages that its prompt held; `nil` is none.
    package var messages: [Int]?
    /// What the agent noted by its tool; `nil` is nothing.
    package var notes: [String]?
    /// What it asked by its tool last; `nil` is nothing.
    package var question: AskedQuestion?
    /// What the agent waited to be allowed when it was ended; `nil` where it was not ended for that.
    package var unanswered: PermissionRequest?
    /// What the kernel did to the agent at the limits of its control group; `nil` is nothing.
    package var limitHits: LimitHits?
    /// Who worked; `nil` in iterations that were recorded before agents could change.
    package var performer: Performer?
    /// Why what the agent printed could not be read after its owner had died; `nil` where it was.
    package var unreadableOutput: String?

    /// The agent of one iteration.
    package struct Performer: Hashable, Sendable, Codable {
        /// As configured.
        package var name: String
        package var kind: AgentKind

        package init(_ agent: AgentConfiguration) {
            name = agent.name
            kind = agent.kind
        }
    }

    package init(
        agent: AgentOutcome,
        gate: GateReading,
        checkpoint: Checkpoint?,
        receipts: [CheckReceipt] = [],
        counted: Bool,
        ownerDied: Bool = false
    ) {
        self.agent = agent
        self.gate = gate
        self.checkpoint = checkpoint
        self.receipts = receipts
        self.counted = counted
        self.ownerDied = ownerDied
    }
}

/// A commit of the complete workspace tree, kept under a private ref.
package struct Checkpoint: Hashable, Sendable, Codable {
    /// Counted from 1 over the life of the task; 0 is the base.
    package var number: Int
    package var commit: CommitID
    package var tree: TreeID
    package var cause: CheckpointCause
    /// The iteration it was taken in or after; 0 before the first.
    package var iteration: Int
    /// The agent's own HEAD at that time; `nil` when unborn or unreadable.
    package var agentHead: CommitID?
    package var takenAt: Timestamp
    /// Against the checkpoint before.
    package var change: ChangeSize

    package init(
        number: Int,
        commit: CommitID,
        tree: TreeID,
        cause: CheckpointCause,
        iteration: Int,
        agentHead: CommitID?,
        takenAt: Timestamp,
        change: ChangeSize
    ) {
        self.number = number
        self.commit = commit
        self.tree = tree
        self.cause = cause
        self.iteration = iteration
        self.agentHead = agentHead
        self.takenAt = takenAt
        self.change = change
    }
}

/// What made makima take a checkpoint.
package enum CheckpointCause: String, Hashable, Sendable, Codable {
    case base
    case iterationEnded = "iteration_ended"
    case heartbeat
    case checksRan = "checks_ran"
    case beforeRestore = "before_restore"
    case restored
    case recovered
    case stopped

    /// Whether a restore took it: it is of what a person wanted to have in the workspace, not of what the agent has done.
    package var isOfRestore: Bool { self == .beforeRestore || self == .restored }
}

/// How much changed between two trees.
package struct ChangeSize: Hashable, Sendable, Codable {
    package var files: Int
    package var insertions: Int
    package var deletions: Int

    package init(files: Int = 0, insertions: Int = 0, deletions: Int = 0) {
        self.files = files
        self.insertions = insertions
        self.deletions = deletions
    }
}
