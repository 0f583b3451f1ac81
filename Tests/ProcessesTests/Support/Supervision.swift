import Domain
import Glibc
import Processes
import TestSupport

/// The two ways in which agents run.
enum Confinement: CaseIterable {
    case none
    case bubblewrap

    func sandbox() async throws -> any Sandbox {
        switch self {
        case .none: NoSandbox()
        case .bubblewrap: try await workingSandbox()
        }
    }
}

/// A workspace and a spool of a test's own, and a mark by which every process of it is found.
final class Stage: Sendable {
    let directory: TemporaryDirectory
    let confinement: Confinement
    private let supervisor: Supervisor

    /// The test must hold `directory` until its end.
    init(
        _ confinement: Confinement,
        in directory: TemporaryDirectory,
        patience: Duration = .seconds(5),
        groups: ControlGroups? = nil
    ) {
        self.confinement = confinement
        supervisor = Supervisor(shimPath: shimPath, patience: patience, groups: groups)
        self.directory = directory
        mkdir(spool.directory, 0o700)
        mkdir("\(directory.path)/workspace", 0o700)
    }

    var spool: Spool { Spool("\(directory.path)/spool") }
    private var mark: String { directory.path }

    func start(
        _ script: String,
        deadline: Duration? = nil,
        grace: Duration = .milliseconds(100),
        readsWhileRunning: Bool = false
    ) async throws -> SupervisedProcess {
        try await start(.shell(script), deadline: deadline, grace: grace, readsWhileRunning: readsWhileRunning)
    }

    /// Starts a program that may outlive its makima.
    func start(
        _ script: String,
        orphanTime: Duration,
        readsWhileRunning: Bool = false,
        holding descriptor: Int32? = nil
    ) async throws -> SupervisedProcess {
        try await start(.shell(script)) { supervised in
            supervised.grace = .milliseconds(100)
            supervised.orphanTime = orphanTime
            supervised.readsWhileRunning = readsWhileRunning
            supervised.heldDescriptor = descriptor
        }
    }

    func start(
        _ command: Command,
        deadline: Duration? = nil,
        grace: Duration = .milliseconds(100),
        readsWhileRunning: Bool = false
    ) async throws -> SupervisedProcess {
        try await start(command) { supervised in
            supervised.deadline = deadline
            supervised.grace = grace
            supervised.readsWhileRunning = readsWhileRunning
        }
    }

    /// Starts a program whose output is freed of `secrets`.
    func start(
        _ command: Command,
        deadline: Duration? = nil,
        secrets: Secrets,
        limits: ProcessLimits = ProcessLimits()
    ) async throws -> SupervisedProcess {
        try await start(command) { supervised in
            supervised.deadline = deadline
            supervised.grace = .milliseconds(100)
            supervised.secrets = secrets
            supervised.profile.limits = limits
        }
    }

    private func start(_ command: Command, _ change: (inout SupervisedCommand) -> Void) async throws
        -> SupervisedProcess
    {
        var command = command
        command.environment["MARK"] = mark
        command.directory = confinement == .none ? "\(directory.path)/workspace" : "/workspace"
        let bind = SandboxProfile.Bind("\(directory.path)/workspace", at: "/workspace", writable: true)
        var supervised = SupervisedCommand(
            command,
            sandbox: try await confinement.sandbox(),
            profile: SandboxProfile(binds: [bind]),
            spool: spool
        )
        change(&supervised)
        return try await supervisor.start(supervised)
    }

    /// The processes of this stage that are left, whatever they did to get out of sight.
    func leftovers() -> [Int32] {
        ProcessTable.pids()
            .filter { ProcessTable.isRunning($0) && ProcessTable.environment(of: $0).contains("MARK=\(mark)") }
    }

    /// Opens the other end of a FIFO in the workspace, and so lets a script that waits for it go on.
    func release(_ fifo: String) async throws {
        _ = try await PosixSpawnLauncher().run(.shell("echo >\(fifo)", directory: "\(directory.path)/workspace"))
    }
}

/// The shim that was built beside these tests.
var shimPath: String {
    var path = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count)
    let program = String(decoding: path[..<max(0, count)], as: UTF8.self)
    let folder = program.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return "\(folder)/makima-shim"
}

extension SupervisedProcess {
    /// Reads to the end.
    func everything() async throws -> (output: [UInt8], errorOutput: [UInt8]) {
        try await output.everything()
    }

    func text() async throws -> String {
        String(decoding: try await everything().output, as: UTF8.self)
    }
}

extension SpoolOutput {
    func everything() async throws -> (output: [UInt8], errorOutput: [UInt8]) {
        var (output, errorOutput): ([UInt8], [UInt8]) = ([], [])
        for try await chunk in self {
            switch chunk.stream {
            case .output: output += chunk.bytes
            case .errorOutput: errorOutput += chunk.bytes
            }
        }
        return (output, errorOutput)
    }
}
