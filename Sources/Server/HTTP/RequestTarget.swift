import NIOHTTP1

/// For which host a request says that it is, by all that it says.
enum RequestTarget {
    /// The head of a request with one `Host`, which is the one that it is meant for, and a path as its target.
    ///
    /// A head that names two hosts, in two fields or in a field and a whole address as the target, has none: it is refused
    /// as one that names another server. What is neither a path nor such an address is no path to anything.
    static func settled(_ head: HTTPRequestHead) -> HTTPRequestHead {
        var head = head
        if head.headers["Host"].count > 1 { head.headers.remove(name: "Host") }
        guard !head.uri.hasPrefix("/") else { return head }
        guard let (host, path) = parts(of: head.uri) else {
            head.uri = "*"
            return head
        }
        head.uri = path
        if head.headers["Host"].first?.lowercased() != host.lowercased() { head.headers.remove(name: "Host") }
        return head
    }

    /// Of a whole address; `nil` for anything else.
    private static func parts(of target: String) -> (host: String, path: String)? {
        let scheme = ["http://", "https://"].first { target.lowercased().hasPrefix($0) }
        guard let scheme else { return nil }
        let rest = target.dropFirst(scheme.count)
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let path = rest[end...]
        return (String(rest[..<end]), path.hasPrefix("/") ? String(path) : "/\(path)")
    }
}
