/// What a program asks of an HTTP proxy, read strictly.
package struct ProxyRequest: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// `CONNECT`: bytes are carried both ways, whatever they are.
        case tunnel
        /// A request of plain HTTP; `head` is what the server gets.
        case forward(head: [UInt8])
    }

    package var target: HostPort
    package var kind: Kind
    /// The value of `Proxy-Authorization`.
    package var credential: String?

    /// The most bytes that a head may have.
    package static let longestHead = 32 << 10

    /// Reads a head without the empty line at its end; `nil` where anything is not as it should be.
    package init?(head: some Collection<UInt8>) {
        // One byte of this kind is enough to be read differently by the next program.
        guard head.count <= Self.longestHead, !head.contains(where: { $0 == 0 || $0 == 0x0b || $0 == 0x0c }) else {
            return nil
        }
        guard var lines = Self.lines(Array(head)), let first = lines.first else { return nil }
        lines.removeFirst()
        guard let fields = Self.fields(lines) else { return nil }
        let words = first.split(separator: 0x20, omittingEmptySubsequences: false)
        guard words.count == 3, Self.isToken(words[0]),
            words[2] == Array("HTTP/1.1".utf8)[...]
                || words[2] == Array("HTTP/1.0".utf8)[...]
        else { return nil }
        let credentials = fields.filter { $0.name == "proxy-authorization" }
        guard credentials.count <= 1 else { return nil }
        credential = credentials.first.map { String(decoding: $0.value, as: UTF8.self) }
        if words[0].elementsEqual("CONNECT".utf8) {
            guard let target = HostPort(words[1]) else { return nil }
            self.target = target
            kind = .tunnel
        } else {
            guard let (target, path) = Self.absolute(words[1]) else { return nil }
            self.target = target
            kind = .forward(head: Self.forwarded(words[0], path, target, fields))
        }
    }

    private struct Field {
        var name: String
        var line: ArraySlice<UInt8>
        var value: ArraySlice<UInt8>
    }

    /// Cuts at CR LF; a CR or LF alone is refused.
    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>]? {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x0d, index + 1 < bytes.count, bytes[index + 1] == 0x0a {
                lines.append(bytes[start..<index])
                index += 2
                start = index
            } else {
                guard bytes[index] != 0x0d, bytes[index] != 0x0a else { return nil }
                index += 1
            }
        }
        return lines + (start < bytes.count ? [bytes[start...]] : [])
    }

    /// Refuses lines that continue another one, and names with blanks.
    private static func fields(_ lines: [ArraySlice<UInt8>]) -> [Field]? {
        var fields: [Field] = []
        for line in lines {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), isToken(line[..<colon]) else { return nil }
            let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
            var value = line[(colon + 1)...].drop(while: blank)
            while let last = value.last, blank(last) { value.removeLast() }
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            fields.append(Field(name: name, line: line, value: value))
        }
        return fields
    }

    private static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        let marks = Array("!#$%&'*+-.^_`|~".utf8)
        return !bytes.isEmpty
            && bytes.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || marks.contains($0)
            }
    }

    /// `http://host[:port]/path`, without a user; other schemes go through a tunnel.
    private static func absolute(_ url: ArraySlice<UInt8>) -> (HostPort, path: ArraySlice<UInt8>)? {
        let scheme = Array("http://".utf8)
        guard url.prefix(scheme.count).map({ (65...90).contains($0) ? $0 | 0x20 : $0 }) == scheme,
            url.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") })
        else { return nil }
        let rest = url.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        guard let target = HostPort(rest[..<end], defaultPort: 80) else { return nil }
        return (target, rest[end...])
    }

    /// The request as the server gets it: for the host that was judged, and one request on the connection.
    private static func forwarded(
        _ method: ArraySlice<UInt8>,
        _ path: ArraySlice<UInt8>,
        _ target: HostPort,
        _ fields: [Field]
    ) -> [UInt8] {
        let dropped: Set<String> = [
            "host", "connection", "keep-alive", "proxy-authorization", "proxy-connection", "proxy-authenticate", "te",
            "trailer", "upgrade",
        ]
        let host = target.port == 80 ? "\(target.host)" : "\(target)"
        var head = Array(method)
        head += path.first == UInt8(ascii: "/") ? Array(" ".utf8) : Array(" /".utf8)
        head += path
        head += Array(" HTTP/1.1\r\nHost: \(host)\r\n".utf8)
        for field in fields where !dropped.contains(field.name) {
            head += field.line
            head += [0x0d, 0x0a]
        }
        head += Array("Connection: close\r\n\r\n".utf8)
        return head
    }
}
