package import Domain
import Glibc

/// Where makima keeps what it must remember; the layout is described in `docs/ARCHITECTURE.md`.
package struct StateDirectory: Hashable, Sendable {
    /// Absolute.
    package let root: String

    package init(root: String) {
        self.root = root
    }

    package var journal: String { "\(root)/journal.sqlite" }
    package var tasks: String { "\(root)/tasks" }

    package func task(_ id: TaskID) -> TaskDirectory {
        TaskDirectory(root: "\(tasks)/\(id.rawValue)")
    }

    /// Creates the directory and `tasks/`, readable by their owner only.
    package func create() throws(StateDirectoryError) {
        try makeDirectories(tasks)
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

    /// Prompts, spools and logs of one run.
    package func run(_ number: Int) -> String { "\(root)/runs/\(number)" }

    /// Prompt and spool of one try of one iteration.
    package func iteration(_ number: Int, attempt: Int, run: Int) -> String {
        "\(self.run(run))/iteration-\(number)-\(attempt)"
    }

    package func checks(iteration: Int, run: Int) -> String {
        "\(self.run(run))/checks-\(iteration)"
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
