/// Decides whether a request was meant for this server, and may come from where it comes.
///
/// A page that somebody opens in a browser reaches a port of loopback too: by a name that leads here it is even of the
/// same origin. So the name must be one of this server's, and an origin one that was named.
struct HostRules: Hashable, Sendable {
    /// As they stand in `Host`, in lower case; those without a port hold for every one.
    let hosts: Set<String>
    let origins: Set<String>
    /// Those of ``hosts`` that are this machine's, for itself.
    private let loopback: Set<String>

    /// `ownPort` is a second one, that this machine alone reaches.
    init(port: Int, ownPort: Int? = nil, names: Set<String>, origins: Set<String>) {
        loopback = Self.loopback(port: port).union(ownPort.map(Self.loopback) ?? [])
        hosts = loopback.union(names.map { $0.lowercased() })
        self.origins = Set(origins.map { $0.lowercased() })
    }

    /// The names of this machine, for itself.
    private static func loopback(port: Int) -> Set<String> {
        Set(["127.0.0.1", "localhost", "[::1]"].map { "\($0):\(port)" })
    }

    /// What a request says of where it comes from.
    struct Claims: Hashable, Sendable {
        /// `nil` where it is missing or there twice.
        var host: String?
        var origins: [String] = []
        /// Of `Sec-Fetch-Site`.
        var fetchSite: String?
        var changes = false
    }

    enum Refusal: String, Hashable, Sendable, CaseIterable {
        case host
        case origin
        case crossSite = "cross_site"
    }

    /// `nil` where nothing is against it.
    func refusal(of claims: Claims) -> Refusal? {
        guard let host = claims.host?.lowercased(), isOwn(host) else { return .host }
        switch claims.origins.count {
        case 0:
            // A browser that goes to an address by itself may look, and change nothing.
            return claims.fetchSite.map { ["cross-site", "same-site"].contains($0.lowercased()) } == true
                ? .crossSite : nil
        case 1: return isOwnOrigin(claims.origins[0].lowercased()) ? nil : .origin
        default: return .origin
        }
    }

    /// Those that are configured; and the pages of this server itself, which without TLS only loopback can have.
    private func isOwnOrigin(_ origin: String) -> Bool {
        if origins.contains(origin) { return true }
        if origin.hasPrefix("https://") { return isOwn(String(origin.dropFirst("https://".count))) }
        guard origin.hasPrefix("http://") else { return false }
        return loopback.contains(String(origin.dropFirst("http://".count)))
    }

    private func isOwn(_ host: String) -> Bool {
        if hosts.contains(host) { return true }
        guard let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") else { return false }
        return hosts.contains(String(host[..<colon])) && UInt16(host[host.index(after: colon)...]) != nil
    }
}
