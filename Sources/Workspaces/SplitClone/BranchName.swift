import Domain

/// Names of the branches that makima makes.
enum BranchName {
    static let prefix = "makima/"

    /// Returns `makima/<label>-<short id>`; the label is reduced to what is harmless everywhere.
    static func own(label: String, task: TaskID) -> String {
        let slug = slug(of: label)
        return slug.isEmpty ? "\(prefix)\(task.short)" : "\(prefix)\(slug)-\(task.short)"
    }

    /// Returns the names to try in turn: all others are for when a branch is in the way of the first.
    static func candidates(for name: String) -> [String] {
        let flat = name.split(separator: "/").joined(separator: "-")
        return [name] + (2...50).map { "\(name)-\($0)" } + [flat] + (2...50).map { "\(flat)-\($0)" }
    }

    /// Whether both can be branches at once: one that is a directory of the other cannot.
    static func coexist(_ one: String, _ other: String) -> Bool {
        one != other && !one.hasPrefix("\(other)/") && !other.hasPrefix("\(one)/")
    }

    /// Whether the name can be used as a path below `refs/heads`.
    static func isPath(_ name: String) -> Bool {
        !name.isEmpty
            && name.split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy {
                    !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") && !$0.utf8.contains(0)
                }
    }

    private static func slug(of label: String) -> String {
        var slug = ""
        for byte in label.utf8.prefix(200) {
            let character = Character(Unicode.Scalar(byte))
            if byte < 0x80, character.isLetter || character.isNumber {
                slug += character.lowercased()
            } else if !slug.isEmpty, !slug.hasSuffix("-") {
                slug += "-"
            }
            if slug.utf8.count >= 40 { break }
        }
        return slug.hasSuffix("-") ? String(slug.dropLast()) : slug
    }
}
