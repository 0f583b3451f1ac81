package import Domain
import Processes

/// Pushes commits of a user's repository to its remotes, with the user's own credentials.
///
/// The only place where git on the host reaches another machine for a task of a person. It runs no hooks, asks nobody for a
/// password, and overwrites nothing that it was not told to expect.
package struct RemoteRepository: Sendable {
    private let git: HostGit
    private let repository: String
    private let variables: [String: String]

    /// The ways by which a remote may be reached.
    private static let protocols = "file:http:https:ssh"
    private static let patience = Duration.seconds(1800)

    /// `variables` are what ssh and the user's credential helpers need; `PATH` among them.
    package init(git: HostGit, repository: String, variables: [String: String]) {
        self.git = git
        self.repository = repository
        self.variables = variables
    }

    package struct Remote: Hashable, Sendable {
        package var name: String
        /// Where pushes go; may hold credentials, so it is never shown.
        package var url: String
    }

    /// The remotes of the repository, as its owner's git sees them.
    package func remotes() async throws -> [Remote] {
        let main = try await MainRepository.discover(repository, git: git)
        let settings = try await personalSettings(in: main)
        let names = GitOutput.lines(try await main.run(["remote"], to: "list remotes"))
        var remotes: [Remote] = []
        for name in names where Self.isName(name) {
            let found = try await main.attempt(
                ["remote", "get-url", "--push", "--", name],
                to: "read the address of '\(name)'",
                settings: settings
            )
            if found.status.isSuccess, let url = GitOutput.lines(found.output).first {
                remotes.append(Remote(name: name, url: url))
            }
        }
        return remotes
    }

    /// Where `branch` is at the remote; `nil` where there is no such branch.
    package func tip(of branch: String, at remote: String) async throws -> CommitID? {
        let main = try await MainRepository.discover(repository, git: git)
        let result = try await contact(
            ["ls-remote", "--refs", "--", remote, "refs/heads/\(branch)"],
            in: main,
            to: "look at the remote"
        )
        guard result.status.isSuccess else { throw PushFailure.failed(Self.words(result)) }
        for line in GitOutput.lines(result.output) {
            let fields = line.split(separator: "\t").map(String.init)
            if fields.count == 2, fields[1] == "refs/heads/\(branch)" { return CommitID(rawValue: fields[0]) }
        }
        return nil
    }

    /// Pushes exactly `commit`, where the branch is at `lease` when the push arrives; `nil` is where there is none.
    package func push(_ commit: CommitID, to branch: String, at remote: String, lease: CommitID?) async throws {
        guard BranchName.isPath(branch), Self.isName(remote) else {
            throw PushFailure.failed("'\(branch)' at '\(remote)' cannot be named.")
        }
        let main = try await MainRepository.discover(repository, git: git)
        let result = try await contact(
            [
                "push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--no-recurse-submodules",
                "--force-with-lease=refs/heads/\(branch):\(lease?.rawValue ?? "")", "--", remote,
                "\(commit.rawValue):refs/heads/\(branch)",
            ],
            in: main,
            to: "push the work"
        )
        if result.status.isSuccess { return }
        // "!	<from>:<to>	[rejected] (stale info)"; what a server says is on standard error.
        let refusal = GitOutput.lines(result.output).first { $0.hasPrefix("!\t") }
        guard let refusal else { throw PushFailure.failed(Self.words(result)) }
        if refusal.contains("(stale info)") { throw PushFailure.stale }
        let why = refusal.split(separator: "\t").last.map(String.init) ?? refusal
        throw PushFailure.rejected(SecretMask.text(why) + Self.remoteWords(result))
    }

    // MARK: - Git

    private func contact(
        _ arguments: [String],
        in main: MainRepository,
        to operation: String
    ) async throws -> CommandResult {
        var environment = variables
        environment["HOME"] = git.user.home
        environment["GIT_ALLOW_PROTOCOL"] = Self.protocols
        environment["GIT_TERMINAL_PROMPT"] = "0"
        environment["GIT_ASKPASS"] = "/bin/false"
        environment["SSH_ASKPASS"] = "/bin/false"
        return try await main.contact(
            arguments,
            to: operation,
            settings: try await personalSettings(in: main),
            environment: environment,
            patience: Self.patience
        )
    }

    /// What the user's git knows of ways and logins: these settings name programs, which is what the user wants of them here.
    private func personalSettings(in main: MainRepository) async throws -> [(String, String)] {
        let pattern = #"^(credential\.|http\.|url\.|core\.sshcommand$)"#
        let result = try await git.userConfiguration(["-z", "--get-regexp", pattern], in: main.path)
        var settings = RemotePatience.settings + [("http.followRedirects", "initial")]
        guard result.status.isSuccess else { return settings }
        // "<key>\n<value>\0"; a key without a value is true.
        for record in GitOutput.records(result.output) {
            let parts = record.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            settings.append((parts[0], parts.count > 1 ? parts[1] : "true"))
        }
        return settings
    }

    /// Neither an option nor a URL.
    private static func isName(_ remote: String) -> Bool {
        !remote.isEmpty && !remote.hasPrefix("-") && !remote.contains(":") && !remote.hasPrefix("/")
            && !remote.hasPrefix(".")
    }

    /// What git said, without passwords.
    private static func words(_ result: CommandResult) -> String {
        GitOutput.message(result).split(separator: " ", omittingEmptySubsequences: false)
            .map { SecretMask.text(String($0)) }.joined(separator: " ")
    }

    /// What the remote's own programs said.
    private static func remoteWords(_ result: CommandResult) -> String {
        let lines = GitOutput.lines(result.errorOutput).filter { $0.hasPrefix("remote: ") }
            .map { $0.dropFirst(8).trimmingBlanks }
            .filter { !$0.isEmpty }
        return lines.isEmpty ? "" : " \(lines.prefix(5).joined(separator: "; "))"
    }
}

/// Why a branch is not at a remote.
package enum PushFailure: Error, Hashable, Sendable {
    /// The branch is not where it was expected.
    case stale
    /// The remote does not take it.
    case rejected(String)
    /// The remote was not reached, or does not let makima in.
    case failed(String)
}

extension Substring {
    fileprivate var trimmingBlanks: String {
        var rest = self
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
