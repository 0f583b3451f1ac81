package import Domain
import Processes

/// Reads and removes the refs of makima's own in a user's repository.
package struct PrivateRefReader: Sendable {
    private let git: HostGit

    package init(git: HostGit) {
        self.git = git
    }

    /// Returns the refs of each task that has any; throws ``WorkspaceError/notARepository(path:detail:)`` where the
    /// repository is not there any more.
    package func refs(in path: String) async throws -> [PrivateRefSet] {
        let main = try await MainRepository.discover(path, git: git)
        let format = "--format=%(refname) %(objectname)"
        let output = try await main.run(["for-each-ref", format, "refs/makima/"], to: "list makima's refs")
        var sets: [TaskID: PrivateRefSet] = [:]
        for line in GitOutput.lines(output) {
            guard let (task, ref) = PrivateRef.parse(line) else { continue }
            sets[task, default: PrivateRefSet(task: task, repository: path)].refs.append(ref)
        }
        return sets.values.sorted { $0.task.rawValue < $1.task.rawValue }
    }

    /// Lets the checkpoints that an earlier workspace of the task has left outlive those of a new one, which take their refs:
    /// the last of them, on which all others stand, is kept as `refs/makima/kept/<task>/<commit>` too.
    package func keepCheckpoints(of task: TaskID, in path: String) async throws {
        let main = try await MainRepository.discover(path, git: git)
        let words = ["for-each-ref", "--count=1", "--sort=-version:refname", "--format=%(objectname)"]
        let output = try await main.run(words + [PrivateRefs.checkpoints(task)], to: "list checkpoints")
        guard let last = GitOutput.lines(output).first, !last.isEmpty else { return }
        _ = try await main.run(["update-ref", PrivateRefs.kept(task) + last, last], to: "keep checkpoints")
    }

    /// Removes the refs of `set` in one transaction; does nothing where one of them has changed since.
    package func remove(_ set: PrivateRefSet) async throws {
        let main = try await MainRepository.discover(set.repository, git: git)
        let lines = set.refs.map { "delete \($0.name) \($0.object)\n" }.joined()
        _ = try await main.run(["update-ref", "--stdin"], to: "remove makima's refs", input: .bytes(Array(lines.utf8)))
    }
}

/// The refs of one task in one repository.
package struct PrivateRefSet: Hashable, Sendable {
    package var task: TaskID
    package var repository: String
    package var refs: [PrivateRef] = []

    package init(task: TaskID, repository: String) {
        self.task = task
        self.repository = repository
    }

    /// Whether a workspace may borrow from what only a ref keeps.
    package var isPinned: Bool { refs.contains(where: \.isPin) }

    /// The same without the refs that hold work.
    package var pins: PrivateRefSet {
        var pins = self
        pins.refs = refs.filter(\.isPin)
        return pins
    }
}

/// A ref of makima's own.
package struct PrivateRef: Hashable, Sendable {
    package let name: String
    let object: String
    /// Whether it keeps what a workspace borrows, and goes with that; the others hold work.
    let isPin: Bool

    /// The number of the checkpoint that it is; `nil` where it is something else.
    package var checkpoint: Int? {
        let path = name.split(separator: "/")
        return path.count == 5 && path[2] == "checkpoints" ? Int(path[4]) : nil
    }

    /// Reads `refs/makima/<kind>/<task>[/<rest>] <object>`; `nil` where it is of no task.
    static func parse(_ line: String) -> (TaskID, PrivateRef)? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 2 else { return nil }
        let path = fields[0].split(separator: "/").map(String.init)
        guard path.count >= 4, let task = TaskID(rawValue: path[3]) else { return nil }
        switch path[2] {
        case "base", "imported", "start": return (task, PrivateRef(name: fields[0], object: fields[1], isPin: true))
        case "checkpoints" where path.count > 4, "agents", "results", "kept":
            return (task, PrivateRef(name: fields[0], object: fields[1], isPin: false))
        default: return nil
        }
    }
}
