import Domain

/// Says when git may look for changes without writing the index.
///
/// Git cannot tell by its time whether a file of the second in which the index was written changed since: it compares the
/// content at every look, until the index is written again in a later second. Where that concerns few files, comparing is
/// quicker than writing.
struct IndexSettling: Hashable, Sendable {
    private(set) var isSettled = false

    private static let few = 100

    /// A look at the files began, with an index written in the given second; unless it is settled, it is written again.
    mutating func note(lookAt written: Int?, at now: Timestamp) {
        guard let written else { return }
        if written < now.millisecondsSince1970 / 1000 { isSettled = true }
    }

    /// Files were taken in, perhaps of this very second.
    mutating func note(staged count: Int) {
        if count > Self.few { isSettled = false }
    }
}
