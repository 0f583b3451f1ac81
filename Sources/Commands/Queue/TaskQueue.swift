package import Domain
package import Runner
package import Wire

/// The commands' way to a server that hands tasks to daemons.
package protocol TaskQueue: ContractBook {
    /// For people, as `http://127.0.0.1:7420`.
    var address: String { get }
    /// Where people find its pages: as ``address``, but for a server of this machine that is reached by TLS under a name.
    var pages: String { get }
    /// Makes all of the tasks, or none; the same `key` makes them once.
    func add(_ tasks: [TaskRequest], key: String) async throws -> CreationView
    /// All tasks of the server, newest first; with `text`, those that have it in their id or name.
    func tasks(matching text: String?) async throws -> [TaskView]
    /// The `latest` tasks of the server, and as many of those that are not over; newest first.
    func tasks(latest: Int) async throws -> [TaskView]
    /// `nil` where the server knows none.
    func task(_ id: TaskID) async throws -> TaskView?
    /// The task as it was asked for; `nil` where this version cannot read it.
    func document(of id: TaskID) async throws -> SpawnTask?
    /// What is known of a task beside how it stands.
    func history(of id: TaskID) async throws -> TaskHistory
    /// What has happened to the task after `position`: some of it, and where the next part begins, where there is one.
    func events(of id: TaskID, after position: Int) async throws -> EventPageView
    /// What programs of the task have printed to `streams` from `position` on, in pieces.
    func output(of id: TaskID, after position: Int, streams: [OutputStream]) async throws -> OutputPageView
    func questions(of id: TaskID) async throws -> [QuestionView]
    /// Forgets a task that no daemon has.
    func forget(_ id: TaskID) async throws
    /// The position of the task's latest event; 0 where there is none.
    func lastPosition(of id: TaskID) async throws -> Int
    /// Gives an order about a task.
    func give(_ order: QueueOrder, to id: TaskID) async throws -> OrderView
    /// Calls `body` with what happens to a task from the event after `position` on, until it returns false.
    ///
    /// Where the connection breaks, it is made again, and that is told; throws where it cannot be for long.
    func follow(_ id: TaskID, after position: Int, _ body: @Sendable (QueueStep) async throws -> Bool) async throws
    /// Makes a token; its secret is told this once.
    func makeToken(_ request: TokenRequest) async throws -> TokenView
    func tokens() async throws -> [TokenView]
    /// Lets a browser in with the rights of whoever asks.
    func makeLoginCode() async throws -> LoginCodeView
    /// From then on it is not accepted, and connections that came with it are closed.
    func revokeToken(_ id: String) async throws -> TokenView
    /// Changes nothing where the server has it.
    func makeDaemonKnown(_ request: DaemonRequest) async throws
    func daemons() async throws -> [DaemonView]
    /// Lets it take no new tasks, or some again.
    func drain(_ daemon: String, _ request: DrainRequest) async throws -> DaemonView
    /// The server forgets it, with its tokens; throws where it has tasks.
    func removeDaemon(_ daemon: String) async throws
}

/// What somebody learns who looks on.
package enum QueueStep: Hashable, Sendable {
    case event(EventView)
    /// The server cannot be reached; it is tried again and again.
    case away(message: String)
    case back
}

/// What a person wants of a task.
package enum QueueOrder: Hashable, Sendable {
    case stop(force: Bool)
    case pause
    case resume(Wire.ResumeRequest)
    case say(String)
    case answer(question: Int, String)
}

/// Makes servers and daemons of this machine, and finds those that are there.
package protocol FleetHost: Sendable {
    /// The server that commands go through: the one that is configured, or the one that runs on this machine; `nil` where there
    /// is none. Throws where that of this machine has begun and does not listen yet, or ends.
    func openQueue() async throws -> (any TaskQueue)?
    /// How many tasks of the server of this machine are not over, where it does not run; `nil` where it runs or never did.
    func tasksOfSleepingServer() async throws -> Int?
    /// The daemon whose files are in this machine's state directory; `nil` where there never was one.
    func ownDaemon() async throws -> String?
    /// The last attempt that a daemon of this machine had at a task; `nil` where none had one.
    func attempt(of task: TaskID) async throws -> LocalAttempt?
    /// Notes for the daemon of this machine, which does not run, that a task is to end; false where it has no such attempt, or
    /// runs.
    func leaveWish(_ wish: LocalWish, for task: TaskID) async throws -> Bool
    /// Runs until `stops` says so.
    func serve(_ options: ServerOptions, _ following: FleetFollowing) async throws
    func work(_ options: DaemonOptions, _ following: FleetFollowing) async throws
}

/// An attempt that a daemon of this machine had, or has.
package struct LocalAttempt: Hashable, Sendable {
    package var number: Int
    /// The server has not given the task to another daemon since, as far as this one knows.
    package var isHeld: Bool
    /// It goes on by itself when its daemon, which does not run, is started.
    package var goesOn: Bool

    package init(number: Int, isHeld: Bool, goesOn: Bool = false) {
        self.number = number
        self.isHeld = isHeld
        self.goesOn = goesOn
    }
}

/// What a person wants of a task whose daemon does not run.
package enum LocalWish: Hashable, Sendable {
    case stop(force: Bool)
    case pause
}

/// Who is told what servers and daemons do, and who ends them.
package struct FleetFollowing: Sendable {
    package var stops: StopRequests
    package var log: LogFormat
    /// What happens, for the person at the terminal or for whoever collects logs.
    package var tell: @Sendable (LogLine) -> Void
    /// Is told once when the server takes requests.
    package var ready: @Sendable (ServerStanding) -> Void

    package init(
        stops: StopRequests,
        log: LogFormat = .text,
        tell: @escaping @Sendable (LogLine) -> Void,
        ready: @escaping @Sendable (ServerStanding) -> Void
    ) {
        self.stops = stops
        self.log = log
        self.tell = tell
        self.ready = ready
    }
}

/// Where a server is to be found.
package struct ServerStanding: Hashable, Sendable {
    package var url: String
    /// The file with the token of who started it.
    package var tokenFile: String
    /// Whether that was made just now.
    package var isNew: Bool

    package init(url: String, tokenFile: String, isNew: Bool) {
        self.url = url
        self.tokenFile = tokenFile
        self.isNew = isNew
    }
}

/// How a server is to listen; what is `nil` is as configured.
package struct ServerOptions: Hashable, Sendable {
    package var host: String?
    package var port: Int?
    /// Files in PEM; both or none.
    package var certificate: String?
    package var key: String?
    /// Names besides those of loopback under which it is reached; added to those configured.
    package var names: [String] = []
    /// How long a daemon that is not heard of counts as connected.
    package var lease: Duration?
    /// How long after that it keeps what it has.
    package var grace: Duration?
    /// The load average for each processor from which on a daemon gets nothing.
    package var mostLoad = 2.0
    /// Runs a daemon in the same process too.
    package var daemon: DaemonOptions?

    package init() {}
}

/// How a daemon is to work; what is `nil` is as configured.
package struct DaemonOptions: Hashable, Sendable {
    package var server: String?
    package var tokenFile: String?
    /// Of the authority that signed the server's certificate, in PEM; the system's where there is none.
    package var authority: String?
    /// As the server knows it; the machine's name where there is none.
    package var id: String?
    package var name: String?
    package var slots: Int?
    /// Added to those configured, as ``paths``.
    package var labels: [String] = []
    /// Repositories in these directories may be worked on where they are.
    package var paths: [String] = []

    package init() {}
}
