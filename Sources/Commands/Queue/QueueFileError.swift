import Domain
import Wire

/// What is wrong with a file of tasks.
enum QueueFileError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case textBeforeFirst(line: Int)
    case nameless(line: Int)
    case sameName(String, lines: [Int])
    /// Longer than a server takes.
    case longName(String, bytes: Int, line: Int)
    /// `line` is that of the first that is too many.
    case tooMany(count: Int, line: Int)
    case unknownTask(String, line: Int)
    /// Several tasks of the server are called so.
    case ambiguousTask(String, ids: [String], line: Int)
    case malformed(String, value: String, line: Int, wanted: String)
    /// Everything behind it would be code.
    case openFence(line: Int)
    /// An option of `makima run` that makes no sense in a file.
    case pointless(String, line: Int)
    /// Each waits for the next, and the last for the first.
    case circle([String], line: Int)
    /// What `makima run` says of the options.
    case options(section: String, line: Int, message: String)

    var description: String {
        switch self {
        case .empty: "The file has no task."
        case .textBeforeFirst(let line): "Line \(line) stands before the first task."
        case .nameless(let line): "The task in line \(line) has no name."
        case .sameName(let name, let lines):
            "Two tasks are called '\(name)': lines \(lines.map(String.init).joined(separator: " and "))."
        case .longName(let name, let bytes, let line):
            "The heading in line \(line), '\(name.firstLine(upTo: 40))', has \(bytes) bytes; a task's name has "
                + "\(WireLimits.label) at most."
        case .tooMany(let count, let line):
            "The file has \(count) tasks, the one in line \(line) and those below it too many: \(TaskBatchRequest.most) are queued "
                + "at a time."
        case .ambiguousTask(let name, let ids, let line):
            "Line \(line) names '\(name)', and several tasks of the server are called so: "
                + "\(ids.map { String($0.prefix(6)) }.listed(atMost: 5))."
        case .unknownTask(let name, let line):
            "Line \(line) names the task '\(name)', which neither the file nor the server has."
        case .malformed(let option, let value, let line, let wanted):
            "The option '\(option)' in line \(line) is '\(value)'; it has to be \(wanted)."
        case .openFence(let line): "The block of code that begins in line \(line) does not end."
        case .pointless(let option, let line): "The option '\(option)' in line \(line) is of no use in a file."
        case .circle(let names, let line):
            "These tasks, the first in line \(line), wait for each other: \(names.map { "'\($0)'" }.joined(separator: " → "))."
        case .options(let section, let line, let message): "The task '\(section)', line \(line): \(message)"
        }
    }
}

extension QueueFileError {
    /// Where it stands; 0 where it is about the whole file.
    var line: Int {
        switch self {
        case .empty: 0
        case .textBeforeFirst(let line), .nameless(let line), .unknownTask(_, let line), .openFence(let line),
            .pointless(_, let line), .malformed(_, _, let line, _), .options(_, let line, _), .circle(_, let line),
            .longName(_, _, let line), .tooMany(_, let line), .ambiguousTask(_, _, let line):
            line
        case .sameName(_, let lines): lines.last ?? 0
        }
    }
}

extension QueueFileError: ExplainedError {
    var errorCode: ErrorCode { .usage }

    var hint: String {
        switch self {
        case .empty, .textBeforeFirst, .nameless:
            "Each task begins with a heading, such as '# Parser'; its plan stands below."
        case .longName: "Say it in short, and put the rest below an empty line, into the plan."
        case .tooMany:
            "Divide the file; once the first part is queued, the second may name its tasks, as in 'after: NAME'."
        case .ambiguousTask: "Name it by its id."
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

    var description: String {
        "The task '\(section.name.firstLine(upTo: 80))' in line \(section.line) cannot be queued."
    }
    var errorCode: ErrorCode { (refusal as? any ExplainedError)?.errorCode ?? .refused }
    var hint: String {
        (refusal as? any ExplainedError)?.hint ?? "No task of the file was queued; mend this one, and give it again."
    }
    var cause: (any Error)? { refusal }
}

/// Everything that is wrong with a file of tasks.
struct QueueProblems {
    private var all: [(line: Int, error: any ExplainedError)] = []

    var isEmpty: Bool { all.isEmpty }

    mutating func add(_ error: QueueFileError) { all.append((error.line, error)) }

    mutating func add(_ refusals: [RefusedSection]) { all += refusals.map { ($0.section.line, $0) } }

    /// Throws what is wrong; one thing by itself.
    func check() throws {
        guard let first = all.first else { return }
        // Problems of one line stay as they were found.
        let ordered = all.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
        throw all.count == 1 ? first.error : QueueFileProblems(errors: ordered.map(\.element.error))
    }
}

/// Several things that are wrong with a file of tasks.
struct QueueFileProblems: ExplainedError {
    /// In the order of the file.
    let errors: [any ExplainedError]

    /// A file of a thousand mistakes is one mistake to a person.
    private static let mostShown = 50

    var description: String {
        let shown = errors.prefix(Self.mostShown).map { "  - \(Self.sentences(of: $0))" }
        let hidden = errors.count - shown.count
        return "The file has \(errors.count) problems, and none of its tasks was queued:\n"
            + (shown + (hidden > 0 ? ["  - and \(hidden) more"] : [])).joined(separator: "\n")
    }

    /// What is wrong, why, and what to do, on one line.
    private static func sentences(of error: any ExplainedError) -> String {
        [("\(error)"), error.cause.map { "\($0)" } ?? "", error.hint].filter { !$0.isEmpty }.joined(separator: " ")
            .split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    var errorCode: ErrorCode { .usage }
    var hint: String { "Mend each where it is said to stand, and give the file again." }
}
