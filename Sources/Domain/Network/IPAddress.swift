/// An address of either internet protocol.
package struct IPAddress: Hashable, Sendable {
    /// 4 or 16.
    package let bytes: [UInt8]

    /// `nil` for any other number of bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads four decimal numbers, or eight hexadecimal ones with `::` for a row of zeros.
    ///
    /// Nothing else that some programs take for an address: no octal or hexadecimal part, no leading zero, no part left
    /// out, no zone, no IPv4 address inside of an IPv6 one.
    package init?(_ text: String) {
        guard let bytes = text.utf8.contains(UInt8(ascii: ":")) ? Self.parseLong(text) : Self.parseShort(text) else {
            return nil
        }
        self.bytes = bytes
    }

    /// Whether it can only be somebody else's machine on the internet.
    ///
    /// Not so: loopback, private, link-local (with it the metadata services of clouds), shared, multicast, reserved, and
    /// what holds such an IPv4 address.
    package var isPublic: Bool {
        guard bytes.count == 16 else { return !Self.special.contains { $0.contains(bytes) } }
        if let inner = embedded { return inner.isPublic }
        // 2000::/3 is all that was ever given out.
        return bytes[0] & 0xe0 == 0x20 && !Self.specialLong.contains { $0.contains(bytes) }
    }

    /// The IPv4 address that this one stands for: mapped, translated (64:ff9b::/96) or tunnelled (2002::/16).
    private var embedded: IPAddress? {
        let head = Array(bytes[..<12])
        if head == [UInt8](repeating: 0, count: 10) + [0xff, 0xff] || head == [UInt8](repeating: 0, count: 12)
            || head == [0, 0x64, 0xff, 0x9b] + [UInt8](repeating: 0, count: 8)
        {
            return IPAddress(bytes: Array(bytes[12...]))
        }
        return bytes[..<2] == [0x20, 0x02] ? IPAddress(bytes: Array(bytes[2..<6])) : nil
    }

    private struct Block {
        var start: [UInt8]
        var length: Int

        func contains(_ bytes: [UInt8]) -> Bool {
            (0..<length)
                .allSatisfy { bit in
                    let mask = UInt8(0x80) >> UInt8(bit % 8)
                    let own = bit / 8 < start.count ? start[bit / 8] : 0
                    return own & mask == bytes[bit / 8] & mask
                }
        }
    }

    private static let special = [
        Block(start: [0], length: 8), Block(start: [10], length: 8), Block(start: [100, 64], length: 10),
        Block(start: [127], length: 8), Block(start: [169, 254], length: 16), Block(start: [172, 16], length: 12),
        Block(start: [192, 0, 0], length: 24), Block(start: [192, 0, 2], length: 24),
        Block(start: [192, 88, 99], length: 24), Block(start: [192, 168], length: 16),
        Block(start: [198, 18], length: 15), Block(start: [198, 51, 100], length: 24),
        Block(start: [203, 0, 113], length: 24), Block(start: [224], length: 3),
    ]

    private static let specialLong = [
        // Tunnels (Teredo) and what is for documents and tests.
        Block(start: [0x20, 0x01, 0x00], length: 23), Block(start: [0x20, 0x01, 0x0d, 0xb8], length: 32),
        Block(start: [0x3f, 0xff], length: 20),
    ]

    private static func parseShort(_ text: String) -> [UInt8]? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (48...57).contains($0) }),
                part.count == 1 || part.first != 48, let number = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            bytes.append(number)
        }
        return bytes
    }

    private static func parseLong(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2, let first = groups(halves[0]) else { return nil }
        guard halves.count == 2 else { return first.count == 16 ? first : nil }
        guard let last = groups(halves[1]), first.count + last.count <= 14 else { return nil }
        return first + [UInt8](repeating: 0, count: 16 - first.count - last.count) + last
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        for group in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard (1...4).contains(group.utf8.count), group.utf8.allSatisfy(\.isHexadecimalDigit),
                let number = UInt16(group, radix: 16)
            else { return nil }
            bytes += [UInt8(number >> 8), UInt8(number & 0xff)]
        }
        return bytes
    }
}

extension UInt8 {
    fileprivate var isHexadecimalDigit: Bool {
        (48...57).contains(self) || (65...70).contains(self) || (97...102).contains(self)
    }
}
