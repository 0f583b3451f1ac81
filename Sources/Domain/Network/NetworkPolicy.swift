/// Decides what a task may reach.
package struct NetworkPolicy: Hashable, Sendable {
    private let allowed: [AllowedHost]
    /// What a request must bring, so that one task's way out is no other's.
    private let credential: String

    /// `token` is the task's password at the proxy.
    package init(allowing allowed: [AllowedHost], token: String) {
        self.allowed = allowed
        credential = "basic " + Base64.encoded(Array("\(Self.user):\(token)".utf8))
    }

    package static let user = "makima"

    /// Judges a request before its host is looked up; `nil` is yes.
    package func refusal(of request: ProxyRequest) -> NetworkRefusal? {
        guard let given = request.credential, matches(given) else { return .credentialMissing }
        return allowed.contains { $0.covers(request.target) } ? nil : .notListed
    }

    /// The addresses of `found` that may be dialled: what was looked up is what is judged and what is dialled.
    ///
    /// `own` are the addresses of this machine: whoever reaches one of these reaches what listens for the user alone.
    package func dialable(_ found: [IPAddress], for target: HostPort, own: Set<IPAddress>) -> [IPAddress] {
        if case .address = target.host, allowed.contains(where: { $0.names(target) }) { return found }
        return found.filter { $0.isPublic && !own.contains($0) }
    }

    /// Takes the same time wherever they differ.
    private func matches(_ given: String) -> Bool {
        let scheme = given.prefix("basic ".count)
        let text = Array((scheme.lowercased() + given.dropFirst(scheme.count)).utf8)
        let own = Array(credential.utf8)
        guard text.count == own.count else { return false }
        return zip(text, own).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Why a request does not get through.
package enum NetworkRefusal: String, Error, Hashable, Sendable, Codable {
    /// It cannot be read in one way only.
    case malformed
    case credentialMissing = "credential_missing"
    case notListed = "not_listed"
    /// The host is this machine, one of its network, or no machine at all.
    case notPublic = "not_public"
    case unknownHost = "unknown_host"
    case unreachable
    /// The task has sent as much as it may.
    case budgetUsed = "budget_used"
    /// There are too many connections already.
    case busy

    package var sentence: String {
        switch self {
        case .malformed: "the request cannot be read"
        case .credentialMissing: "it does not name the task's password"
        case .notListed: "it is not in 'allow_hosts'"
        case .notPublic: "its address is not a public one; only an entry with the address itself allows that"
        case .unknownHost: "there is no such host"
        case .unreachable: "it cannot be reached"
        case .budgetUsed: "the task has sent as much as it may"
        case .busy: "too many connections are open"
        }
    }

    package var statusLine: String {
        switch self {
        case .malformed: "400 Bad Request"
        case .credentialMissing: "407 Proxy Authentication Required"
        case .notListed, .notPublic, .budgetUsed: "403 Forbidden"
        case .unknownHost, .unreachable: "502 Bad Gateway"
        case .busy: "503 Service Unavailable"
        }
    }
}

enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encoded(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = (0..<3).map { start + $0 < bytes.count ? UInt32(bytes[start + $0]) : 0 }
            let bits = group[0] << 16 | group[1] << 8 | group[2]
            for place in 0..<4 {
                let isPadding = start + place > bytes.count
                text.append(isPadding ? UInt8(ascii: "=") : digits[Int(bits >> (18 - 6 * UInt32(place)) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension [UInt8] {
    /// As RFC 4648 has it, padded.
    package var base64: String { Base64.encoded(self) }
}
