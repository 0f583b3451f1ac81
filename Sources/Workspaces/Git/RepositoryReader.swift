package import Domain
import Processes

/// Looks at a user's repository before there is a task.
///
/// Changes nothing in it.
package struct RepositoryReader: Sendable {
    private let git: HostGit

    package init(git: HostGit) {
        self.git = git
    }

    /// Where a task would begin.
    package struct Start: Hashable, Sendable {
        /// The root of the work tree, or the bare repository; absolute.
        package var path: String
        /// `nil` when HEAD is unborn.
        package var base: CommitID?
        /// Without `refs/heads/`; `nil` when the base is no branch.
        package var branch: String?
        /// Branches that have commits, where HEAD has none; those that makima made are not among them.
        package var others: [String] = []
    }

    /// Returns `nil` when no repository contains `path`.
    ///
    /// Without `revision` the work begins at HEAD.
    package func start(at path: String, revision: String?) async throws -> Start? {
        guard let main = try await repository(at: path) else { return nil }
        async let foundRoot = root(of: main)
        guard let revision else {
            async let head = commit("HEAD", in: main)
            let branch = try await currentBranch(main)
            var start = Start(path: try await foundRoot, base: try await head, branch: branch)
            if start.base == nil { start.others = try await branches(of: main) }
            return start
        }
        let root = try await foundRoot
        guard let base = try await commit(revision, in: main) else {
            throw WorkspaceError.unknownRevision(revision)
        }
        let isBranch = try await commit("refs/heads/\(revision)", in: main) == base
        return Start(path: root, base: base, branch: isBranch ? revision : nil)
    }

    /// Returns the bytes of the regular file `name` in `commit`'s tree, counted from its root; `nil` when there is none.
    package func file(_ name: String, at commit: CommitID, in path: String) async throws -> [UInt8]? {
        guard let main = try await repository(at: path) else { return nil }
        let listing = try await main.run(
            ["ls-tree", "-z", "--full-tree", commit.rawValue, "--", name],
            to: "look for '\(name)'"
        )
        // "100644 blob <id>\t<name>\0"
        let parts = String(decoding: listing, as: UTF8.self).split(separator: "\t", maxSplits: 1)
        // Of a directory that is named with a slash, git lists what is in it.
        guard parts.count == 2, parts[1] == "\(name)\0" else { return nil }
        let fields = parts[0].split(separator: " ").map(String.init)
        guard fields.count == 3, fields[0].hasPrefix("100") else { return nil }
        return try await main.run(["cat-file", "blob", fields[2]], to: "read '\(name)'")
    }

    /// The names of all files and directories at the root of `commit`'s tree.
    package func rootNames(at commit: CommitID, in path: String) async throws -> Set<String> {
        guard let main = try await repository(at: path) else { return [] }
        let listing = try await main.run(
            ["ls-tree", "-z", "--full-tree", "--name-only", commit.rawValue],
            to: "list its files"
        )
        return Set(String(decoding: listing, as: UTF8.self).split(separator: "\0").map(String.init))
    }

    /// What of the checkout at `path` is in no commit, as the user's own git would say.
    package func countUncommittedChanges(at path: String) async throws -> CheckoutChanges {
        var changes = CheckoutChanges()
        guard let main = try await repository(at: path), !main.isBare else { return changes }
        let listing = try await main.run(
            ["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=all"],
            to: "look for uncommitted changes",
            settings: main.configuration.excludesFile.map { [("core.excludesFile", $0)] } ?? []
        )
        for record in listing.split(separator: 0) {
            if record.starts(with: "??".utf8) {
                changes.untracked += 1
                if record.last == UInt8(ascii: "/") { changes.hasDirectories = true }
            } else {
                changes.changed += 1
            }
            if max(changes.changed, changes.untracked) == CheckoutChanges.most { break }
        }
        return changes
    }

    /// Whether work can be merged into the branch `name`, given without `refs/heads/`: it is there, or is checked out and
    /// has no commit yet.
    package func canMerge(into name: String, in path: String) async throws -> Bool {
        guard BranchName.isPath(name), let main = try await repository(at: path) else { return false }
        if try await commit("refs/heads/\(name)", in: main) != nil { return true }
        return try await main.unbornBranch() == name
    }

    private func repository(at path: String) async throws -> MainRepository? {
        do {
            return try await MainRepository.discover(path, git: git)
        } catch WorkspaceError.notARepository {
            return nil
        }
    }

    private func root(of main: MainRepository) async throws -> String {
        guard !main.isBare else { return main.gitDirectory }
        let found = try await main.git.run(
            HostGit.Invocation(
                arguments: ["rev-parse", "--path-format=absolute", "--show-toplevel"],
                directory: main.path,
                operation: "find the root of the work tree"
            )
        )
        return GitOutput.line(found)
    }

    private func commit(_ revision: String, in main: MainRepository) async throws -> CommitID? {
        let result = try await main.attempt(
            ["rev-parse", "--verify", "--quiet", "--end-of-options", "\(revision)^{commit}"],
            to: "find '\(revision)'"
        )
        return result.status.isSuccess ? CommitID(rawValue: GitOutput.line(result.output)) : nil
    }

    /// Those of remotes come last.
    private func branches(of main: MainRepository) async throws -> [String] {
        let listing = try await main.run(
            ["for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes"],
            to: "list branches"
        )
        return GitOutput.lines(listing)
            .compactMap { reference in
                let parts = reference.split(separator: "/", maxSplits: 2)
                guard parts.count == 3, !parts[2].hasSuffix("/HEAD") else { return nil }
                guard parts[1] == "heads" else { return String(parts[2]) }
                return parts[2].hasPrefix(BranchName.prefix) ? nil : String(parts[2])
            }
    }

    private func currentBranch(_ main: MainRepository) async throws -> String? {
        let result = try await main.attempt(["symbolic-ref", "--quiet", "--short", "HEAD"], to: "find the branch")
        return result.status.isSuccess ? GitOutput.line(result.output) : nil
    }
}
