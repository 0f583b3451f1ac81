/// Where a repository can be cloned from, in a form that git cannot take for an option or for a program.
///
/// Which schemes a daemon follows is its configuration's affair; `ext::`, `fd::` and all other helpers of git are none.
package struct RepositoryURL: Hashable, Sendable {
    package enum Scheme: String, Hashable, Sendable, CaseIterable {
        case https
        case http
        case ssh
        /// A directory of the daemon's machine.
        case file
    }

    package let text: String
    package let scheme: Scheme
    /// Empty for `file`.
    package let host: String

    /// `nil` for any other text.
    package init?(_ text: String) {
        guard text.unicodeScalars.allSatisfy({ $0.isVisible && $0 != " " && $0 != "\\" }) else { return nil }
        self.text = text
        guard let mark = text.firstRange(of: "://") else {
            guard let host = Self.hostOfShortForm(text[...]) else { return nil }
            scheme = .ssh
            self.host = host
            return
        }
        guard let scheme = Scheme(rawValue: String(text[..<mark.lowerBound])) else { return nil }
        self.scheme = scheme
        let rest = text[mark.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard Self.isPath(rest[slash...]) else { return nil }
        if scheme == .file {
            guard slash == rest.startIndex else { return nil }
            host = ""
            return
        }
        guard let host = Self.host(ofAuthority: rest[..<slash]) else { return nil }
        self.host = host
    }

    /// `user@host:path`, as ssh and git write it.
    private static func hostOfShortForm(_ text: Substring) -> String? {
        guard let colon = text.firstIndex(of: ":"), let at = text[..<colon].firstIndex(of: "@") else { return nil }
        let path = text[text.index(after: colon)...]
        guard !path.isEmpty, !path.hasPrefix("-"), !path.hasPrefix(":"), !hasParent(path), isUser(text[..<at]) else {
            return nil
        }
        let host = text[text.index(after: at)..<colon]
        return isHost(host) ? String(host) : nil
    }

    /// Of `user@host:port`; a password is a secret, and none belongs here.
    private static func host(ofAuthority authority: Substring) -> String? {
        var rest = authority
        if let at = rest.firstIndex(of: "@") {
            guard isUser(rest[..<at]) else { return nil }
            rest = rest[rest.index(after: at)...]
        }
        if let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") {
            guard let port = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(port) else { return nil }
            rest = rest[..<colon]
        }
        return isHost(rest) ? String(rest) : nil
    }

    private static func isUser(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first.isLetterOrDigit || first == UInt8(ascii: "_") else { return false }
        return text.utf8.allSatisfy { $0.isLetterOrDigit || "-_.".utf8.contains($0) }
    }

    private static func isHost(_ text: Substring) -> Bool {
        if text.hasPrefix("["), text.hasSuffix("]") {
            let inside = text.dropFirst().dropLast().utf8
            return !inside.isEmpty && inside.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: ":") || $0 == 46 }
        }
        guard let first = text.utf8.first, first.isLetterOrDigit, text.utf8.count <= 253 else { return false }
        return text.utf8.allSatisfy { $0.isLetterOrDigit || "-_.".utf8.contains($0) }
    }

    private static func isPath(_ path: Substring) -> Bool {
        path.utf8.count > 1 && path.utf8.first == UInt8(ascii: "/") && !path.hasPrefix("/-") && !hasParent(path)
    }

    private static func hasParent(_ path: Substring) -> Bool {
        path.utf8.split(separator: UInt8(ascii: "/"))
            .contains { ["..", "%2e%2e", "%2e.", ".%2e"].contains(String(Substring($0)).lowercased()) }
    }
}
