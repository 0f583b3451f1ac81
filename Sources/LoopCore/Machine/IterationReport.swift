package import Domain

/// What one process of the agent left behind, gathered by the shell after nothing of it ran any more.
package struct IterationReport: Hashable, Sendable, Codable {
    package var number: Int
    package var end: IterationEnd
    /// The complete tree, kept as a checkpoint.
    ///
    /// `nil` where it could not be kept: then nothing is proven by it.
    package var tree: TreeID?
    package var agentHead: CommitID?
    /// The tree of ``agentHead``: tells a commit of work from an empty one.
    package var agentHeadTree: TreeID?
    package var gate: GateReading
    /// What this process alone has spent.
    package var usage: Usage
    package var activeTime: Duration
    /// The protected paths that differ from the base and that no person has allowed.
    package var changedProtectedPaths: [String]
    package var differsFromBase: Bool
    /// Whether this process left a conversation that a later one may continue.
    ///
    /// Where it did not come so far, an earlier conversation goes on.
    package var hasSession: Bool
    /// Whether it began a new conversation although it was to go on with one, which was not there; `nil` is no.
    package var beganSession: Bool?
    /// How full the conversation is; `nil` where the agent does not say.
    package var context: ContextFill?
    /// Whether people have said something that it has not heard; `nil` is no.
    package var hasUnheard: Bool?
    /// What it called for, of an agent that leads others; `nil` is nothing.
    package var calls: LeaderCalls?
    /// The end of what it printed to standard error, where a signal ended it; `nil` is nothing.
    package var lastErrors: String?
    /// What makes it impossible to go on, though the process has ended and counts; `nil` where nothing does.
    package var trouble: Reason?

    package init(
        number: Int,
        end: IterationEnd,
        tree: TreeID?,
        gate: GateReading = .missing,
        usage: Usage = Usage()
    ) {
        self.number = number
        self.end = end
        self.tree = tree
        self.agentHead = nil
        self.agentHeadTree = nil
        self.gate = gate
        self.usage = usage
        self.activeTime = .zero
        self.changedProtectedPaths = []
        self.differsFromBase = true
        self.hasSession = false
    }
}

/// What an agent that leads other tasks called for in one process.
package struct LeaderCalls: Hashable, Sendable, Codable {
    /// How many calls had an effect.
    package var effects: Int
    /// It waits for its tasks.
    package var parks: Bool

    package init(effects: Int = 0, parks: Bool = false) {
        self.effects = effects
        self.parks = parks
    }
}

/// What running the checks of one iteration left behind.
package struct ChecksReport: Hashable, Sendable, Codable {
    /// The iteration they judge.
    package var number: Int
    package var receipts: [CheckReceipt]
    /// The tree after the checks ran, where they ran in the workspace: their traces are not the agent's progress.
    package var treeAfterChecks: TreeID?
    package var activeTime: Duration
    /// Whether a check was ended because the task's time was used up: then those after it did not run, and nothing is said
    /// about the work.
    package var isCutByBudget = false
    /// Whether people have said something that the agent has not heard.
    package var hasUnheard = false

    package init(
        number: Int,
        receipts: [CheckReceipt],
        treeAfterChecks: TreeID? = nil,
        activeTime: Duration = .zero
    ) {
        self.number = number
        self.receipts = receipts
        self.treeAfterChecks = treeAfterChecks
        self.activeTime = activeTime
    }
}
