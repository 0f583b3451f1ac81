/// A line that is being typed.
struct TopLine: Hashable, Sendable {
    private(set) var text = ""
    /// Where the next character goes, in characters.
    private(set) var cursor = 0

    /// What is said to an agent may be no longer.
    private static let longest = 64 << 10

    init(_ text: String = "") {
        self.text = text
        cursor = text.count
    }

    /// What was typed so far, up to the cursor.
    var head: String { String(text.prefix(cursor)) }

    /// Changes the line as `key` says; returns whether it says anything here.
    mutating func take(_ key: TopKey) -> Bool {
        switch key {
        case .character(let character): insert(String(character))
        case .paste(let pasted): insert(pasted)
        case .backspace, .control("h"): remove(from: cursor - 1, to: cursor)
        case .delete, .control("d"): remove(from: cursor, to: cursor + 1)
        case .control("u"): remove(from: 0, to: cursor)
        case .control("k"): remove(from: cursor, to: text.count)
        case .control("w"): remove(from: beginningOfWord, to: cursor)
        case .left, .control("b"): cursor = max(0, cursor - 1)
        case .right, .control("f"): cursor = min(text.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = text.count
        case .control, .enter, .tab, .escape, .up, .down, .pageUp, .pageDown, .unknown: return false
        }
        return true
    }

    private mutating func insert(_ addition: String) {
        guard text.utf8.count + addition.utf8.count <= Self.longest else { return }
        // An accent joins the character before it.
        let before = head + addition
        text = before + text.dropFirst(cursor)
        cursor = min(before.count, text.count)
    }

    private mutating func remove(from first: Int, to end: Int) {
        guard first >= 0, first < end, end <= text.count else { return }
        text = String(text.prefix(first) + text.dropFirst(end))
        cursor = min(first, text.count)
    }

    private var beginningOfWord: Int {
        let trimmed = head.reversed().drop { $0 == " " }.drop { $0 != " " }
        return trimmed.count
    }
}
