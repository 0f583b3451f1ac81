/// Decides whether a request was meant for this server, and may come from where it comes.
///
/// A page that somebody opens in a browser reaches a port of loopback too: by a name that leads here it is even of the
/// same origin. So the name must be one of this server's, and an origin one that was named.
struct HostRules: Hashable, Sendable {
    /// As they stand in `Host`, in lower case; those without a port hold for every one.
    let hosts: Set<String>
    let origins: Set<String>

    init(port: Int, names: Set<String>, origins: Set<String>) {
        hosts = Self.loopback(port: port).union(names.map { $0.lowercased() })
        self.origins = Set(origins.map { $0.lowercased() })
    }

    /// The names of this machine, for itself.
    static func loopback(port: Int) -> Set<String> {
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
        case 1: return origins.contains(claims.origins[0].lowercased()) ? nil : .origin
        default: return .origin
        }
    }

    private func isOwn(_ host: String) -> Bool {
        if hosts.contains(host) { return true }
        guard let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") else { return false }
        return hosts.contains(String(host[..<colon])) && UInt16(host[host.index(after: colon)...]) != nil
    }
}
