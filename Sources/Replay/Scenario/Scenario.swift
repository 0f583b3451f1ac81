import Domain

/// One failure of another tool as a play: what a scripted agent does, and what the loop must make of it.
package struct Scenario: Sendable {
    package var id: String
    package var title: String
    package var needs: Set<Need>
    var limits: Limits
    /// What the agent does at its i-th start; never empty.
    var turns: [Turn]
    /// Whether the last turn is played again for ever.
    var repeatsLast: Bool
    var setup: Setup
    var plan: Plan
    var timeouts: ShortTimeouts
    /// When the play begins; `nil` where it does not matter.
    var clock: LocalTime?
    /// Added to makima's own environment.
    var environment: [String: String]
    var phases: [Phase]
    var expectation: Expectation

    /// What a play needs of whoever plays it.
    package enum Need: String, Hashable, Sendable, CaseIterable {
        case basic, setup, template, run, prompt, clock, chunks, bytes, big, hang, stdin, env, argv, resume
        case resumeFlag = "resume_flag"
        case cancel
        case daemon
        case webSocket = "ws"
    }

    /// What it needs that makima does not have yet; empty when it can be played.
    package var missing: [Need] {
        [.daemon, .webSocket].filter { needs.contains($0) }
    }

    struct Limits: Hashable, Sendable {
        var maxIterations: Int?
        var ceiling: Int?
        var noChange: Int?
        var sameError: Int?
    }

    enum Plan: Hashable, Sendable {
        case any
        case text(String)
        case bytes(Int)
    }

    /// Time limits of the scenario; `nil` leaves makima's own.
    struct ShortTimeouts: Hashable, Sendable {
        var iteration: Duration?
        var stall: Duration?
        var toolCall: Duration?
    }

    /// A part of the play that a person's resume separates from the one before.
    struct Phase: Hashable, Sendable {
        /// `nil` for the first phase.
        var resume: Resume?
        var status: String?
        var iterations: Int?
    }

    struct Resume: Hashable, Sendable {
        var maxIterations: Int?
    }

    /// What the repository is like before the play begins.
    struct Setup: Sendable {
        var files: [(path: String, text: String)] = []
        /// How often a task before this one failed in the same way, until its breaker opened.
        var earlierFailures: Int?
        var unsetConfiguration: [String] = []
        /// The branch that the work begins at is checked out in another worktree.
        var isBranchCheckedOutElsewhere = false
        /// The branch that the work begins at belongs to a worktree whose directory is gone.
        var hasStaleWorktree = false
        /// Files that this branch has in commits of its own.
        var branchFiles: [String] = []
        var heldLock: HeldLock?
        /// A lock of git's index is left in the repository, and by the agent in its workspace.
        var hasStaleIndexLock = false
        var completion: String?
    }

    struct HeldLock: Hashable, Sendable {
        var path: String
        var time: Duration
    }
}

extension Scenario: CustomStringConvertible {
    package var description: String { "\(id) \(title)" }
}

/// What the agent does at one start.
struct Turn: Sendable {
    var output = Output.bytes([])
    var errorOutput = ""
    var exit = 0
    var writes: [(path: String, text: String)] = []
    /// A line of shell, after the files were written.
    var shell: String?
    var commits = false
    var sleep = Duration.zero
    var ending = Ending.exits
    /// Variables that must not be set; the turn fails where one is.
    var refusedVariables: [String] = []
    var leastPromptBytes = 0

    enum Output: Hashable, Sendable {
        case bytes([UInt8])
        case chunks([Chunk])
        /// The first text, the long line, the last text.
        case long(head: String, LongLine, tail: String)
    }

    struct Chunk: Hashable, Sendable {
        /// Before it is printed.
        var delay: Duration
        var bytes: [UInt8]
    }

    struct LongLine: Hashable, Sendable {
        var prefix: String
        /// One ASCII character.
        var fill: String
        var count: Int
        var suffix: String
    }

    enum Ending: String, Hashable, Sendable {
        case exits
        case hangs = "hang"
        case hangsIgnoringSignals = "hang_ignore_term"
    }
}
