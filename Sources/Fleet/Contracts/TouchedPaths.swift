/// A list of git glob patterns, taken apart once: it is compared with those of many other tasks.
package struct TouchedPaths: Sendable {
    private let patterns: [[Segment]]

    package init(_ patterns: [String]) {
        self.patterns = patterns.map { $0.split(separator: "/").filter { $0 != "." }.map(Segment.init) }
    }

    /// Whether a path may match both.
    ///
    /// Says yes where that cannot be told: two tasks at work at once cost more than one after the other.
    package func mayOverlap(_ other: TouchedPaths) -> Bool {
        patterns.contains { one in other.patterns.contains { Self.mayOverlap(one, $0) } }
    }

    private static func mayOverlap(_ left: [Segment], _ right: [Segment]) -> Bool {
        for index in 0..<min(left.count, right.count) {
            if left[index].isAnyDepth || right[index].isAnyDepth { return true }
            guard left[index].mayMeet(right[index]) else { return false }
        }
        // What is left of one is beneath the other, which may be a directory.
        return true
    }
}

/// What stands between two slashes.
private struct Segment: Sendable {
    let isAnyDepth: Bool
    private let text: String
    private let isOpen: Bool
    /// What stands before the first wildcard, and after the last; all of it where there is none.
    private let start: String
    private let end: String

    init(_ segment: Substring) {
        text = String(segment)
        isAnyDepth = segment == "**"
        isOpen = segment.contains(where: Self.isWildcard)
        start = isOpen ? String(segment.prefix { !Self.isWildcard($0) }) : text
        end = isOpen ? String(segment.reversed().prefix { !Self.isWildcard($0) && $0 != "]" }.reversed()) : text
    }

    func mayMeet(_ other: Segment) -> Bool {
        if text == other.text { return true }
        guard isOpen || other.isOpen else { return false }
        return (start.hasPrefix(other.start) || other.start.hasPrefix(start))
            && (end.hasSuffix(other.end) || other.end.hasSuffix(end))
    }

    private static func isWildcard(_ character: Character) -> Bool { "*?[\\".contains(character) }
}
