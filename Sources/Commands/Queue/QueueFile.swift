import Domain

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

    /// Throws where there is no section, text before the first, a section without a name, or two of one name.
    init(_ text: String) throws(QueueFileError) {
        var sections: [Section] = []
        var plans: [[Substring]] = []
        var (fence, isInOptions) = (Fence?.none, false)
        // Some editors begin files with a mark of their encoding.
        let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let wasFenced = fence != nil
            fence = Fence.after(fence, line, number: index + 1)
            if !wasFenced, fence == nil, let name = Self.heading(line) {
                guard !name.isEmpty else { throw .nameless(line: index + 1) }
                if let other = sections.first(where: { $0.name == name }) {
                    throw .sameName(name, lines: [other.line, index + 1])
                }
                sections.append(Section(name: name, line: index + 1))
                plans.append([])
                isInOptions = true
                continue
            }
            guard let last = sections.indices.last else {
                guard line.allSatisfy(\.isWhitespace) else { throw .textBeforeFirst(line: index + 1) }
                continue
            }
            if isInOptions, let option = Self.option(line, index + 1) {
                sections[last].options.append(option)
            } else {
                isInOptions = false
                plans[last].append(line)
            }
        }
        if let fence { throw .openFence(line: fence.line) }
        guard !sections.isEmpty else { throw .empty }
        for index in sections.indices { sections[index].plan = Self.trimmed(plans[index]) }
        self.sections = sections
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

/// What is wrong with a file of tasks.
enum QueueFileError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case textBeforeFirst(line: Int)
    case nameless(line: Int)
    case sameName(String, lines: [Int])
    case unknownTask(String, line: Int)
    case malformed(String, value: String, line: Int, wanted: String)
    /// Everything behind it would be code.
    case openFence(line: Int)
    /// An option of `makima run` that makes no sense in a file.
    case pointless(String, line: Int)
    /// Each waits for the next, and the last for the first.
    case circle([String])
    /// What `makima run` says of the options.
    case options(section: String, line: Int, message: String)

    var description: String {
        switch self {
        case .empty: "The file has no task."
        case .textBeforeFirst(let line): "Line \(line) stands before the first task."
        case .nameless(let line): "The task in line \(line) has no name."
        case .sameName(let name, let lines):
            "Two tasks are called '\(name)': lines \(lines.map(String.init).joined(separator: " and "))."
        case .unknownTask(let name, let line):
            "Line \(line) names the task '\(name)', which neither the file nor the server has."
        case .malformed(let option, let value, let line, let wanted):
            "The option '\(option)' in line \(line) is '\(value)'; it has to be \(wanted)."
        case .openFence(let line): "The block of code that begins in line \(line) does not end."
        case .pointless(let option, let line): "The option '\(option)' in line \(line) is of no use in a file."
        case .circle(let names): "These tasks wait for each other: \(names.map { "'\($0)'" }.joined(separator: " → "))."
        case .options(let section, let line, let message): "The task '\(section)', line \(line): \(message)"
        }
    }
}

extension QueueFileError: ExplainedError {
    var errorCode: ErrorCode { .usage }

    var hint: String {
        switch self {
        case .empty, .textBeforeFirst, .nameless:
            "Each task begins with a heading, such as '# Parser'; its plan stands below."
        case .sameName: "Give one of them another name: by it, others wait for it."
        case .unknownTask:
            "Name the heading of another section, in the same spelling, or a task that the server has, by its id or name."
        case .malformed: "Correct it, or leave it out."
        case .openFence: "End it with a line of the same mark, as '```'."
        case .pointless: "Leave it out; a task's name is its heading, and its plan stands below."
        case .circle: "Let one of them begin without the others."
        case .options:
            "Options are those of 'makima run' without '--', as 'check: make test'; 'makima add --help' lists the others."
        }
    }
}

/// The task of a section cannot be made as it is asked for.
struct RefusedSection: ExplainedError {
    let section: QueueFile.Section
    let refusal: any Error

    var description: String { "The task '\(section.name)' in line \(section.line) cannot be queued." }
    var errorCode: ErrorCode { (refusal as? any ExplainedError)?.errorCode ?? .refused }
    var hint: String {
        (refusal as? any ExplainedError)?.hint ?? "No task of the file was queued; mend this one, and give it again."
    }
    var cause: (any Error)? { refusal }
}
