/// A glob pattern of paths that a task may change, below the root of the repository.
package enum TouchPattern {
    /// In bytes.
    private static let longest = 1024

    /// Why it is none that git takes, as the rest of a sentence; `nil` where it is one.
    package static func problem(with pattern: String) -> String? {
        if pattern.allSatisfy(\.isWhitespace) { return "must not be empty" }
        if pattern.utf8.count > longest { return "must have \(longest) bytes at most" }
        if pattern.utf8.contains(0) || pattern.contains(where: \.isNewline) { return "must be one line without NUL" }
        if pattern.hasPrefix("/") { return "must not begin with '/': it is below the root of the repository" }
        if pattern.hasPrefix(":") { return "must not begin with ':'" }
        if pattern.split(separator: "/").contains("..") { return "must not contain '..'" }
        return nil
    }
}
