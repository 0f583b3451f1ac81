import Domain
import Wire

/// A file with tasks: one a section, which begins with a heading of the first level.
///
/// ```
/// # Parser
/// after: Lexer
/// check: swift test
///
/// Write the parser.
/// ```
///
/// Below the heading stand options, each `name: value` on a line of its own; then, after an empty line, the plan.
struct QueueFile: Hashable, Sendable {
    /// One task.
    struct Section: Hashable, Sendable {
        var name: String
        /// Of the heading, from 1.
        var line: Int
        var options: [Option] = []
        /// Without empty lines around it.
        var plan = ""
    }

    /// One line below a heading.
    struct Option: Hashable, Sendable {
        var name: String
        var value: String
        /// From 1.
        var line: Int
    }

    var sections: [Section]

    /// Reads what can be read; what is wrong with the rest is added to `problems`.
    init(reading text: String, problems: inout QueueProblems) {
        var reader = Reader()
        // Some editors begin files with a mark of their encoding.
        let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            reader.take(line, number: index + 1, &problems)
        }
        if let fence = reader.fence { problems.add(.openFence(line: fence.line)) }
        sections = reader.sections
        for index in sections.indices { sections[index].plan = Self.trimmed(reader.plans[index]) }
        if sections.isEmpty, problems.isEmpty { problems.add(.empty) }
        if sections.count > TaskBatchRequest.most {
            problems.add(.tooMany(count: sections.count, line: sections[TaskBatchRequest.most].line))
        }
    }

    /// Takes line after line.
    private struct Reader {
        var sections: [Section] = []
        /// The lines of each plan.
        var plans: [[Substring]] = []
        private(set) var fence: Fence?
        private var isInOptions = false
        /// Whether it was said that something stands before the first section.
        private var hasToldText = false

        mutating func take(_ line: Substring, number: Int, _ problems: inout QueueProblems) {
            let wasFenced = fence != nil
            fence = Fence.after(fence, line, number: number)
            if !wasFenced, fence == nil, let name = QueueFile.heading(line) {
                begin(name, number, &problems)
            } else if let last = sections.indices.last {
                if isInOptions, let option = QueueFile.option(line, number) {
                    sections[last].options.append(option)
                } else {
                    isInOptions = false
                    plans[last].append(line)
                }
            } else if !hasToldText, !line.allSatisfy(\.isWhitespace) {
                problems.add(.textBeforeFirst(line: number))
                hasToldText = true
            }
        }

        /// What is wrong with its name keeps nobody from looking at the rest.
        private mutating func begin(_ name: String, _ number: Int, _ problems: inout QueueProblems) {
            if name.isEmpty {
                problems.add(.nameless(line: number))
            } else if name.utf8.count > WireLimits.label {
                problems.add(.longName(name, bytes: name.utf8.count, line: number))
            } else if let other = sections.first(where: { $0.name == name }) {
                problems.add(.sameName(name, lines: [other.line, number]))
            }
            sections.append(Section(name: name, line: number))
            plans.append([])
            isInOptions = true
        }
    }

    /// A block of code that has begun: headings in it are none.
    private struct Fence {
        var mark: Character
        var length: Int
        var line: Int

        /// What is open after a line (CommonMark 0.31, 4.5).
        static func after(_ open: Fence?, _ line: Substring, number: Int) -> Fence? {
            let text = line.drop { $0 == " " }
            guard line.count - text.count < 4, let mark = text.first, mark == "`" || mark == "~" else { return open }
            let length = text.prefix { $0 == mark }.count
            let rest = text.dropFirst(length)
            guard let open else {
                return length >= 3 && !(mark == "`" && rest.contains("`"))
                    ? Fence(mark: mark, length: length, line: number) : nil
            }
            return mark == open.mark && length >= open.length && rest.allSatisfy(\.isWhitespace) ? nil : open
        }
    }

    /// The name in a heading of the first level; `nil` for every other line.
    private static func heading(_ line: Substring) -> String? {
        guard line.hasPrefix("#"), !line.hasPrefix("##") else { return nil }
        let rest = line.dropFirst()
        guard rest.isEmpty || rest.first == " " || rest.first == "\t" else { return nil }
        return trim(rest)
    }

    private static func option(_ line: Substring, _ number: Int) -> Option? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let name = line[..<colon]
        guard let first = name.first, first.isASCII, first.isLetter,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0 == "-") })
        else { return nil }
        return Option(name: String(name), value: trim(line[line.index(after: colon)...]), line: number)
    }

    private static func trimmed(_ lines: [Substring]) -> String {
        let isEmpty: (Substring) -> Bool = { $0.allSatisfy(\.isWhitespace) }
        let kept = lines.drop(while: isEmpty)
        let end = kept.lastIndex { !isEmpty($0) }.map { $0 + 1 } ?? kept.startIndex
        return kept[kept.startIndex..<end].joined(separator: "\n")
    }

    private static func trim(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        let end = start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) } ?? start.startIndex
        return String(start[..<end])
    }
}
