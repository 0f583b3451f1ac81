/// Whether two lists of git glob patterns may match the same path.
package enum PathOverlap {
    /// Says yes where that cannot be told: two tasks at work at once cost more than one after the other.
    package static func mayOverlap(_ left: [String], _ right: [String]) -> Bool {
        left.contains { one in right.contains { mayOverlap(one, $0) } }
    }

    private static func mayOverlap(_ left: String, _ right: String) -> Bool {
        var (left, right) = (parts(of: left)[...], parts(of: right)[...])
        while let one = left.first, let other = right.first {
            if one == "**" || other == "**" { return true }
            guard segmentsMayMeet(one, other) else { return false }
            left.removeFirst()
            right.removeFirst()
        }
        // What is left of one is beneath the other, which may be a directory.
        return true
    }

    private static func parts(of pattern: String) -> [Substring] {
        pattern.split(separator: "/").filter { $0 != "." }
    }

    /// By what stands before the first wildcard of each, and after the last.
    private static func segmentsMayMeet(_ left: Substring, _ right: Substring) -> Bool {
        let (isOpen, isOtherOpen) = (hasWildcard(left), hasWildcard(right))
        if !isOpen, !isOtherOpen { return left == right }
        let (start, other) = (prefix(left), prefix(right))
        guard start.hasPrefix(other) || other.hasPrefix(start) else { return false }
        let (end, otherEnd) = (suffix(left), suffix(right))
        return end.hasSuffix(otherEnd) || otherEnd.hasSuffix(end)
    }

    private static func hasWildcard(_ text: Substring) -> Bool { text.contains(where: isWildcard) }
    private static func prefix(_ text: Substring) -> Substring { text.prefix { !isWildcard($0) } }

    private static func suffix(_ text: Substring) -> String {
        guard hasWildcard(text) else { return String(text) }
        return String(text.reversed().prefix { !isWildcard($0) && $0 != "]" }.reversed())
    }

    private static func isWildcard(_ character: Character) -> Bool { "*?[\\".contains(character) }
}
