package import Domain

/// Drives one kind of agent program: how it is started, and how what it prints is understood.
package protocol Agent: Sendable {
    /// What the program can do beyond reading a prompt and ending.
    var capabilities: AgentCapabilities { get }

    /// The same for one configuration, whose program may be able to do more than others of its kind.
    func capabilities(of configuration: AgentConfiguration) -> AgentCapabilities

    /// The files that say whose login the program uses, on the host; empty where makima knows of none.
    func logins(of configuration: AgentConfiguration) -> [String]

    /// Says how the program is started for `request`. Looks at the file system and changes nothing.
    func invocation(_ request: AgentRequest) throws(AgentError) -> AgentInvocation

    /// Returns a reader for what one process started for `request` prints.
    func makeReader(for request: AgentRequest) -> any AgentOutputReader

    /// Whether a process for `request` could go on with `session`: looks what the program keeps of it in its home, which
    /// the host has at `home`.
    ///
    /// To be asked before every start with a session: the agent can do with its home what it likes.
    func keeps(_ session: AgentSession, for request: AgentRequest, home: String) -> Bool
}

extension Agent {
    package func capabilities(of _: AgentConfiguration) -> AgentCapabilities { capabilities }

    package func keeps(_ session: AgentSession, for request: AgentRequest, home: String) -> Bool { false }
}

/// What an agent program can do beyond reading a prompt and ending.
package struct AgentCapabilities: Hashable, Sendable {
    /// It says what it does while it does it.
    package var streams: Bool
    /// A later process can go on with an earlier one's conversation.
    package var resumes: Bool
    package var reportsCost: Bool
    package var reportsTokens: Bool
    /// Where the program prints records that makima knows, they may say what it spends.
    package var mayReportTokens: Bool
    /// It ends by itself, and tidily, on SIGINT.
    package var endsOnInterrupt: Bool
    /// People can talk to it while it works.
    package var listens: Bool
    /// It can be given makima's own tools (Model Context Protocol).
    package var takesTools: Bool
    /// What its program can be held to by itself, in any surroundings.
    package var permissions: Set<PermissionMode> = [.full]
    /// Its program does not let this user have it do everything, unless it is confined.
    package var refusesFullUnconfined = false

    package init(
        streams: Bool = false,
        resumes: Bool = false,
        reportsCost: Bool = false,
        reportsTokens: Bool = false,
        mayReportTokens: Bool = false,
        endsOnInterrupt: Bool = false,
        listens: Bool = false,
        takesTools: Bool = false
    ) {
        self.listens = listens
        self.takesTools = takesTools
        self.streams = streams
        self.resumes = resumes
        self.reportsCost = reportsCost
        self.reportsTokens = reportsTokens
        self.mayReportTokens = mayReportTokens
        self.endsOnInterrupt = endsOnInterrupt
    }
}

extension AgentCapabilities {
    /// Whether the agent is held to `mode`.
    ///
    /// In the sandbox, any program that only plans finds its workspace read-only.
    package func supports(_ mode: PermissionMode, isConfined: Bool) -> Bool {
        if mode == .full, refusesFullUnconfined, !isConfined { return false }
        return permissions.contains(mode) || mode == .plan && isConfined
    }
}

/// One iteration's wish to an agent.
package struct AgentRequest: Hashable, Sendable {
    package var configuration: AgentConfiguration
    /// What the person asked for, as they wrote it.
    ///
    /// Part of ``prompt``.
    package var plan: String
    /// Everything the agent is told, given on its standard input.
    package var prompt: String
    package var taskID: TaskID
    /// From 1.
    package var iteration: Int
    package var maxIterations: Int
    /// The conversation to go on with; `nil` begins a new one.
    ///
    /// Ignored by agents that cannot resume.
    package var session: AgentSession?
    /// makima's tools for the agent; `nil` for an agent that takes none.
    package var tools: ToolAccess?
    /// What it may do.
    package var permissions = Permissions()
    package var site: AgentSite

    package init(
        configuration: AgentConfiguration,
        plan: String,
        prompt: String,
        taskID: TaskID,
        iteration: Int,
        maxIterations: Int,
        session: AgentSession? = nil,
        site: AgentSite
    ) {
        self.configuration = configuration
        self.plan = plan
        self.prompt = prompt
        self.taskID = taskID
        self.iteration = iteration
        self.maxIterations = maxIterations
        self.session = session
        self.site = site
    }
}

/// A conversation of an agent that a later process may go on with.
package struct AgentSession: Hashable, Sendable, Codable {
    package var id: String
    /// What all earlier processes of this conversation cost.
    ///
    /// Some versions report the conversation's total only.
    package var cost: USD?
    /// The tokens of all earlier processes of this conversation that told them by kind; `nil` where none did.
    ///
    /// Some programs report the conversation's total only.
    package var tokens: ModelTokens?

    package init(id: String, cost: USD? = nil, tokens: ModelTokens? = nil) {
        self.id = id
        self.cost = cost
        self.tokens = tokens
    }
}

/// How the agent's program reaches makima's tools in one iteration.
package struct ToolAccess: Hashable, Sendable {
    /// The file into which the tool server writes what it is told, as the process sees it.
    package var file: String
    /// Marks what is written for this iteration: what comes from elsewhere does not count.
    package var token: String
    /// Whether somebody answers questions.
    package var asksPeople: Bool
    /// The file in which an agent that leads others is answered, as the process sees it; `nil` for one that does not.
    package var replies: String?

    package init(file: String, token: String, asksPeople: Bool) {
        self.file = file
        self.token = token
        self.asksPeople = asksPeople
    }

    /// The variable that holds ``token``.
    package static let tokenVariable = "MAKIMA_TOOLS_TOKEN"

    /// The arguments with which makima's own program is the tool server.
    var serverArguments: [String] {
        ["mcp", "--file", file] + (asksPeople ? ["--ask"] : []) + (replies.map { ["--replies", $0] } ?? [])
    }
}

/// Where the agent's process runs, in paths as the process sees them.
package struct AgentSite: Hashable, Sendable {
    /// The agent's private home, which lasts over iterations.
    package var home: String
    /// The directory that the process is started in: the root of the workspace.
    package var directory: String
    /// Whether the process runs in makima's sandbox.
    package var isConfined: Bool

    package init(home: String, directory: String, isConfined: Bool) {
        self.home = home
        self.directory = directory
        self.isConfined = isConfined
    }

    /// Where every process in the sandbox finds itself.
    package static let confined = AgentSite(home: "/home/agent", directory: "/workspace", isConfined: true)

    /// `directory` of the process as the host has it, which has the agent's home at `hostHome`.
    func hostPath(of directory: String, hostHome: String) -> String {
        directory.hasPrefix(home + "/") ? hostHome + directory.dropFirst(home.count) : directory
    }
}

/// How an agent's process is started.
///
/// A value: nothing has happened yet.
package struct AgentInvocation: Hashable, Sendable {
    /// Absolute path on the host.
    package var program: String
    package var arguments: [String]
    /// The complete environment; nothing else is inherited.
    package var environment: [String: String]
    /// The whole standard input.
    package var input: [UInt8]
    /// Paths of the host that must be visible to the process, beside the system's, at the same place.
    package var readablePaths: [String]
    package var credentials: [CredentialFile]
    /// Variables with keys that the user has set and that are not passed on; worth a notice.
    package var withheldKeys: [String]

    package init(
        program: String,
        arguments: [String],
        environment: [String: String],
        input: [UInt8],
        readablePaths: [String] = [],
        credentials: [CredentialFile] = [],
        withheldKeys: [String] = []
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.input = input
        self.readablePaths = readablePaths
        self.credentials = credentials
        self.withheldKeys = withheldKeys
    }
}

/// A file of the user's own, shared with the agent's private home: the login, so that the vendor's program stays logged
/// in, or the settings without which the login is no use.
///
/// It may not exist: the program then says that it is not logged in.
package struct CredentialFile: Hashable, Sendable {
    /// Absolute path on the host.
    package var source: String
    /// Relative to the agent's home.
    package var pathInHome: String
    /// Whether the program may change it, in the sandbox: a login is renewed.
    package var isWritable: Bool

    package init(source: String, pathInHome: String, isWritable: Bool = true) {
        self.source = source
        self.pathInHome = pathInHome
        self.isWritable = isWritable
    }
}

/// Why an agent cannot be started.
package enum AgentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `searched` holds the directories looked into; empty for a name that is a path.
    case programNotFound(name: String, searched: [String])
    case programNotExecutable(path: String)
    /// The first line of a script names a program that is not there.
    case interpreterMissing(script: String, interpreter: String)
    case commandMissing(agent: String)
    case scenarioMissing(agent: String)
    case scenarioNotFound(path: String)
    case scenarioInvalid(path: String, problem: String)

    package var description: String {
        switch self {
        case .programNotFound(let name, let searched) where searched.isEmpty:
            "There is no program at '\(name)'."
        case .programNotFound(let name, let searched):
            "The program '\(name)' is in none of the directories of PATH (\(searched.joined(separator: ":")))."
        case .programNotExecutable(let path):
            "The program '\(path)' cannot be executed."
        case .interpreterMissing(let script, let interpreter) where interpreter.hasSuffix("\r"):
            "The script '\(script)' cannot be started: its first line ends in a carriage return (CRLF), which the system takes for a "
                + "part of '\(interpreter.dropLast())'."
        case .interpreterMissing(let script, let interpreter):
            "The script '\(script)' cannot be started: there is no '\(interpreter)', which its first line names."
        case .commandMissing(let agent):
            "The agent '\(agent)' has no program: set 'command' under [agents.\(agent)] in makima's config.toml, or the "
                + "variable MAKIMA_AGENTS_\(agent.uppercased().map { $0 == "-" ? "_" : String($0) }.joined())_COMMAND."
        case .scenarioMissing(let agent):
            "The agent '\(agent)' has no scenario: name a file as its 'command', or give the scenario as the plan."
        case .scenarioNotFound(let path):
            "There is no scenario file at '\(path)'."
        case .scenarioInvalid(let path, let problem):
            "The scenario '\(path)' cannot be played: \(problem)."
        }
    }
}
