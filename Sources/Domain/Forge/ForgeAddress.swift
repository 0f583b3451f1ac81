/// The base URL of a forge's API.
///
/// With TLS, or on this machine; it holds no login, for that would be sent and shown.
package struct ForgeAddress: Hashable, Sendable {
    /// Without a slash at its end.
    package let text: String
    /// In lower case, without a port.
    package let host: String

    package init?(_ text: String) {
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://"),
            !text.contains(where: { $0.isWhitespace || $0 == "?" || $0 == "#" })
        else { return nil }
        let rest = text.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != "/" }
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        guard !host.isEmpty else { return nil }
        self.host = host.lowercased()
        guard isSecure || ["127.0.0.1", "localhost", "[::1]"].contains(self.host) else { return nil }
        var trimmed = text
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.text = trimmed
    }

    /// Of github.com.
    package static let gitHub = ForgeAddress(text: "https://api.github.com", host: "api.github.com")

    private init(text: String, host: String) {
        self.text = text
        self.host = host
    }
}
