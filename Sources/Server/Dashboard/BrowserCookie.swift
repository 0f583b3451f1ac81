import Domain
import Fleet

/// The cookie by which a browser that was let in says who it is.
///
/// Cookies are shared by all ports of a host: the port is in the name, so that two servers do not take each other's. With TLS
/// the name has the prefix that browsers hold to this host and to TLS.
struct BrowserCookie: Hashable, Sendable {
    let port: Int
    let isSecure: Bool

    /// How long a browser stays let in.
    static let lifetime = Duration.seconds(7 * 86_400)

    var name: String { isSecure ? "__Host-makima_\(port)" : "makima_session_\(port)" }

    /// The value of `Set-Cookie` that lets a browser in.
    func setting(_ token: AccessToken) -> String {
        field(token.text, maxAge: Self.lifetime.milliseconds / 1000)
    }

    /// The value of `Set-Cookie` that makes it forget.
    var clearing: String { field("", maxAge: 0) }

    private func field(_ value: String, maxAge: Int64) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(maxAge); HttpOnly; SameSite=Strict\(isSecure ? "; Secure" : "")"
    }

    /// The token in the fields `Cookie` of a request; `nil` where there is none, or where it is there twice.
    func token(in fields: [String]) -> AccessToken? {
        var found: [Substring] = []
        for field in fields {
            for pair in field.split(separator: ";") {
                let parts = pair.drop { $0 == " " }
                    .split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2, parts[0] == name { found.append(parts[1]) }
            }
        }
        return found.count == 1 ? AccessToken(String(found[0])) : nil
    }
}
