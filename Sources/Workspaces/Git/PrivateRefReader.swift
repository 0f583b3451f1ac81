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
        let format = "--format=%(refname) %(objectname) %(objecttype) %(creatordate:unix) %(tree)"
        let output = try await main.run(["for-each-ref", format, "refs/makima/"], to: "list makima's refs")
        var sets: [TaskID: PrivateRefSet] = [:]
        for line in GitOutput.lines(output) {
            guard let (task, ref) = PrivateRef.parse(line) else { continue }
            sets[task, default: PrivateRefSet(task: task, repository: path)].refs.append(ref)
        }
        return sets.values.sorted { $0.task.rawValue < $1.task.rawValue }
    }

    /// Returns the refs of `set` whose work is nowhere else in the repository.
    ///
    /// Elsewhere is what a branch, a tag or a remote's branch reaches. Of checkpoints the files of the last one count: they
    /// are makima's own commits, and no branch has any of them.
    package func onlyCopies(in set: PrivateRefSet) async throws -> [String] {
        let main = try await MainRepository.discover(set.repository, git: git)
        var missing = set.refs.filter { $0.kind == .work && !$0.isCommit }.map(\.name)
        let work = set.refs.filter { $0.kind == .work && $0.isCommit }
        if !work.isEmpty {
            let output = try await main.run(
                ["rev-list", "--stdin", "--not", "--branches", "--tags", "--remotes"],
                to: "look for commits",
                input: .bytes(Array(work.map { "\($0.object)\n" }.joined().utf8))
            )
            let lost = Set(GitOutput.lines(output))
            missing += work.filter { lost.contains($0.object) }.map(\.name)
        }
        if let last = set.lastCheckpoint, try await !trees(of: main).contains(last.tree) { missing.append(last.name) }
        return missing.sorted()
    }

    private func trees(of main: MainRepository) async throws -> Set<String> {
        let output = try await main.run(
            ["log", "--branches", "--tags", "--remotes", "--format=%T"],
            to: "list the trees of all branches"
        )
        return Set(GitOutput.lines(output)).union([main.objectFormat.emptyTree.rawValue])
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
    package var isPinned: Bool { refs.contains { $0.kind == .pin } }

    /// The same without the refs that hold work.
    package var pins: PrivateRefSet {
        var pins = self
        pins.refs = refs.filter { $0.kind == .pin }
        return pins
    }

    /// When the newest of its commits was made.
    package var newest: Timestamp? { refs.compactMap(\.madeAt).max() }

    var lastCheckpoint: PrivateRef? {
        refs.compactMap { ref in ref.checkpoint.map { ($0, ref) } }.max { $0.0 < $1.0 }?.1
    }
}

/// A ref of makima's own.
package struct PrivateRef: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Keeps what a workspace borrows; goes with that.
        case pin
        case checkpoint(Int)
        /// Commits and the like that an agent made.
        case work
    }

    package let name: String
    let kind: Kind
    let object: String
    let isCommit: Bool
    /// Empty where it is no commit.
    let tree: String
    let madeAt: Timestamp?

    var checkpoint: Int? {
        guard case .checkpoint(let number) = kind else { return nil }
        return number
    }

    /// Reads `refs/makima/<kind>/<task>[/<rest>] <object> <type> <seconds> <tree>`; `nil` where it is of no task.
    static func parse(_ line: String) -> (TaskID, PrivateRef)? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 5 else { return nil }
        let path = fields[0].split(separator: "/").map(String.init)
        guard path.count >= 4, let task = TaskID(rawValue: path[3]), let kind = kind(path) else { return nil }
        let ref = PrivateRef(
            name: fields[0],
            kind: kind,
            object: fields[1],
            isCommit: fields[2] == "commit",
            tree: fields[4],
            madeAt: Int64(fields[3]).map { Timestamp(millisecondsSince1970: $0 * 1000) }
        )
        return (task, ref)
    }

    private static func kind(_ path: [String]) -> Kind? {
        switch path[2] {
        case "base", "imported": .pin
        case "checkpoints": path.count > 4 ? Int(path[4]).map(Kind.checkpoint) : nil
        case "agents", "results", "kept": .work
        default: nil
        }
    }
}
