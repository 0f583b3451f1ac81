/// Names a task on this machine: ten characters of Crockford's base 32, drawn at random.
///
/// The value is safe as a file name, as part of a ref name and on a command line. People may type any unique prefix.
package struct TaskID: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    package let rawValue: String

    /// Returns `nil` unless `rawValue` is exactly ten characters of the alphabet.
    package init?(rawValue: String) {
        guard rawValue.utf8.count == Self.length, rawValue.utf8.allSatisfy(Self.alphabet.contains) else { return nil }
        self.rawValue = rawValue
    }

    /// Draws a new id from `generator`; 50 bits, so a collision is a matter of tens of millions of tasks.
    package init(using generator: inout some RandomNumberGenerator) {
        let characters = (0..<Self.length)
            .map { _ in
                Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &generator)]
            }
        rawValue = String(decoding: characters, as: UTF8.self)
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = TaskID(rawValue: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a task id")
            )
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    package var description: String { rawValue }

    /// The part shown in branch names and lists.
    package var short: String { String(rawValue.prefix(6)) }

    private static let length = 10
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
}
