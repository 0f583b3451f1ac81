package import Domain
package import Runner

/// Everything a command touches of the world.
///
/// Made by the composition root, or by a test; there are no globals.
package struct CommandEnvironment: Sendable {
    /// The arguments without the program's name.
    package var arguments: [String]
    /// The process environment.
    package var variables: [String: String]
    /// Absolute path; relative paths on the command line begin here.
    package var currentDirectory: String
    /// Takes the answer of a command.
    package var standardOutput: any OutputSink
    /// Takes status, progress, warnings, hints and errors.
    package var standardError: any OutputSink
    /// The terminal that a command may take over as a whole.
    package var terminal: any ScreenTerminal
    package var wallClock: any WallClock
    /// Measures elapsed time and wakes the live view.
    package var clock: any Clock<Duration>
    package var makeTaskID: @Sendable () -> TaskID
    /// Takes over interrupt and terminate signals from now on.
    ///
    /// Called by the commands that can stop gently only: in all others the signals keep their deadly meaning.
    package var listenForStops: @Sendable () -> StopRequests
    package var machine: any Machine

    package init(
        invocation: Invocation,
        streams: Streams,
        time: Time,
        machine: any Machine,
        listenForStops: @escaping @Sendable () -> StopRequests
    ) {
        arguments = invocation.arguments
        variables = invocation.variables
        currentDirectory = invocation.currentDirectory
        standardOutput = streams.output
        standardError = streams.error
        terminal = streams.terminal
        wallClock = time.wallClock
        clock = time.clock
        makeTaskID = invocation.makeTaskID
        self.listenForStops = listenForStops
        self.machine = machine
    }
}

extension CommandEnvironment {
    /// How the program was called.
    package struct Invocation: Sendable {
        package var arguments: [String]
        package var variables: [String: String]
        package var currentDirectory: String
        /// Draws the id of the task that this call makes.
        package var makeTaskID: @Sendable () -> TaskID

        package init(
            arguments: [String],
            variables: [String: String],
            currentDirectory: String,
            makeTaskID: @escaping @Sendable () -> TaskID
        ) {
            self.arguments = arguments
            self.variables = variables
            self.currentDirectory = currentDirectory
            self.makeTaskID = makeTaskID
        }
    }

    /// Where output goes.
    package struct Streams: Sendable {
        package var output: any OutputSink
        package var error: any OutputSink
        package var terminal: any ScreenTerminal

        package init(output: any OutputSink, error: any OutputSink, terminal: any ScreenTerminal) {
            self.output = output
            self.error = error
            self.terminal = terminal
        }
    }

    /// Where the time comes from.
    package struct Time: Sendable {
        package var wallClock: any WallClock
        package var clock: any Clock<Duration>

        package init(wallClock: any WallClock, clock: any Clock<Duration>) {
            self.wallClock = wallClock
            self.clock = clock
        }
    }
}

extension CommandEnvironment {
    /// `NO_COLOR` set to anything but nothing, or a terminal that is none, forbids colours (https://no-color.org).
    private var allowsColour: Bool {
        (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
    }

    /// Prints the answer.
    var answers: Printer { printer(standardOutput) }

    /// Prints errors, which no option silences.
    var complaints: Printer { printer(standardError) }

    /// Prints everything that is neither the answer nor an error.
    func notes(_ options: QuietOptions) -> Printer { printer(standardError, isSilent: options.quiet) }

    private func printer(_ sink: any OutputSink, isSilent: Bool = false) -> Printer {
        Printer(
            sink: sink,
            allowsColour: allowsColour,
            assumedColumns: TerminalSize.columns(in: variables),
            isSilent: isSilent
        )
    }

    /// `path` from the command line as an absolute one.
    ///
    /// `.` and doubled slashes are left out; what `..` means depends on links.
    func absolute(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : "\(currentDirectory)/\(path)"
        return "/" + whole.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// The paths of '--allow-read' as absolute ones; one where nothing is would be a mistake that nobody notices.
    func readable(_ paths: [String]) throws(CommandError) -> [String] {
        let paths = paths.map(absolute)
        if let missing = paths.first(where: { !machine.isThere($0) }) { throw .nothingToRead(path: missing) }
        return paths
    }
}
