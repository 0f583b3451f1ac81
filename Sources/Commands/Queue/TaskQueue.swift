package import Domain
package import Runner
package import Wire

/// The commands' way to a server that hands tasks to daemons.
package protocol TaskQueue: Sendable {
    /// For people, as `http://127.0.0.1:7420`.
    var address: String { get }
    /// Makes all of the tasks, or none; the same `key` makes them once.
    func add(_ tasks: [TaskRequest], key: String) async throws -> CreationView
    /// All tasks of the server, newest first.
    func tasks() async throws -> [TaskView]
    /// `nil` where the server knows none.
    func task(_ id: TaskID) async throws -> TaskView?
    /// The position of the task's latest event; 0 where there is none.
    func lastPosition(of id: TaskID) async throws -> Int
    /// Gives an order about a task.
    func give(_ order: QueueOrder, to id: TaskID) async throws -> OrderView
    /// Calls `body` with what happens to a task from the event after `position` on, until it returns false.
    ///
    /// Where the connection breaks, it is made again.
    func follow(_ id: TaskID, after position: Int, _ body: @Sendable (EventView) async throws -> Bool) async throws
    /// Makes a token; its secret is told this once.
    func makeToken(_ request: TokenRequest) async throws -> TokenView
    func makeDaemonKnown(_ request: DaemonRequest) async throws
}

/// What a person wants of a task.
package enum QueueOrder: Hashable, Sendable {
    case stop(force: Bool)
    case resume(Wire.ResumeRequest)
    case say(String)
    case answer(question: Int, String)
}

/// Makes servers and daemons of this machine, and finds those that are there.
package protocol FleetHost: Sendable {
    /// The server that commands go through: the one that is configured, or the one that runs on this machine; `nil` where there
    /// is none.
    func openQueue() async throws -> (any TaskQueue)?
    /// Runs until `stops` says so.
    func serve(_ options: ServerOptions, _ following: FleetFollowing) async throws
    func work(_ options: DaemonOptions, _ following: FleetFollowing) async throws
}

/// Who is told what servers and daemons do, and who ends them.
package struct FleetFollowing: Sendable {
    package var stops: StopRequests
    /// A sentence for the person at the terminal.
    package var tell: @Sendable (String) -> Void
    /// Is told once when the server takes requests.
    package var ready: @Sendable (ServerStanding) -> Void

    package init(
        stops: StopRequests,
        tell: @escaping @Sendable (String) -> Void,
        ready: @escaping @Sendable (ServerStanding) -> Void
    ) {
        self.stops = stops
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

/// How a server is to listen.
package struct ServerOptions: Hashable, Sendable {
    package var host = "127.0.0.1"
    package var port = 7420
    /// Files in PEM; both or none.
    package var certificate: String?
    package var key: String?
    /// Names besides those of loopback under which it is reached.
    package var names: [String] = []
    /// How long a daemon that is not heard of counts as connected.
    package var lease = Duration.seconds(30)
    /// How long after that it keeps what it has.
    package var grace = Duration.seconds(300)
    /// The load average for each processor from which on a daemon gets nothing.
    package var mostLoad = 2.0
    /// Runs a daemon in the same process too.
    package var daemon: DaemonOptions?

    package init() {}
}

/// How a daemon is to work.
package struct DaemonOptions: Hashable, Sendable {
    /// `nil` in a process with its server.
    package var server: String?
    package var tokenFile: String?
    /// Of the authority that signed the server's certificate, in PEM; the system's where there is none.
    package var authority: String?
    /// As the server knows it; the machine's name where there is none.
    package var id: String?
    package var name: String?
    package var slots: Int?
    package var labels: [String] = []
    /// Repositories in these directories may be worked on where they are.
    package var paths: [String] = []

    package init() {}
}
