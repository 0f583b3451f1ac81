import Domain
import Glibc
import Processes

/// What is asked about the user's checkout. Nothing here writes, not even the index.
extension MainRepository {
    /// Without `from` everything is new.
    func changedPaths(from: CommitID?, to: CommitID) async throws -> [String] {
        GitOutput.records(
            try await run(
                [
                    "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--ignore-submodules=none",
                    "--end-of-options", from?.rawValue ?? objectFormat.emptyTree.rawValue, "\(to)^{tree}", "--",
                ],
                to: "list changed paths"
            )
        )
    }

    /// Returns the branch that HEAD names where that has no commit yet, without `refs/heads/`.
    func unbornBranch() async throws -> String? {
        let result = try await attempt(["symbolic-ref", "--quiet", "HEAD"], to: "find the branch")
        let name = GitOutput.line(result.output)
        guard result.status.isSuccess, name.hasPrefix("refs/heads/"), try await commit("HEAD") == nil else {
            return nil
        }
        return String(name.dropFirst("refs/heads/".count))
    }

    /// Returns the paths with uncommitted changes, untracked ones among them; submodules are not looked into.
    func uncommittedPaths() async throws -> [String] {
        GitOutput.records(
            try await run(
                [
                    "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal",
                    "--ignore-submodules=all",
                ],
                to: "look for uncommitted changes"
            )
        )
        .map { String($0.dropFirst(3)) }
    }

    /// Returns the files that git does not track, ignored ones among them, where one of `changed` is to be written.
    ///
    /// Only what is on the disk is asked about: listing every ignored file would list whole build directories.
    func untrackedPaths(inTheWayOf changed: Set<String>, known: [String]) async throws -> [String] {
        guard !isBare else { return [] }
        let candidates = Set(changed.compactMap { Self.occupied($0, in: path) }).sorted()
        var found: [String] = []
        for start in stride(from: 0, to: candidates.count, by: Self.pathsAtOnce) {
            let some = candidates[start..<min(start + Self.pathsAtOnce, candidates.count)]
            found += GitOutput.records(
                try await run(
                    ["--literal-pathspecs", "ls-files", "--others", "-z", "--"] + some,
                    to: "look for ignored files"
                )
            )
        }
        return found.filter { path in
            !known.contains { path == $0 || ($0.hasSuffix("/") && path.hasPrefix($0)) }
        }
    }

    private static let pathsAtOnce = 500

    /// Returns what is on the disk at `path`, or the file that stands where one of its directories must be.
    private static func occupied(_ path: String, in worktree: String) -> String? {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[end...].firstIndex(of: "/") ?? path.endIndex
            var status = stat()
            guard lstat("\(worktree)/\(path[..<end])", &status) == 0 else { return nil }
            if status.st_mode & S_IFMT != S_IFDIR || end == path.endIndex { return String(path[..<end]) }
            end = path.index(after: end)
        }
        return nil
    }

    /// Returns those of `paths` to which an attribute assigns a filter.
    func filteredPaths(_ paths: [String]) async throws -> [String] {
        let input: [UInt8] = paths.flatMap { Array($0.utf8) + [0] }
        let records = GitOutput.records(
            try await run(
                ["check-attr", "-z", "--stdin", "filter"],
                to: "look for filters",
                input: .bytes(input)
            )
        )
        // Records come in threes: path, attribute, value.
        return stride(from: 0, to: records.count - 2, by: 3)
            .compactMap { index in
                ["unspecified", "unset"].contains(records[index + 2]) ? nil : records[index]
            }
    }
}
