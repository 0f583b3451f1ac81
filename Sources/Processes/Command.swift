/// A program to start, with nothing inherited: exactly these arguments, this environment and this directory.
package struct Command: Hashable, Sendable {
    /// An absolute path, or a name looked up in the `PATH` of ``environment``.
    package var program: String
    package var arguments: [String]
    package var environment: [String: String]
    /// Absolute; `nil` means `/`.
    package var directory: String?
    package var input: StandardInput
    /// Whether descriptor 3 is a pipe that closes when makima is gone, however that ends; only for ``CommandLauncher``'s
    /// short programs.
    package var hasLifePipe = false
    /// What the program can read from its descriptor ``extraDescriptor``; nothing by default.
    package var extraInput: [UInt8]?

    /// Above those of every channel; a shell script can name no greater one.
    package static let extraDescriptor: Int32 = 9

    package init(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        directory: String? = nil,
        input: StandardInput = .none
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.input = input
    }
}

/// Where a program's standard input comes from.
package enum StandardInput: Hashable, Sendable {
    /// `/dev/null`.
    case none
    case bytes([UInt8])
    /// A file opened for reading.
    case file(String)
}

/// How a process ended.
package enum ExitStatus: Hashable, Sendable, Codable {
    case code(Int32)
    case signal(Int32)

    package var isSuccess: Bool { self == .code(0) }
}

/// What a short program printed and how it ended.
package struct CommandResult: Hashable, Sendable {
    package var status: ExitStatus
    package var output: [UInt8]
    package var errorOutput: [UInt8]
    /// Whether output beyond the cap was dropped.
    package var isTruncated: Bool

    package init(status: ExitStatus, output: [UInt8] = [], errorOutput: [UInt8] = [], isTruncated: Bool = false) {
        self.status = status
        self.output = output
        self.errorOutput = errorOutput
        self.isTruncated = isTruncated
    }
}

/// Starts short programs, such as git, and collects what they print.
package protocol CommandLauncher: Sendable {
    /// Runs `command` to its end and returns its output, at most `outputCap` bytes of each stream.
    ///
    /// Ends the process group and throws ``ProcessError/timedOut`` when `patience` is over. Cancelling the calling task
    /// ends the group too; the call still waits for its exit. Nothing is left of the group when the call returns.
    func run(_ command: Command, patience: Patience, outputCap: Int) async throws -> CommandResult

    /// Starts a program that answers requests over `channels` pairs of pipes, at least one.
    ///
    /// The descriptor after those of the channels is a pipe that closes when makima is gone. The standard input of
    /// `command` is not used. What it writes to its standard error goes to the file
    /// `errorOutput`, which is emptied first.
    func start(_ command: Command, channels: Int, errorOutput: String) async throws -> Coprocess
}

extension CommandLauncher {
    /// Runs `command`, and does nothing about it until `timeout`.
    package func run(_ command: Command, timeout: Duration, outputCap: Int) async throws -> CommandResult {
        try await run(command, patience: Patience(timeout: timeout), outputCap: outputCap)
    }

    /// Runs `command` with the usual limits: two minutes, 64 MiB of each stream.
    package func run(_ command: Command) async throws -> CommandResult {
        try await run(command, timeout: .seconds(120), outputCap: 64 << 20)
    }
}
