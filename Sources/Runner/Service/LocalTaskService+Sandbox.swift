package import Domain
import Glibc
import Journal
import Processes
import Workspaces

/// A program that a person runs by hand, confined as a task's are.
package struct SandboxRequest: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        /// The workspace of a task, under the task's own sandbox.
        case task(TaskID)
        /// A directory, seen at the same path and writable, but for its `.git`.
        case directory(String, SandboxSpec)
    }

    package var place: Place
    /// Empty for a shell.
    package var command: [String]
    /// The kind of the person's terminal.
    package var terminal: String?

    package init(_ place: Place, command: [String], terminal: String? = nil) {
        self.place = place
        self.command = command
        self.terminal = terminal
    }
}

/// How a program ended that a person ran by hand.
package struct SandboxResult: Hashable, Sendable {
    /// As a shell shows it.
    package var status: Int32
    /// What the kernel did to it at its limits; `nil` is nothing.
    package var limitHits: LimitHits?

    package init(status: Int32, limitHits: LimitHits? = nil) {
        self.status = status
        self.limitHits = limitHits
    }
}

extension ExitStatus {
    fileprivate var shellStatus: Int32 {
        switch self {
        case .code(let code): code
        case .signal(let number): 128 + number
        }
    }
}

extension LocalTaskService {
    package func runInSandbox(_ request: SandboxRequest) async throws -> SandboxResult {
        switch request.place {
        case .task(let id):
            let lock = try await own(id)
            defer { lock.release() }
            let task = try await recovered(id)
            try parts.requireLimits(of: task.spec.sandbox)
            return try await withWorkspace(of: task) { workspace in
                var room = try await parts.confinement(for: task.spec)
                room.lock = lock
                try makeDirectories(room.directory.home)
                let place = HandPlace(binds: workspace.binds, directory: workspace.workingDirectory)
                return try await run(request, in: room, at: place)
            }
        case .directory(let path, let spec):
            try parts.requireLimits(of: spec)
            let root = "\(parts.state.root)/rooms/\(getpid())"
            try makeDirectories("\(root)/home")
            // What cannot be removed now is in nobody's way.
            defer { try? OwnFiles.remove(root) }
            var room = try await parts.confinement(for: spec, in: TaskDirectory(root: root))
            // Whoever collects garbage sees by it that somebody is in the room, wherever that process is counted.
            room.lock = try OwnerLock.acquire(room.directory.ownerLock)
            defer { room.lock?.release() }
            return try await run(request, in: room, at: HandPlace(around: path))
        }
    }

    private func run(_ request: SandboxRequest, in room: Confinement, at place: HandPlace) async throws
        -> SandboxResult
    {
        var room = room
        let network = try TaskNetwork.open(for: room.spec, in: room.directory)
        defer { network?.close() }
        room.network = network
        let shell = access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh"
        let words = request.command.isEmpty ? [shell] : request.command
        var confined = room.shellCommand("", binds: place.binds, workingDirectory: place.directory)
        confined.command.program = words[0]
        confined.command.arguments = Array(words.dropFirst())
        confined.command.environment["CI"] = nil
        if let terminal = request.terminal { confined.command.environment["TERM"] = terminal }
        let spool = "\(room.directory.root)/by-hand-\(getpid())"
        try makeDirectories(spool)
        // It holds a record that was read already.
        defer { try? OwnFiles.remove(spool) }
        let record = try await parts.supervisor.runOnTerminal(
            confined.supervised(in: room, spool: spool, deadline: .seconds(30 * 86400))
        )
        return SandboxResult(status: record.status?.shellStatus ?? 1, limitHits: record.limitHits)
    }
}

/// Where a person's program runs.
private struct HandPlace {
    var binds: [SandboxProfile.Bind]
    var directory: String

    init(binds: [SandboxProfile.Bind], directory: String) {
        self.binds = binds
        self.directory = directory
    }

    /// Hooks and settings in `.git` would run on the host, sooner or later.
    init(around path: String) {
        directory = path
        binds = [
            SandboxProfile.Bind(path, writable: true), SandboxProfile.Bind("\(path)/.git", optional: true),
        ]
    }
}
