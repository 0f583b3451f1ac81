package import Domain
import Glibc

/// Where a server is, as a person names it: `https://makima.example.com` or `http://127.0.0.1:7780`.
package struct ServerAddress: Hashable, Sendable {
    package let host: String
    package let port: Int
    package let isSecure: Bool
    /// What comes before `/api`, without a slash at its end.
    package let path: String

    /// `nil` for what is none: `https`, `http`, `wss` and `ws` are taken, without a user, a query or a fragment.
    package init?(_ text: String) {
        let schemes: [(String, isSecure: Bool)] = [
            ("https://", true), ("wss://", true), ("http://", false), ("ws://", false),
        ]
        guard let scheme = schemes.first(where: { text.lowercased().hasPrefix($0.0) }) else { return nil }
        let rest = text.dropFirst(scheme.0.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let (name, digits) = Self.split(rest[..<slash])
        var path = String(rest[slash...])
        while path.hasSuffix("/") { path.removeLast() }
        guard let name, !path.contains("//"), path.utf8.allSatisfy(Self.isPlain) else { return nil }
        if let digits {
            guard let number = UInt16(digits), number > 0 else { return nil }
            port = Int(number)
        } else {
            port = scheme.isSecure ? 443 : 80
        }
        host = name
        isSecure = scheme.isSecure
        self.path = path
    }

    /// An address of IPv6 stands in brackets.
    private static func split(_ authority: Substring) -> (host: String?, port: Substring?) {
        if authority.first == "[", let end = authority.firstIndex(of: "]") {
            let host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            let isAddress = !host.isEmpty && host.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
            guard isAddress, rest.isEmpty || rest.first == ":" else { return (nil, nil) }
            return (String(host), rest.isEmpty ? nil : rest.dropFirst())
        }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty,
            host.utf8.allSatisfy({ isPlain($0) && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "_") })
        else { return (nil, nil) }
        return (String(host), parts.count == 2 ? parts[1] : nil)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "-._/~".utf8.contains(byte)
    }

    /// For requests of HTTP, without a slash at its end.
    package var httpURL: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(name):\(port)\(path)"
    }

    /// Whether the way there leaves this machine, where anybody could read what is not encrypted.
    package var isLoopback: Bool {
        guard let bytes = IPAddress(host)?.bytes else { return host.lowercased() == "localhost" }
        return bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1]
    }
}

/// The file that holds the daemon's token.
package enum TokenFile {
    /// Returns the token; the file must be readable by its owner only.
    package static func read(_ path: String) throws(TokenFileError) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .unreadable(path: path, message: String(cString: strerror(errno))) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else {
            throw .unreadable(path: path, message: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path: path, message: "It is not a file") }
        guard status.st_mode & 0o077 == 0 else { throw .open(path: path, mode: status.st_mode & 0o777) }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { throw .unreadable(path: path, message: String(cString: strerror(errno))) }
        let token = String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard token.count == 1, count <= limit, token[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .noToken(path: path)
        }
        return String(token[0])
    }

    private static let limit = 4096
}

package enum TokenFileError: ExplainedError, Hashable {
    case unreadable(path: String, message: String)
    /// Others than its owner can read it.
    case open(path: String, mode: UInt32)
    case noToken(path: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let message): "The token cannot be read from '\(path)': \(message)."
        case .open(let path, let mode):
            "The file '\(path)' with the token can be read by others than its owner (mode \(String(mode, radix: 8)))."
        case .noToken(let path): "The file '\(path)' holds no token."
        }
    }

    package var errorCode: ErrorCode { .environment }

    package var hint: String {
        switch self {
        case .unreadable: "Name the file that holds the token with '--token-file'."
        case .open(let path, _): "Run 'chmod 600 \(path)', and have the server give the daemon another token."
        case .noToken: "The file must hold the token alone, on one line."
        }
    }
}
