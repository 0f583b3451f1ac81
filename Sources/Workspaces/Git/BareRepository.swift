package import Domain
import Glibc
import Processes

/// A copy of somebody's repository that a daemon keeps for its tasks: bare, and fetched from one URL.
///
/// What is fetched stands beneath `refs/remotes/origin/`. Branches of its own follow these as long as nothing was merged into
/// them here.
package struct BareRepository: Sendable {
    private let git: HostGit
    /// Absolute; need not exist.
    package let path: String

    package init(git: HostGit, path: String) {
        self.git = git
        self.path = path
    }

    /// From where, and by which ways, it is fetched.
    package struct Source: Hashable, Sendable {
        package var url: String
        /// The only protocols that git may use.
        package var protocols: [String]
        /// Variables that ssh and the user's own credential helpers need.
        package var environment: [String: String]

        package init(url: String, protocols: [String], environment: [String: String] = [:]) {
            self.url = url
            self.protocols = protocols
            self.environment = environment
        }
    }

    /// Makes the repository if needed, and gets all branches; `branches` follow, as far as that loses nothing.
    ///
    /// Returns the name of the branch that is checked out there.
    package func fetch(from source: Source, following branches: [String]) async throws -> String? {
        try FileTree.makeDirectories(path)
        if !FileTree.exists("\(path)/HEAD") {
            _ = try await run(["init", "--quiet", "--bare", path], to: "make a bare repository")
        }
        // Work of tasks that is put to review is pushed to where it came from.
        _ = try await run(["config", "--replace-all", "remote.origin.url", source.url], to: "name where it is from")
        let helpers = try await credentialHelpers()
        let listing = try await contact(["ls-remote", "--symref", "--", source.url, "HEAD"], source, helpers)
        _ = try await contact(
            [
                "fetch", "--quiet", "--no-tags", "--prune", "--no-write-fetch-head", "--no-recurse-submodules",
                "--no-auto-maintenance", "--", source.url, "+refs/heads/*:refs/remotes/origin/*",
            ],
            source,
            helpers
        )
        let head = Self.head(in: GitOutput.lines(listing))
        for branch in Set(branches + [head].compactMap { $0 }).sorted() { try await follow(branch) }
        if let head { _ = try await run(["symbolic-ref", "HEAD", "refs/heads/\(head)"], to: "name the branch") }
        return head
    }

    /// The URL that it was fetched from last; `nil` where there is no such repository.
    package func origin() async throws -> String? {
        guard FileTree.exists("\(path)/HEAD") else { return nil }
        let result = try await git.attempt(
            invocation(["config", "--get", "remote.origin.url"], to: "look where it is from")
        )
        return result.status.isSuccess ? GitOutput.line(result.output) : nil
    }

    /// Moves `branch` of the source from `old` to `commit`, which stands on it; never by force.
    ///
    /// Returns false where the branch is elsewhere by now. What was pushed is here then as if it had been fetched.
    package func push(_ commit: CommitID, to branch: String, from old: CommitID, at source: Source) async throws -> Bool
    {
        let helpers = try await credentialHelpers()
        do {
            _ = try await contact(
                [
                    "push", "--quiet", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--", source.url,
                    "\(commit):refs/heads/\(branch)",
                ],
                source,
                helpers,
                to: "push '\(branch)'"
            )
        } catch let failure as WorkspaceError {
            // Git ends alike whatever was wrong, and one that was killed may have done it: the branch tells.
            guard case .gitFailed = failure else { throw failure }
            let listing = try await contact(
                ["ls-remote", "--", source.url, "refs/heads/\(branch)"],
                source,
                helpers
            )
            let tip = GitOutput.lines(listing).first?.split(separator: "\t").first.map(String.init)
            if tip == old.rawValue { throw failure }
            if tip != commit.rawValue { return false }
        }
        _ = try await run(["update-ref", "refs/remotes/origin/\(branch)", commit.rawValue], to: "follow '\(branch)'")
        try await follow(branch)
        return true
    }

    /// Reads `ref: refs/heads/main`, a tabulator and `HEAD`.
    private static func head(in lines: [String]) -> String? {
        lines.lazy
            .compactMap { line in
                let fields = line.split(separator: "\t")
                guard fields.count == 2, fields[1] == "HEAD" else { return nil }
                return fields[0].hasPrefix("ref: refs/heads/") ? String(fields[0].dropFirst(16)) : nil
            }
            .first { BranchName.isPath($0) }
    }

    /// Lets the own branch be where the other one is, unless it has something that is not there.
    private func follow(_ branch: String) async throws {
        let (own, other) = ("refs/heads/\(branch)", "refs/remotes/origin/\(branch)")
        guard BranchName.isPath(branch), try await exists(other) else { return }
        if try await exists(own) {
            let result = try await git.attempt(
                invocation(["merge-base", "--is-ancestor", own, other], to: "compare '\(branch)'")
            )
            guard result.status.isSuccess else { return }
        }
        _ = try await run(["update-ref", own, other], to: "follow '\(branch)'")
    }

    private func exists(_ ref: String) async throws -> Bool {
        try await git.attempt(invocation(["rev-parse", "--verify", "--quiet", ref], to: "look for '\(ref)'"))
            .status.isSuccess
    }

    private func credentialHelpers() async throws -> [(String, String)] {
        let result = try await git.userConfiguration(["--global", "--get-all", "credential.helper"], in: "/")
        guard result.status.isSuccess else { return [] }
        return GitOutput.lines(result.output).map { ("credential.helper", $0) }
    }

    private func contact(
        _ arguments: [String],
        _ source: Source,
        _ helpers: [(String, String)],
        to operation: String = "get the repository"
    ) async throws -> [UInt8] {
        var call = invocation(arguments, to: operation)
        call.settings =
            helpers + RemotePatience.settings + [
                ("fetch.fsckObjects", "true"), ("transfer.fsckObjects", "true"), ("fetch.writeCommitGraph", "false"),
                ("http.followRedirects", "initial"),
            ]
        call.environment.merge(source.environment) { own, _ in own }
        call.environment["HOME"] = git.user.home
        // Takes the place of everything that configurations say about protocols.
        call.environment["GIT_ALLOW_PROTOCOL"] = source.protocols.joined(separator: ":")
        call.timeout = .seconds(3600)
        return try await git.run(call)
    }

    private func run(_ arguments: [String], to operation: String) async throws -> [UInt8] {
        try await git.run(invocation(arguments, to: operation))
    }

    private func invocation(_ arguments: [String], to operation: String) -> HostGit.Invocation {
        HostGit.Invocation(
            arguments: arguments,
            directory: path,
            environment: ["GIT_DIR": path],
            operation: operation
        )
    }
}
