package import Domain
package import Processes

/// Knows GitHub, by a token or by the program `gh`; every other remote is a plain one.
package struct GitHubGateway: ForgeGateway {
    /// What it goes by, of the machine and not of a task.
    package struct Parts: Sendable {
        /// The user's own variables.
        package var variables: [String: String]
        /// The API that is configured; asked for anew each time.
        package var address: @Sendable () throws -> ForgeAddress?
        /// The name of the variable with the token; `nil` is the usual ones.
        package var tokenVariable: @Sendable () throws -> String?
        package var launcher: any CommandLauncher
        package var connections: ForgeConnections
        package var clock: any Clock<Duration>
        package var wallClock: any WallClock

        package init(
            variables: [String: String],
            launcher: any CommandLauncher,
            connections: ForgeConnections,
            clock: any Clock<Duration>,
            wallClock: any WallClock
        ) {
            self.variables = variables
            self.address = { nil }
            self.tokenVariable = { nil }
            self.launcher = launcher
            self.connections = connections
            self.clock = clock
            self.wallClock = wallClock
        }
    }

    private let parts: Parts
    /// The names of further variables that git gets.
    private let passed: [String]

    /// `passed` are names of variables for git, beside the usual ones.
    package init(_ parts: Parts, passing passed: [String] = []) {
        self.parts = parts
        self.passed = passed
    }

    package func desk(of url: String, spec: ForgeSpec) async throws -> (any PullRequestDesk)? {
        guard let remote = RemoteAddress(url), let address = remote.api(own: try parts.address()) else { return nil }
        return GitHubDesk(
            of: remote,
            by: try transport(to: address, host: remote.host),
            hearsBots: spec.hearsBots,
            clock: parts.clock,
            wallClock: parts.wallClock
        )
    }

    private func transport(to address: ForgeAddress, host: String?) throws -> any ForgeTransport {
        if let token = try token(for: address) {
            return TokenTransport(to: address, token: token, by: parts.connections)
        }
        let name = address == .gitHub ? "github.com" : host ?? address.host
        return ProgramTransport(host: name, environment: parts.variables, launcher: parts.launcher)
    }

    /// A token is sent to no other forge than the one that it is for.
    private func token(for address: ForgeAddress) throws -> String? {
        let own = try parts.address()
        let named = own == nil || own == address ? try parts.tokenVariable() : nil
        let names = named.map { [$0] } ?? (address == .gitHub ? Self.tokenVariables : Self.ownTokenVariables)
        return names.lazy.compactMap { parts.variables[$0] }.first { !$0.isEmpty }
    }

    /// Whether the forge of `url` can be logged in at, as far as that is known without asking it; `nil` for a plain remote.
    package func login(for url: String) async throws -> ForgeLogin? {
        guard let remote = RemoteAddress(url), let address = remote.api(own: try parts.address()) else { return nil }
        if try token(for: address) != nil { return .token }
        let host = address == .gitHub ? "github.com" : remote.host ?? address.host
        let command = Command("gh", ["auth", "status", "--hostname", host], environment: parts.variables)
        do {
            let result = try await parts.launcher.run(command, timeout: .seconds(20), outputCap: 64 << 10)
            return result.status.isSuccess ? .program : .programLoggedOut
        } catch ProcessError.programNotFound {
            return ForgeLogin.none
        }
    }

    private static let tokenVariables = ["GITHUB_TOKEN", "GH_TOKEN"]
    /// Of a GitHub that is not github.com.
    private static let ownTokenVariables = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]

    /// What ssh, its agent, keyrings, proxies and `gh` as a credential helper go by.
    private static let gitVariables = [
        "PATH", "USER", "LOGNAME", "SSH_AUTH_SOCK", "SSH_AGENT_PID", "GIT_SSH", "GIT_SSH_COMMAND", "XDG_CONFIG_HOME",
        "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "GH_HOST", "GH_CONFIG_DIR",
        "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO",
    ]

    package func gitVariables() -> [String: String] {
        // Who set the token for makima's own requests may have it in a helper of git's, too.
        let names = Set(Self.gitVariables + Self.tokenVariables + Self.ownTokenVariables + passed)
        return parts.variables.filter { names.contains($0.key) }
    }
}

/// How makima can log in at a forge.
package enum ForgeLogin: Hashable, Sendable {
    case token
    case program
    case programLoggedOut
    case none
}
