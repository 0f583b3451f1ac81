import ArgumentParser
import Domain
import Runner

/// `makima up`: a server and a daemon in one process.
struct RunUp: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Run a server and a daemon on this machine",
        discussion: """
            Takes tasks ('makima add', 'makima run --detach') and works on several at once, until Ctrl-C. Only this machine \
            reaches it, with the token in a file that it makes at its first start.
            """
    )

    @Option(help: ArgumentHelp("The port on 127.0.0.1; 0 is any that is free (default: 7420)", valueName: "number"))
    var port: Int?

    @OptionGroup(title: "Daemon") var work: WorkOptions
    @OptionGroup var log: LogOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func validate() throws { try PortArgument.validate(port) }

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        var options = ServerOptions()
        options.host = "127.0.0.1"
        options.port = port
        options.daemon = work.options(in: environment)
        // Its slots alone say how much it takes on: nobody else could take it.
        options.mostLoad = .infinity
        // Whoever reaches it could run a task in any of them without it as well.
        if work.repoPath.isEmpty { options.daemon?.paths = ["/"] }
        let following = FleetFollowing(environment, log, format, quiet)
        try await environment.machine.serve(options, following)
        return .success
    }
}

/// `makima server`: hands tasks to daemons.
struct RunServer: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server",
        abstract: "Run a server that hands tasks to daemons",
        discussion: """
            Without TLS it listens on this machine's own addresses only. 'makima token' makes the tokens of daemons and people.
            """
    )

    @Option(help: ArgumentHelp("The address to listen on (default: 127.0.0.1)", valueName: "address"))
    var host: String?

    @Option(help: ArgumentHelp("The port; 0 is any that is free (default: 7420)", valueName: "number"))
    var port: Int?

    @Option(help: ArgumentHelp("The certificate and those above it, in PEM", valueName: "file"), completion: .file())
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key, in PEM", valueName: "file"), completion: .file())
    var tlsKey: String?

    @Option(help: ArgumentHelp("A name under which it is reached; repeatable", valueName: "name"))
    var serverName: [String] = []

    @Option(
        help: ArgumentHelp(
            "How long a daemon that is not heard of counts as connected (default: 30s)",
            valueName: "time"
        ),
        transform: DurationArgument.parse
    )
    var lease: DurationArgument?

    @Option(
        help: ArgumentHelp("How long after that it keeps its tasks, and works on (default: 5m)", valueName: "time"),
        transform: DurationArgument.parse
    )
    var grace: DurationArgument?

    @Option(help: ArgumentHelp("The load for each processor at which a daemon gets no more tasks", valueName: "number"))
    var mostLoad = 2.0

    @OptionGroup var log: LogOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func validate() throws {
        try PortArgument.validate(port)
        if let lease, lease.duration < .seconds(3) { throw ValidationError("'--lease' is to be 3s at least.") }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("'--tls-certificate' and '--tls-key' belong together.")
        }
    }

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        var options = ServerOptions()
        options.host = host
        options.port = port
        options.certificate = tlsCertificate.map(environment.absolute)
        options.key = tlsKey.map(environment.absolute)
        options.names = serverName
        options.lease = lease?.duration
        options.grace = grace?.duration
        options.mostLoad = mostLoad
        try await environment.machine.serve(options, FleetFollowing(environment, log, format, quiet))
        return .success
    }
}

/// `makima daemon`: works for a server.
struct RunDaemon: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Run a daemon that works for a server",
        discussion: "Where the server cannot be reached it works on, and reports later."
    )

    @Option(help: ArgumentHelp("The server, as https://HOST:PORT (default: 'daemon.server')", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp("The file with the daemon's token; only its owner may read it", valueName: "file"),
        completion: .file()
    )
    var tokenFile: String?

    @Option(help: ArgumentHelp("Its id at the server (default: this machine's name)", valueName: "id"))
    var id: String?

    @Option(
        help: ArgumentHelp("The authority that signed the server's certificate, in PEM", valueName: "file"),
        completion: .file()
    )
    var authority: String?

    @OptionGroup var work: WorkOptions
    @OptionGroup var log: LogOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        var options = work.options(in: environment)
        options.server = server
        options.id = id
        options.tokenFile = tokenFile.map(environment.absolute)
        options.authority = authority.map(environment.absolute)
        try await environment.machine.work(options, FleetFollowing(environment, log, format, quiet))
        return .success
    }
}

/// How a daemon works.
struct WorkOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many tasks run side by side (default: 4)", valueName: "number"))
    var slots: Int?

    @Option(help: ArgumentHelp("What tasks may ask for; repeatable", valueName: "word"))
    var label: [String] = []

    @Option(help: ArgumentHelp("What people call it (default: this machine's name)", valueName: "text"))
    var daemonName: String?

    @Option(
        help: ArgumentHelp(
            "Work on repositories in this directory where they are; repeatable",
            valueName: "dir"
        ),
        completion: .directory
    )
    var repoPath: [String] = []

    func validate() throws {
        if let slots, !(1...1000).contains(slots) { throw ValidationError("'--slots' is to be from 1 to 1000.") }
    }

    func options(in environment: CommandEnvironment) -> DaemonOptions {
        var options = DaemonOptions()
        options.slots = slots
        options.labels = label
        options.name = daemonName
        options.paths = repoPath.map(environment.absolute)
        return options
    }
}

enum PortArgument {
    static func validate(_ port: Int?) throws {
        guard (0...65535).contains(port ?? 0) else { throw ValidationError("'--port' is to be from 0 to 65535.") }
    }
}

extension FleetFollowing {
    /// Tells the person at the terminal; ends with Ctrl-C.
    init(_ environment: CommandEnvironment, _ log: LogOptions, _ format: FormatOptions, _ quiet: QuietOptions) {
        let (answers, notes) = (environment.answers, environment.notes(quiet))
        let isJSON = format.json
        let (isLogJSON, wallClock) = (log.logFormat == .json, environment.wallClock)
        self.init(
            stops: environment.listenForStops(),
            log: log.logFormat,
            tell: { line in
                if isLogJSON {
                    notes.print(json: line.json(at: wallClock.now()))
                } else {
                    notes.print(StyledLine(line.message))
                }
            },
            ready: { standing in
                if isJSON {
                    let fields: [(String, JSONValue)] = [
                        ("url", .text(standing.url)), ("tokenFile", .text(standing.tokenFile)),
                    ]
                    answers.print(json: .fields(fields))
                    return
                }
                answers.print(StyledLine("makima listens on \(standing.url)"))
                // Whoever collects lines of JSON gets no others.
                guard !isLogJSON else { return }
                notes.print([
                    StyledLine("The token is in \(standing.tokenFile)\(standing.isNew ? ", made just now" : "")."),
                    StyledLine("Hint: ", .accent)
                        + StyledLine(
                            "Queue tasks with 'makima add FILE' or 'makima run --detach PLAN', and see them with 'makima open'; Ctrl-C ends it."
                        ),
                ])
            }
        )
    }
}
