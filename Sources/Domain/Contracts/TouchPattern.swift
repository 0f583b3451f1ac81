/// A glob pattern of paths that a task may change, below the root of the repository.
package enum TouchPattern {
    /// In bytes.
    private static let longest = 1024
    /// Every task is compared with every other one, segment by segment.
    private static let mostSegments = 32
    private static let most = 64
    /// Of all patterns of a task, in bytes.
    private static let mostTogether = 4096

    /// Why it is none that git takes, as the rest of a sentence; `nil` where it is one.
    package static func problem(with pattern: String) -> String? {
        if pattern.allSatisfy(\.isWhitespace) { return "must not be empty" }
        if pattern.utf8.count > longest { return "must have \(longest) bytes at most" }
        if pattern.utf8.contains(0) || pattern.contains(where: \.isNewline) { return "must be one line without NUL" }
        if pattern.hasPrefix("/") { return "must not begin with '/': it is below the root of the repository" }
        if pattern.hasPrefix(":") { return "must not begin with ':'" }
        let segments = pattern.split(separator: "/")
        if segments.contains("..") { return "must not contain '..'" }
        if segments.count > mostSegments {
            return "must have \(mostSegments) parts between slashes at most, and has \(segments.count)"
        }
        return nil
    }

    /// Why a task cannot have all of these, of which each is a pattern, as the rest of a sentence; `nil` where it can.
    package static func problem(withAll patterns: [String]) -> String? {
        if patterns.count > most {
            return "must be \(most) at most, and are \(patterns.count): name directories instead"
        }
        let bytes = patterns.map(\.utf8.count).reduce(0, +)
        guard bytes > mostTogether else { return nil }
        return "must have \(mostTogether) bytes at most together, and have \(bytes): name directories instead"
    }
}
