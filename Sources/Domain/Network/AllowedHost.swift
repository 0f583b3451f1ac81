/// One entry of the list of hosts that a task may reach.
///
/// `api.example.com`, `*.example.com` for every name below (not for `example.com` itself), `203.0.113.7` or
/// `[2001:db8::7]`, each with `:port` where it is not 443 or 80.
package struct AllowedHost: Hashable, Sendable {
    private enum Pattern: Hashable {
        case exactly(HostName)
        /// Begins with a dot.
        case below(String)
    }

    private let pattern: Pattern
    private let ports: Set<UInt16>

    private static let defaultPorts: Set<UInt16> = [443, 80]

    /// `nil` where the text is no such entry.
    package init?(_ text: String) {
        let (host, digits) = HostPort.split(Array(text.utf8))
        if let digits {
            guard let port = HostPort.port(from: digits) else { return nil }
            ports = [port]
        } else {
            ports = Self.defaultPorts
        }
        guard host.starts(with: Array("*.".utf8)) else {
            guard let name = HostName(host) else { return nil }
            pattern = .exactly(name)
            return
        }
        guard case .name(let name) = HostName(host.dropFirst(2)) else { return nil }
        pattern = .below(".\(name)")
    }

    func covers(_ target: HostPort) -> Bool {
        guard ports.contains(target.port) else { return false }
        switch (pattern, target.host) {
        case (.exactly(let own), let host): return own == host
        case (.below(let end), .name(let name)): return name.utf8.count > end.utf8.count && name.hasSuffix(end)
        case (.below, .address): return false
        }
    }

    /// Whether it names the address itself, and so allows one that is not public.
    func names(_ target: HostPort) -> Bool {
        guard case .exactly(.address) = pattern else { return false }
        return covers(target)
    }
}
