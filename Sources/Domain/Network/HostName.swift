/// The host that a program wants to reach, in the one form in which hosts are compared.
package enum HostName: Hashable, Sendable {
    /// Labels of small letters, digits, `-` and `_`, without a dot at the end.
    case name(String)
    case address(IPAddress)

    /// Reads a host as it stands in a URL; an IPv6 address is in brackets.
    ///
    /// Takes nothing that two programs could read in two ways: no percent sign, blank, NUL or letter beyond ASCII, no
    /// number but four decimal ones. One dot at the end means nothing; capitals are folded.
    package init?(_ text: some Sequence<UInt8>) {
        var bytes = Array(text)
        if bytes.first == UInt8(ascii: "[") {
            guard bytes.last == UInt8(ascii: "]"),
                let address = IPAddress(String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)),
                address.bytes.count == 16, !address.holdsAnother
            else { return nil }
            self = .address(address)
            return
        }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        bytes = bytes.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
        guard Self.isName(bytes) else { return nil }
        let name = String(decoding: bytes, as: UTF8.self)
        guard !Self.isNumeric(name) else {
            guard let address = IPAddress(name) else { return nil }
            self = .address(address)
            return
        }
        self = .name(name)
    }

    private static func isName(_ bytes: [UInt8]) -> Bool {
        guard (1...253).contains(bytes.count) else { return false }
        return bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { label in
                (1...63).contains(label.count)
                    && label.allSatisfy {
                        (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
                            || $0 == UInt8(ascii: "_")
                    }
            }
    }

    /// Whether programs take it for an address: its last label is a number, also a hexadecimal one.
    private static func isNumeric(_ name: String) -> Bool {
        let last = name.split(separator: ".").last ?? ""
        return last.utf8.allSatisfy { (48...57).contains($0) } || last.hasPrefix("0x")
    }
}

extension IPAddress {
    /// Whether it is an IPv4 address in the form of another one (`::ffff:0:0/96`, `::/96`): always meant to deceive here.
    fileprivate var holdsAnother: Bool {
        let zeros = [UInt8](repeating: 0, count: 10)
        guard bytes.starts(with: zeros) else { return false }
        // `::1` is an address of its own.
        return Array(bytes[10...]) != [0, 0, 0, 0, 0, 1]
    }
}

extension HostName: CustomStringConvertible {
    /// As it stands in a URL.
    package var description: String {
        switch self {
        case .name(let name): return name
        case .address(let address) where address.bytes.count == 4:
            return address.bytes.map(String.init).joined(separator: ".")
        case .address(let address):
            let groups = stride(from: 0, to: 16, by: 2)
                .map { String(UInt16(address.bytes[$0]) << 8 | UInt16(address.bytes[$0 + 1]), radix: 16) }
            return "[\(groups.joined(separator: ":"))]"
        }
    }
}

/// A host and a port of it.
package struct HostPort: Hashable, Sendable {
    package var host: HostName
    package var port: UInt16

    package init(host: HostName, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port` or, where there is a `defaultPort`, `host`.
    package init?(_ text: some Collection<UInt8>, defaultPort: UInt16? = nil) {
        let bytes = Array(text)
        let (host, digits) = Self.split(bytes)
        guard let name = HostName(host), let port = digits.map(Self.port(from:)) ?? defaultPort else { return nil }
        self.init(host: name, port: port)
    }

    /// Cuts at the colon that is not within brackets.
    static func split(_ bytes: [UInt8]) -> (host: ArraySlice<UInt8>, port: ArraySlice<UInt8>?) {
        let start = bytes.lastIndex(of: UInt8(ascii: "]")) ?? bytes.startIndex
        guard let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":")) else { return (bytes[...], nil) }
        return (bytes[..<colon], bytes[(colon + 1)...])
    }

    static func port(from digits: ArraySlice<UInt8>) -> UInt16? {
        guard (1...5).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }),
            let port = UInt16(String(decoding: digits, as: UTF8.self)), port > 0
        else { return nil }
        return port
    }
}

extension HostPort: CustomStringConvertible {
    package var description: String { "\(host):\(port)" }
}
