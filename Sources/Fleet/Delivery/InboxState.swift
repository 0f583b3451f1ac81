/// What a receiver remembers of one sender's numbered entries: the last of those that it has without a gap.
package struct InboxState: Hashable, Sendable, Codable {
    /// 0 before the first.
    package private(set) var lastTaken: Int

    package init(lastTaken: Int = 0) {
        self.lastTaken = lastTaken
    }

    /// What an entry's number says.
    package enum Judgement: Hashable, Sendable {
        /// It is the next: take it.
        case next
        /// It was taken before: acknowledge it and do nothing.
        case repetition
        /// Entries before it are missing: the connection is of no use any more.
        case gap(expected: Int)
    }

    package func judge(_ number: Int) -> Judgement {
        let (expected, overflow) = lastTaken.addingReportingOverflow(1)
        if number <= lastTaken || overflow { return .repetition }
        return number == expected ? .next : .gap(expected: expected)
    }

    /// Takes an entry where it is the next; returns what it was.
    package mutating func take(_ number: Int) -> Judgement {
        let judgement = judge(number)
        if judgement == .next { lastTaken = number }
        return judgement
    }
}
