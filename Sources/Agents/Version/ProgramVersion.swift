/// The version of a program, as far as versions can be compared.
package struct ProgramVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let numbers: [Int]
    /// What follows the numbers, as in `1.2.0-beta.1`; empty for a release.
    package let suffix: String

    /// Reads one word, as `1.2`, `v1.2.3` or `1.2.0-beta.1`; `nil` where it is no version.
    package init?(word: some StringProtocol) {
        let text = word.hasPrefix("v") ? String(word.dropFirst()) : String(word)
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let numbers = parts.compactMap(Int.init)
        guard numbers.count == parts.count, (2...4).contains(numbers.count) else { return nil }
        let rest = text.dropFirst(digits.count)
        guard rest.isEmpty || "-+".contains(rest.first ?? " ") || rest.first?.isLetter == true else { return nil }
        self.numbers = numbers
        suffix = String(rest)
    }

    /// Reads what a program prints when it is called with `--version`: the first word of the first line that has one.
    package init?(printed text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map { $0.trimmed(of: "(),.;:") }
            if let version = words.lazy.compactMap({ ProgramVersion(word: $0) }).first {
                self = version
                return
            }
        }
        return nil
    }

    package var description: String { numbers.map(String.init).joined(separator: ".") + suffix }

    /// What is before a release comes before it; builds of one version are alike.
    package static func < (left: ProgramVersion, right: ProgramVersion) -> Bool {
        let count = max(left.numbers.count, right.numbers.count)
        let (leftNumbers, rightNumbers) = (left.padded(to: count), right.padded(to: count))
        if leftNumbers != rightNumbers { return leftNumbers.lexicographicallyPrecedes(rightNumbers) }
        return left.isPreview && !right.isPreview
    }

    private var isPreview: Bool { !suffix.isEmpty && !suffix.hasPrefix("+") }

    private func padded(to count: Int) -> [Int] {
        numbers + Array(repeating: 0, count: count - numbers.count)
    }
}

extension Substring {
    fileprivate func trimmed(of characters: String) -> Substring {
        var text = drop { characters.contains($0) }
        while let last = text.last, characters.contains(last) { text = text.dropLast() }
        return text
    }
}
