package import Domain
package import Runner

/// What commands need of this machine, joined; the composition root is the one that implements it.
package protocol Machine: TaskServiceProvider, RepositoryInspector, MachineInspector, TranscriptSource, ScenarioPlayer,
    ToolServing, PlanSource, FleetHost, NotificationHost
{}

/// Gives commands the settings and the service that works by them.
package protocol TaskServiceProvider: Sendable {
    /// Reads the user's file, the repository's (at its base commit) and the environment, validated as a whole.
    func loadSettings(for repository: RepositoryFacts?) async throws -> Settings
    func makeService() async throws -> any TaskService
}

/// Looks at the user's repository.
package protocol RepositoryInspector: Sendable {
    /// Returns `nil` when no repository contains `path`; throws when there is one, but not the revision `base`.
    /// Without `base` the work begins at HEAD.
    func inspectRepository(at path: String, base: String?) async throws -> RepositoryFacts?
    /// Whether there is something at the absolute path.
    func isThere(_ path: String) -> Bool
    /// Whether work can be merged into the branch, given without `refs/heads/`: it is there, or is to have its first commit.
    func canMerge(into branch: String, in repository: RepositoryFacts) async throws -> Bool
    /// What of the checkout is in no commit.
    func countUncommittedChanges(in repository: RepositoryFacts) async throws -> CheckoutChanges
}

/// The repository that a task is to work on.
package struct RepositoryFacts: Hashable, Sendable {
    /// Absolute path of the work tree's root, or of the bare repository.
    package var path: String
    /// `nil` when HEAD is unborn.
    package var base: CommitID?
    /// Without `refs/heads/`; `nil` when the base is no branch.
    package var baseBranch: String?
    /// Branches that have commits, where HEAD has none.
    package var otherBranches: [String]

    package init(path: String, base: CommitID?, baseBranch: String?, otherBranches: [String] = []) {
        self.path = path
        self.base = base
        self.baseBranch = baseBranch
        self.otherBranches = otherBranches
    }
}

/// Says what this machine can do.
package protocol MachineInspector: Sendable {
    /// Carries out the checks of `makima doctor`, in the order in which they are shown.
    func diagnose() async -> [Diagnosis]
    /// What is known of an agent without starting its program.
    func report(on agent: AgentConfiguration) async -> AgentReport
    /// The same, with the versions that their programs tell, asked at the same time.
    func reports(on agents: [AgentConfiguration]) async -> [AgentReport]
}

/// One finding of `makima doctor`.
package struct Diagnosis: Hashable, Sendable {
    package enum Verdict: String, Hashable, Sendable {
        /// As it should be.
        case fine
        /// makima works, with less than it could.
        case warning
        /// makima cannot work like this.
        case broken
    }

    /// What was looked at, as `git` or `sandbox`.
    package var subject: String
    package var verdict: Verdict
    /// What was found.
    package var finding: String
    /// What to do about it.
    package var hint: String?

    package init(subject: String, verdict: Verdict, finding: String, hint: String? = nil) {
        self.subject = subject
        self.verdict = verdict
        self.finding = finding
        self.hint = hint
    }
}

/// What an agent can do, and whether it is there.
package struct AgentReport: Hashable, Sendable {
    /// The program's absolute path; `nil` when it is not installed.
    package var program: String?
    package var version: String?
    /// Its conversation can be continued in the next iteration.
    package var continuesSessions: Bool
    package var reportsCost: Bool
    package var reportsTokens: Bool
    /// Its program may print records that tell its tokens, and need not.
    package var mayReportTokens = false
    /// Its output tells about tool calls.
    package var reportsToolCalls: Bool
    /// Whether it is given makima's tools, with which it can ask people.
    package var takesTools = true
    /// What it can be held to, in the sandbox.
    package var permissions: [PermissionMode] = [.full]
    /// What a person should know: that a script is no intelligence, for one.
    package var remark: String?

    package init(
        program: String?,
        version: String? = nil,
        continuesSessions: Bool,
        reportsCost: Bool,
        reportsTokens: Bool,
        reportsToolCalls: Bool
    ) {
        self.program = program
        self.version = version
        self.continuesSessions = continuesSessions
        self.reportsCost = reportsCost
        self.reportsTokens = reportsTokens
        self.reportsToolCalls = reportsToolCalls
    }
}

/// Makes readers of agents' output.
package protocol TranscriptSource: Sendable {
    func makeTranscriptReader(for agent: AgentKind) -> any TranscriptReader
}

/// Reads one file of agent output, piece by piece, in bounded memory.
package protocol TranscriptReader: Sendable {
    mutating func consume(_ bytes: [UInt8]) -> [AgentEvent]
    /// No more bytes come.
    mutating func finish() -> [AgentEvent]
}

/// Plays a scenario as the `script` agent.
package protocol ScenarioPlayer: Sendable {
    /// Returns the exit status that the scenario asks for.
    func playScenario(at path: String) async throws -> Int32
}

/// Serves makima's tools to an agent's program.
package protocol ToolServing: Sendable {
    /// Returns when the agent's program closes standard input.
    func serveTools(_ service: ToolService) async throws
    /// Has makima carry out one call of an agent that leads others, and returns what it says.
    func callTool(_ call: ToolCallWish, by service: ToolService) async throws -> ToolCallAnswer
}

/// Reads the plan of a task.
package protocol PlanSource: Sendable {
    /// Reads standard input to its end; throws above `limit` bytes.
    func readStandardInput(upTo limit: Int) throws -> [UInt8]
}
