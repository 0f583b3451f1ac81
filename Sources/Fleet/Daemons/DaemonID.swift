/// Names a daemon for as long as its state directory lives.
///
/// 1 to 128 letters, digits, `.`, `_`, `-` and `:`, beginning with a letter or digit.
package struct DaemonID: Hashable, Sendable, Codable, RawRepresentable, Comparable, CustomStringConvertible {
    package let rawValue: String

    package init?(rawValue: String) {
        let bytes = rawValue.utf8
        guard (1...128).contains(bytes.count), let first = bytes.first, first.isLetterOrDigit,
            bytes.allSatisfy({ $0.isLetterOrDigit || "-_.:".utf8.contains($0) })
        else { return nil }
        self.rawValue = rawValue
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = DaemonID(rawValue: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a daemon id")
            )
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    package var description: String { rawValue }

    package static func < (lhs: DaemonID, rhs: DaemonID) -> Bool { lhs.rawValue < rhs.rawValue }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
    }
}
