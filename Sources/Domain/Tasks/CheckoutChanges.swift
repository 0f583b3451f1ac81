/// What of a user's checkout is in no commit.
package struct CheckoutChanges: Hashable, Sendable {
    /// Tracked files that differ from the last commit.
    package var changed: Int
    /// Files that git neither tracks nor ignores; a directory of nothing else counts once.
    package var untracked: Int
    /// Whether directories are among ``untracked``.
    package var hasDirectories: Bool
    /// Nobody counts further.
    package static let most = 1000

    package init(changed: Int = 0, untracked: Int = 0, hasDirectories: Bool = false) {
        self.changed = changed
        self.untracked = untracked
        self.hasDirectories = hasDirectories
    }

    package var isEmpty: Bool { changed == 0 && untracked == 0 }

    /// As `1 changed and 12 untracked files`.
    package var words: String {
        let counts = [(changed, "changed"), (untracked, "untracked")].filter { $0.0 > 0 }
            .map { "\($0 < Self.most ? "\($0)" : "\(Self.most) or more") \($1)" }
        let last = untracked > 0 ? untracked : changed
        let one = hasDirectories ? "file or directory" : "file"
        let noun = last == 1 ? one : hasDirectories ? "files and directories" : "files"
        return "\(counts.joined(separator: " and ")) \(noun)"
    }
}
