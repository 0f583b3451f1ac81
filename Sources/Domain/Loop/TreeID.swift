/// The object id of a git tree, in hexadecimal: two equal ids mean equal files.
package struct TreeID: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    package let rawValue: String

    /// Returns `nil` unless `rawValue` is 40 or 64 lower-case hexadecimal digits.
    package init?(rawValue: String) {
        guard ObjectName.isValid(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}

/// The object id of a git commit, in hexadecimal.
package struct CommitID: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    package let rawValue: String

    /// Returns `nil` unless `rawValue` is 40 or 64 lower-case hexadecimal digits.
    package init?(rawValue: String) {
        guard ObjectName.isValid(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
    package var short: String { String(rawValue.prefix(10)) }
}

private enum ObjectName {
    static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        return (bytes.count == 40 || bytes.count == 64)
            && bytes.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
