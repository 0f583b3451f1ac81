/// A command whose exit status decides whether the work is accepted.
package struct CheckDefinition: Hashable, Sendable, Codable {
    /// Unique within a task; the command itself where no name was given.
    package var name: String
    /// Run by `/bin/sh -c` in the workspace.
    package var command: String
    /// Overrides the task's check time-out.
    package var timeout: Duration?
    /// Run in a clean checkout of the checkpoint instead of the workspace.
    package var clean: Bool
    /// What of the task's network it sees at most; `nil` is all of it.
    ///
    /// Never more, whoever wishes it: what the agent wrote runs in a check.
    package var network: NetworkMode?

    package init(name: String, command: String, timeout: Duration? = nil, clean: Bool = false) {
        self.name = name
        self.command = command
        self.timeout = timeout
        self.clean = clean
    }
}

/// The outcome of one execution of a check.
package enum CheckVerdict: Hashable, Sendable, Codable {
    case passed
    case failed(exitCode: Int32)
    /// The check could not be run to a verdict; not charged to the agent.
    case notEvaluated(NotEvaluatedCause)

    package var isPassed: Bool { self == .passed }
}

/// Why a check has no verdict.
package enum NotEvaluatedCause: Hashable, Sendable, Codable {
    /// Exit status 127: the shell did not find the program.
    case commandNotFound
    /// The same, and this machine has the program where the sandbox does not show it.
    case programHidden(program: String, paths: [String])
    /// Exit status 126: the program could not be executed.
    case notExecutable
    /// It ran longer than its time-out.
    case timedOut(after: Duration)
    /// It was ended by a signal, as by the kernel when memory runs out.
    case killed(signal: Int32)
    /// makima could not start it.
    case notStarted(message: String)
    /// A person stopped the task while it ran.
    case stopped
}

/// The record of one execution of one check.
package struct CheckReceipt: Hashable, Sendable, Codable {
    package var check: CheckDefinition
    package var verdict: CheckVerdict
    package var iteration: Int
    package var duration: Duration
    /// The tree that was checked.
    package var tree: TreeID
    /// The commit the task began from.
    package var base: CommitID
    /// The last part of its output (standard output and error as they came), valid UTF-8, at most 16 KiB.
    package var outputTail: String
    /// Where the complete output is kept.
    package var logPath: String
    /// What the kernel did to the check at the limits of its control group; `nil` is nothing.
    package var limitHits: LimitHits?

    package init(
        check: CheckDefinition,
        verdict: CheckVerdict,
        iteration: Int,
        duration: Duration,
        tree: TreeID,
        base: CommitID,
        outputTail: String,
        logPath: String
    ) {
        self.check = check
        self.verdict = verdict
        self.iteration = iteration
        self.duration = duration
        self.tree = tree
        self.base = base
        self.outputTail = outputTail
        self.logPath = logPath
    }
}
