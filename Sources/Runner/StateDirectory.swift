package import Domain
import Glibc
import Workspaces

/// Where makima keeps what it must remember; the layout is described in `docs/ARCHITECTURE.md`.
package struct StateDirectory: Hashable, Sendable {
    /// Absolute.
    package let root: String

    package init(root: String) {
        self.root = root
    }

    package var journal: String { "\(root)/journal.sqlite" }
    /// Held by the daemon that works with the directory.
    package var daemonLock: String { "\(root)/daemon.lock" }
    package var tasks: String { "\(root)/tasks" }
    package var accounts: String { "\(root)/accounts" }
    /// Homes of sandboxes that belong to no task, each named by its process.
    var rooms: String { "\(root)/rooms" }
    /// Where the work of several tasks is merged together, for each lane by itself.
    var merges: String { "\(root)/merges" }

    package func task(_ id: TaskID) -> TaskDirectory {
        TaskDirectory(root: "\(tasks)/\(id.rawValue)")
    }

    /// Held by the process whose task tries whether the account's limit is over.
    package func probeLock(of account: AgentAccount) -> String { "\(accounts)/\(account).lock" }

    /// Creates the directory with `tasks/` and `accounts/`, readable by their owner only.
    package func create() throws(StateDirectoryError) {
        try makeDirectories(tasks)
        try makeDirectories(accounts)
    }
}

/// The directory of one task.
package struct TaskDirectory: Hashable, Sendable {
    /// Absolute.
    package let root: String

    package init(root: String) {
        self.root = root
    }

    package var ownerLock: String { "\(root)/owner.lock" }
    package var tree: String { "\(root)/tree" }
    package var home: String { "\(root)/home" }
    /// The agent's own.
    var git: String { "\(root)/git" }
    /// Written to when a person has said something; what was said is in the journal.
    package var messageBell: String { "\(root)/messages" }
    /// Where the task's proxy listens; a sandbox has it, not the socket: another makima listens with another one.
    var network: String { "\(root)/network" }
    /// What the task's proxy decided.
    var networkLog: String { "\(root)/network.log" }
    /// Written to when a person wants a wait to end now.
    package var waitBell: String { "\(root)/wait" }
    /// What a person wants of the run that is under way, for other processes.
    var stopNote: String { "\(root)/stopping" }
    /// Exists when the setup command has succeeded.
    package var setUpMarker: String { "\(root)/set-up" }

    /// Where the runs have their directories.
    var runs: String { "\(root)/runs" }
    /// Where the executions of checks have theirs.
    var checks: String { "\(root)/checks" }
    /// Where clean checkouts for checks are made.
    var checkouts: String { "\(root)/checkouts" }
    /// What serves the workspace only, beside it.
    var companions: [String] { [home, setUpMarker, messageBell, waitBell, network, "\(root)/proxy"] }

    /// The number of the last run that has a directory; 0 where none has.
    var lastRun: Int { Directory.names(in: runs).compactMap { Int($0) }.max() ?? 0 }

    /// Prompts, spools and logs of one run.
    package func run(_ number: Int) -> String { "\(runs)/\(number)" }

    /// Prompt and spool of one try of one iteration.
    package func iteration(_ number: Int, attempt: Int, run: Int) -> String {
        "\(self.run(run))/iteration-\(number)-\(attempt)"
    }

    /// What the agent told makima by its tools in one try.
    static func tools(in iteration: String) -> String { "\(iteration)/tools" }

    /// What an agent that leads others was answered in one try.
    static func replies(in iteration: String) -> String { "\(iteration)/replies" }

    /// Logs of one execution of the checks.
    package func checks(_ label: String) -> String {
        "\(checks)/\(label)"
    }

    /// Log of the check at `index` of the task's list.
    func check(_ index: Int, label: String) -> String { "\(checks(label))/\(index + 1)" }

    /// The label of the checks that judge an iteration.
    static func checksLabel(run: Int, iteration: Int) -> String { "run-\(run)-iteration-\(iteration)" }

    /// How the labels of the checks begin that judge work on top of its target.
    static func mergeLabel(run: Int) -> String { "merge-\(run)-" }
}

extension TaskDirectory {
    /// Removes everything that is left of the task on the disk; symbolic links are not followed.
    func remove() throws {
        try OwnFiles.remove(root)
    }
}

/// A directory of makima's own could not be made.
package struct StateDirectoryError: Error, CustomStringConvertible {
    package var path: String
    package var code: Int32

    package var description: String { "Cannot create \(path): \(String(cString: strerror(code)))" }
}

/// Creates `path` and what is missing above it, each new directory with mode 0700.
package func makeDirectories(_ path: String) throws(StateDirectoryError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
        throw StateDirectoryError(path: path, code: errno)
    }
    try makeDirectories(String(path[..<slash]))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw StateDirectoryError(path: path, code: errno) }
}

/// A file whose existence says that something was done.
enum Marker {
    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    static func ensure(_ path: String) throws(StateDirectoryError) {
        if !exists(path) { try make(path) }
    }

    static func make(_ path: String) throws(StateDirectoryError) {
        try writeFile([], to: path)
    }

    static func remove(_ path: String) throws(StateDirectoryError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw StateDirectoryError(path: path, code: errno) }
    }
}

/// Writes a file that only its owner can read.
func writeFile(_ bytes: [UInt8], to path: String) throws(StateDirectoryError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StateDirectoryError(path: path, code: errno) }
    defer { close(descriptor) }
    var done = 0
    while done < bytes.count {
        let count = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw StateDirectoryError(path: path, code: errno) }
        done += count
    }
}
