/// The way to whatever forge a remote leads to.
package protocol ForgeGateway: Sendable {
    /// Returns the desk of the repository that `url` leads to; `nil` where no forge is known there.
    ///
    /// Throws ``ForgeFailure`` where there is one, and nothing to log in with.
    func desk(of url: String, spec: ForgeSpec) async throws -> (any PullRequestDesk)?

    /// Variables that git needs on its way to a remote, for ssh and for the user's own credential helpers.
    func gitVariables() -> [String: String]
}

/// Where the pull requests of one repository are opened and looked at.
///
/// Its calls throw ``ForgeFailure``, or `CancellationError`.
package protocol PullRequestDesk: Sendable {
    /// Opens a pull request, or brings the open one of that branch up to date.
    ///
    /// One that is `known` and not open any more is left as it is, and returned.
    func publish(_ draft: PullRequestDraft, known: PullRequest?) async throws -> PullRequest

    /// Looks at the pull request, and at the checks of `commit`.
    func look(at pullRequest: PullRequest, commit: CommitID) async throws -> ReviewSnapshot
}

/// Knows no forge: every remote is a plain one.
package struct NoForge: ForgeGateway {
    package init() {}

    package func desk(of url: String, spec: ForgeSpec) async throws -> (any PullRequestDesk)? { nil }
    package func gitVariables() -> [String: String] { [:] }
}

/// Why a forge did not do what was asked.
package enum ForgeFailure: Error, Hashable, Sendable, Codable {
    /// There is no token and no login of a program.
    case credentialsMissing(detail: String)
    /// It says no, and would again.
    case refused(status: Int, message: String)
    /// It takes no more requests for so long.
    case limited(wait: Duration)
    /// It cannot be reached, or has a trouble of its own; tries did not help.
    case unavailable(message: String)
    /// Its answer cannot be understood.
    case unreadable(message: String)
}

extension ForgeFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .credentialsMissing(let detail): detail
        case .refused(let status, let message): "it answers with status \(status): \(message)"
        case .limited(let wait): "it takes no more requests for \(wait.formatted)"
        case .unavailable(let message), .unreadable(let message): message
        }
    }
}
