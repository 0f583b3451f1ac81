package import Domain

/// What a daemon, a program or a person proves with who it is: `mk_<kind>_<id>_<secret>_<checksum>`.
///
/// The id finds the token's record, the secret has 256 bits of chance, and the checksum lets a typing error, and a
/// scanner that looks for leaked tokens, be told without asking anyone. Only the digest of the secret is stored.
package struct AccessToken: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case daemon = "d"
        case user = "u"
    }

    package let kind: Kind
    /// 8 characters; no secret.
    package let id: String
    private let secret: String

    /// Draws a new one; `generator` must be one for secrets, as the system's is.
    package init(_ kind: Kind, using generator: inout some RandomNumberGenerator) {
        self.kind = kind
        id = Self.draw(Self.idLength, using: &generator)
        secret = Self.draw(Self.secretLength, using: &generator)
    }

    /// Reads what was presented; `nil` for everything that makima has not made.
    package init?(_ text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "mk", let kind = Kind(rawValue: String(parts[1])),
            parts[2].utf8.count == Self.idLength, parts[3].utf8.count == Self.secretLength,
            (parts[2] + parts[3]).utf8.allSatisfy(Self.alphabet.contains)
        else { return nil }
        self.kind = kind
        id = String(parts[2])
        secret = String(parts[3])
        guard checksum == parts[4] else { return nil }
    }

    /// The token itself, to be shown to its owner once and kept nowhere.
    package var text: String { "\(body)_\(checksum)" }

    /// What is stored of the secret.
    package var digest: SHA256Digest { SHA256Digest(of: secret) }

    /// Without the secret, for logs.
    package var description: String { "mk_\(kind.rawValue)_\(id)" }
    package var debugDescription: String { description }

    private var body: String { "mk_\(kind.rawValue)_\(id)_\(secret)" }

    private var checksum: String {
        var rest = Self.crc32(body)
        var digits: [UInt8] = []
        for _ in 0..<6 {
            digits.append(Self.alphabet[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }

    private static func draw(_ count: Int, using generator: inout some RandomNumberGenerator) -> String {
        let characters = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
        return String(decoding: characters, as: UTF8.self)
    }

    /// The checksum of Ethernet and zip (reflected, 0xEDB88320).
    private static func crc32(_ text: String) -> UInt32 {
        var value = UInt32.max
        for byte in text.utf8 {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return ~value
    }

    private static let idLength = 8
    private static let secretLength = 43
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
}

/// What a token allows.
package enum AccessScope: String, Hashable, Sendable, Codable, CaseIterable {
    /// Users, tokens, daemons and everything below.
    case admin
    /// Makes and steers tasks, and everything below.
    case `operator`
    /// Sees tasks.
    case viewer
    /// Connects as one daemon, and nothing else.
    case daemon

    /// Whether whoever has this may do what `wanted` allows.
    package func includes(_ wanted: AccessScope) -> Bool {
        switch self {
        case .admin: wanted != .daemon
        case .operator: wanted == .operator || wanted == .viewer
        case .viewer: wanted == .viewer
        case .daemon: wanted == .daemon
        }
    }
}
