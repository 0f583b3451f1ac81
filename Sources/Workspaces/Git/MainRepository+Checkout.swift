import Domain
import Processes

/// What is asked about the user's checkout. Nothing here writes, not even the index.
extension MainRepository {
    func changedPaths(from: CommitID, to: CommitID) async throws -> [String] {
        GitOutput.records(
            try await run(
                [
                    "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--ignore-submodules=none",
                    "--end-of-options", from.rawValue, to.rawValue, "--",
                ],
                to: "list changed paths"
            )
        )
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
