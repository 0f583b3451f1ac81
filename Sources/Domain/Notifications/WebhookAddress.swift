/// A URL that requests can be sent to, taken apart in the one way in which it is used.
package struct WebhookAddress: Hashable, Sendable, CustomStringConvertible {
    package let isSecure: Bool
    package let host: HostName
    package let port: Int
    /// With the query; begins with a slash.
    package let path: String

    /// `nil` for everything that is no plain `https://HOST[:PORT][/PATH]`, or the same with `http`: also for one with a user,
    /// a fragment, a blank or a letter beyond ASCII.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains(where: { "#@\\\"<>".contains($0) }),
            let mark = text.firstRange(of: "://")
        else { return nil }
        switch text[..<mark.lowerBound].lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: return nil
        }
        let rest = text[mark.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let (host, port) = Self.authority(rest[..<end]) else { return nil }
        self.host = host
        self.port = port ?? (isSecure ? 443 : 80)
        path = (rest[end...].hasPrefix("/") ? "" : "/") + rest[end...]
    }

    private static func authority(_ text: Substring) -> (HostName, Int?)? {
        let hostEnd: Substring.Index
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            hostEnd = text.index(after: bracket)
        } else {
            hostEnd = text.firstIndex(of: ":") ?? text.endIndex
        }
        guard let host = HostName(text[..<hostEnd].utf8) else { return nil }
        let rest = text[hostEnd...]
        guard !rest.isEmpty else { return (host, nil) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0,
            rest.dropFirst().utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return (host, Int(port))
    }

    /// As a `Host` header has it.
    package var authority: String {
        port == (isSecure ? 443 : 80) ? host.description : "\(host):\(port)"
    }

    /// The only part that may be shown: the path of a chat service's webhook is its password.
    package var shownHost: String { "\(isSecure ? "https" : "http")://\(authority)" }

    package var description: String { shownHost }
}
