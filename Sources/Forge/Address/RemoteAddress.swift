package import Domain

/// Where the URL of a remote leads, as far as it tells of a forge.
///
/// A login that it holds is left out.
package struct RemoteAddress: Hashable, Sendable {
    /// In lower case, without a port; `nil` for a directory of this machine.
    package var host: String?
    package var owner: String
    /// Without `.git`.
    package var name: String

    /// Reads `https://host/owner/name.git`, `ssh://git@host:22/owner/name`, `git@host:owner/name.git` and paths; `nil` where
    /// no owner and name are in it.
    package init?(_ url: String) {
        let path: Substring
        if let mark = url.range(of: "://") {
            let rest = url[mark.upperBound...]
            let authority = rest.prefix { $0 != "/" }
            let named = Self.host(of: authority)
            host = named.isEmpty ? nil : named
            path = rest.dropFirst(authority.count)
        } else if let colon = url.firstIndex(of: ":"), !url[..<colon].contains("/") {
            host = Self.host(of: url[..<colon])
            path = url[url.index(after: colon)...]
        } else {
            host = nil
            path = url[...]
        }
        let parts = path.split(separator: "/").suffix(2).map(String.init)
        guard parts.count == 2 else { return nil }
        owner = parts[0]
        name = parts[1].hasSuffix(".git") ? String(parts[1].dropLast(4)) : parts[1]
        guard Self.isWord(owner), Self.isWord(name) else { return nil }
    }

    private static func host(of authority: Substring) -> String {
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        return (place.hasPrefix("[") ? place : place.prefix { $0 != ":" }).lowercased()
    }

    /// What can stand in a path of the API as it is.
    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                let character = Character(Unicode.Scalar(byte))
                return byte < 0x80 && (character.isLetter || character.isNumber || "-_.".contains(character))
            }
    }

    /// The API that knows the repository; `nil` where the remote is a plain one.
    ///
    /// `own` is the one that is configured: it is asked about its own host, and about directories of this machine.
    package func api(own: ForgeAddress?) -> ForgeAddress? {
        if let own, host == nil || host == own.host || host.map({ "api.\($0)" }) == own.host { return own }
        return ["github.com", "www.github.com", "ssh.github.com"].contains(host) ? .gitHub : nil
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
