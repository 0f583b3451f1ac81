import Domain

/// What a former makima wrote to a program that reads while it works.
///
/// A reader that consumes the program's output from its beginning gives out the same input once more: what of it was written is
/// left out here, so that the program reads it once.
package struct WrittenInput: Hashable, Sendable {
    /// How often each line was written.
    private var lines: [[UInt8]: Int] = [:]
    /// The last line, where its end is missing.
    private var begun: [UInt8]

    package init(_ bytes: [UInt8]) {
        var rest = bytes.split(separator: Self.feed, omittingEmptySubsequences: false).map(Array.init)
        begun = rest.popLast() ?? []
        for line in rest { lines[line, default: 0] += 1 }
    }

    /// Returns what of `input`, which is whole lines, is still to be written.
    package mutating func missing(of input: [UInt8]) -> [UInt8] {
        guard !lines.isEmpty || !begun.isEmpty else { return input }
        var missing: [UInt8] = []
        for line in input.split(separator: Self.feed).map(Array.init) {
            if let count = lines[line] {
                lines[line] = count > 1 ? count - 1 : nil
            } else if !begun.isEmpty, line.starts(with: begun) {
                missing += line.dropFirst(begun.count) + [Self.feed]
                begun = []
            } else {
                missing += closing() + line + [Self.feed]
            }
        }
        return missing
    }

    /// Ends the line that was begun, and that nothing else will end.
    private mutating func closing() -> [UInt8] {
        defer { begun = [] }
        return begun.isEmpty ? [] : [Self.feed]
    }

    private static let feed = UInt8(ascii: "\n")

    /// The whole lines that are records.
    static func records(in bytes: [UInt8]) -> [JSONValue] {
        bytes.split(separator: feed, omittingEmptySubsequences: false)
            .dropLast()
            // A line that cannot be read says nothing.
            .compactMap { line in line.withUnsafeBytes { try? JSONParser.parse($0) } }
    }
}
