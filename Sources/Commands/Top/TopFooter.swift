/// The last line: the keys that mean something now.
struct TopFooter {
    private struct Key {
        var name: String
        var meaning: String
        /// The larger, the longer it stays where the terminal is narrow.
        var weight: Int
    }

    private let model: TopModel

    init(_ model: TopModel) {
        self.model = model
    }

    func line(columns: Int) -> StyledLine {
        var keys = keys
        while Self.line(of: keys).width > columns, let least = keys.map(\.weight).min() {
            guard keys.count > 1, let index = keys.lastIndex(where: { $0.weight == least }) else { break }
            keys.remove(at: index)
        }
        return Self.line(of: keys)
    }

    private static func line(of keys: [Key]) -> StyledLine {
        let parts = keys.map { StyledLine($0.name, .strong) + StyledLine(" \($0.meaning)", .faint) }
        guard let first = parts.first else { return "" }
        return parts.dropFirst().reduce(first) { $0 + "  " + $1 }
    }

    private var keys: [Key] {
        if let prompt = model.prompt { return Self.keys(of: prompt) }
        switch model.view {
        case .help: return [Key(name: "any key", meaning: "back", weight: 1)]
        case .list:
            let isEmpty = model.shown.isEmpty
            var keys = isEmpty ? [] : [Key(name: "↑↓", meaning: "select", weight: 1)]
            if !isEmpty { keys.append(Key(name: "Enter", meaning: "log", weight: 5)) }
            keys += actions + [Key(name: "/", meaning: "filter", weight: 3)]
            if !model.filter.isEmpty { keys.append(Key(name: "Esc", meaning: "all tasks", weight: 6)) }
            return keys + common
        case .log:
            let follow = model.logTop == nil ? [] : [Key(name: "End", meaning: "follow", weight: 5)]
            return [
                Key(name: "Esc", meaning: "list", weight: 6), Key(name: "↑↓ PgUp PgDn", meaning: "scroll", weight: 1),
            ] + follow + actions + common
        }
    }

    private var actions: [Key] {
        TopAction.allCases.filter(model.isPossible)
            .map { Key(name: String($0.rawValue), meaning: $0.words, weight: $0 == .answer ? 7 : 4) }
    }

    private var common: [Key] {
        [Key(name: "?", meaning: "help", weight: 8), Key(name: "q", meaning: "quit", weight: 9)]
    }

    private static func keys(of prompt: TopModel.Prompt) -> [Key] {
        let cancel = Key(name: "Esc", meaning: "give up", weight: 2)
        return switch prompt {
        case .filter: [Key(name: "Enter", meaning: "keep", weight: 3), cancel]
        case .stop:
            [Key(name: "y", meaning: "stop it gently", weight: 3), Key(name: "n", meaning: "leave it", weight: 2)]
        case .message: [Key(name: "Enter", meaning: "send", weight: 3), cancel]
        case .limit: [Key(name: "Enter", meaning: "let it go on", weight: 3), cancel]
        case .answer:
            [Key(name: "Enter", meaning: "answer", weight: 3), cancel, Key(name: "↑↓", meaning: "scroll", weight: 1)]
        }
    }

    /// What `?` shows.
    static let help: [StyledLine] = [
        StyledLine("Keys", .strong),
        "↑ ↓ j k PgUp PgDn g G  select a task, or scroll its log",
        "Enter Tab  the log of the task; again, or Esc: back to the list",
        "/  filter by id, name, status or daemon; Esc shows all again",
        "s  stop the task gently    p  pause it    r  let it go on",
        "a  answer what its agent asks; for a permission: yes, always, no WHY",
        "m  say something to its agent",
        "Ctrl-L  draw everything anew    q Ctrl-C  quit; no task is ended by that",
        "!  marks tasks that need you. Times are in UTC.",
        "The latest \(TopSession.latest) tasks are shown, and older ones that are at work.",
    ]
}

extension TopAction {
    /// As the keys are explained.
    fileprivate var words: String {
        switch self {
        case .stop: "stop"
        case .pause: "pause"
        case .resume: "resume"
        case .answer: "answer"
        case .message: "message"
        }
    }
}
