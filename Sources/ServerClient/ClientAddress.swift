package import Domain
import Wire

/// Where a server is, and what proves to it who asks.
package struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    /// As `http://127.0.0.1:7420`, without a path.
    package let url: String
    let token: String
    /// The file of the authority that signed the server's certificate, in PEM; `nil` is those of the system.
    let authority: String?

    /// Throws where `url` is no address of a server, or where a token would go over a network in the clear.
    package init(url: String, token: String, authority: String? = nil) throws(ServerClientError) {
        let trimmed = url.hasSuffix("/") ? String(url.dropLast()) : url
        guard let parts = Self.parts(of: trimmed) else { throw .malformedAddress(url) }
        guard parts.isSecure || Self.loopback.contains(parts.host) else { throw .clearAddress(url) }
        self.url = trimmed
        self.token = token
        self.authority = authority
    }

    /// Never the token.
    package var description: String { url }

    private static let loopback: Set<Substring> = ["127.0.0.1", "localhost", "[::1]"]

    private static func parts(of url: String) -> (isSecure: Bool, host: Substring)? {
        for (scheme, isSecure) in [("https://", true), ("http://", false)] where url.hasPrefix(scheme) {
            let rest = url.dropFirst(scheme.count)
            guard !rest.isEmpty, rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
                !rest.contains(where: { "/?#@".contains($0) })
            else { return nil }
            if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") { return (isSecure, rest[...end]) }
            return (isSecure, rest.prefix { $0 != ":" })
        }
        return nil
    }
}

/// Why a server could not be asked, or what it refused.
package enum ServerClientError: Error, Hashable, Sendable, CustomStringConvertible {
    case malformedAddress(String)
    /// The token would be readable on the way.
    case clearAddress(String)
    case unusableAuthority(String, message: String)
    case unreachable(String, message: String)
    /// It answered with a problem.
    case refused(status: Int, code: String, message: String, hint: String?)
    case unreadableAnswer(String, message: String)

    package var description: String {
        switch self {
        case .malformedAddress(let url): "'\(url)' is no address of a server."
        case .clearAddress(let url):
            "The server '\(url)' is on another machine, and the token would go there in the clear."
        case .unusableAuthority(let path, let message): "The file '\(path)' names no authority: \(message)."
        case .unreachable(let url, let message): "The server '\(url)' cannot be reached: \(message)."
        case .refused(_, _, let message, _): message
        case .unreadableAnswer(let url, let message): "The answer of '\(url)' cannot be read: \(message)"
        }
    }
}

extension ServerClientError {
    /// Whether it may be there again later.
    package var isUnreachable: Bool {
        if case .unreachable = self { return true }
        return false
    }
}

extension ServerClientError: ExplainedError {
    package var errorCode: ErrorCode {
        switch self {
        case .malformedAddress, .clearAddress: .usage
        case .unreachable, .unusableAuthority: .environment
        case .refused(404, _, _, _): .notFound
        case .refused(500..., "internal", _, _), .unreadableAnswer: .internal
        case .refused: .refused
        }
    }

    package var hint: String {
        switch self {
        case .malformedAddress: "Give it as 'https://HOST' or 'https://HOST:PORT'."
        case .clearAddress: "Use 'https://', or a tunnel to its loopback address."
        case .unusableAuthority: "Name the certificate of the authority in PEM, with 'server_authority' in config.toml."
        case .unreachable: "Start it with 'makima up' or 'makima server', or name another with MAKIMA_SERVER."
        case .refused(401, _, _, _):
            "Name the file with your token with MAKIMA_SERVER_TOKEN_FILE or 'server_token_file'; 'makima token' at the server makes one."
        case .refused(_, _, _, let hint?): hint
        case .refused(404, _, _, nil):
            "'makima list --all' shows the server's tasks, 'makima daemons' its daemons, and 'makima show TASK' its questions."
        case .refused: "'makima show TASK' says where a task stands; the server's log says more."
        case .unreadableAnswer: "Both sides may be of versions too far apart: compare 'makima --version'."
        }
    }
}
