package import Domain

/// Why there is no connection to the server.
package enum LinkFailure: ExplainedError, Hashable {
    /// The status is 401 or 403.
    case tokenRefused(status: Int)
    case notListening(host: String, port: Int)
    case unknownName(host: String)
    case noAnswer(host: String, port: Int)
    /// The connection was taken, and nothing was said over it in time.
    case unanswered(host: String, port: Int)
    /// No encrypted connection could be agreed upon.
    case insecure(host: String, message: String)
    /// Something answered, and opened no connection.
    case refused(status: Int)
    /// What answers there has closed the connection at once.
    case closed(host: String, port: Int, isSecure: Bool)
    case tokenFile(TokenFileError)
    case other(String)

    package var description: String {
        switch self {
        case .tokenRefused(let status): "The server does not accept the token (status \(status))."
        case .notListening(let host, let port): "Nobody listens on port \(port) of '\(host)'."
        case .unknownName(let host): "There is no address for the name '\(host)'."
        case .noAnswer(let host, let port): "Port \(port) of '\(host)' does not answer."
        case .unanswered(let host, let port):
            "What listens on port \(port) of '\(host)' takes connections and does not answer."
        case .insecure(let host, let message): "No encrypted connection to '\(host)' could be made: \(message)."
        case .refused(let status): "The server does not open the connection (status \(status))."
        case .closed(let host, let port, _): "What listens on port \(port) of '\(host)' closed the connection at once."
        case .tokenFile(let error): error.description
        case .other(let message): "The connection to the server failed: \(message)"
        }
    }

    package var errorCode: ErrorCode {
        switch self {
        case .tokenRefused: .refused
        case .notListening, .unknownName, .noAnswer, .unanswered, .insecure, .refused, .closed, .tokenFile, .other:
            .environment
        }
    }

    package var hint: String {
        switch self {
        case .tokenRefused(let status):
            status == 403
                ? "It takes a token that was made for this daemon's id."
                : "It was revoked or has expired: have another one made for this daemon's id, and put it into the file."
        case .notListening: "Start the server, or mend the address in '--server'."
        case .unknownName: "Mend the name in '--server', or the machine's name service."
        case .noAnswer: "Look whether a firewall is between the two, and whether that machine runs."
        case .unanswered:
            "Look whether the server hangs, or a proxy or tunnel before it has lost the way; it is tried again."
        case .insecure:
            "Name a server that speaks TLS there; where its certificate is of your own authority, name that with "
                + "'--authority'."
        case .refused(let status):
            switch status {
            case 421:
                "The server is not known by this name: start it with '--server-name' and the name that is used here."
            case 429: "Too many were refused; it is tried again."
            case 503: "The server is about to end or has no room; it is tried again."
            default: "Look whether the address in '--server' is that of a makima server."
            }
        case .closed(_, _, let isSecure):
            isSecure
                ? "Look whether the address in '--server' is that of a makima server."
                : "Look whether it is a makima server; one with TLS is named with https:// in '--server'."
        case .tokenFile(let error): error.hint
        case .other: "It is tried again."
        }
    }

    /// What a library of TLS says, in words: it names its own files and numbers.
    static func insecure(host: String, said: String) -> LinkFailure {
        let causes = [
            ("WRONG_VERSION_NUMBER", "it does not speak TLS there"),
            ("CERTIFICATE_VERIFY_FAILED", "its certificate is none that is trusted here"),
            ("failedToValidateHostname", "its certificate is for another name"),
            ("PROTOCOL_VERSION", "it speaks no version of TLS that is taken here"),
        ]
        let cause = causes.first { said.contains($0.0) }?.1
        return .insecure(host: host, message: cause ?? "TLS could not be agreed upon")
    }

    var isOfToken: Bool { if case .tokenRefused = self { true } else { false } }
}

/// Why a daemon ends by itself.
package enum LinkEnd: ExplainedError, Hashable {
    /// Another daemon has connected with the same id.
    case fenced
    /// The server does not take this daemon, and nothing is here that would need it.
    case refused(String, hint: String)

    package var description: String {
        switch self {
        case .fenced: "Another daemon has connected to the server with this one's id, and has its place now."
        case .refused(let message, _): "The server does not take this daemon: \(message)"
        }
    }

    package var errorCode: ErrorCode { .refused }

    package var hint: String {
        switch self {
        case .fenced:
            "Run one daemon for each id: give this one another with '--id' and a token that was made for it, or stop the other."
        case .refused(_, let hint): hint
        }
    }
}
