/// What an agent may do without being asked about, inside whatever confines it.
package enum PermissionMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// Read only: files are not changed and commands with effects are not run.
    case plan
    /// Every change and every command is asked about.
    case ask
    /// Files may be changed; commands are asked about.
    case edit
    /// Everything.
    case full

    /// What follows from a wish to use a tool of `kind`, where nothing more is known.
    package func ruling(on kind: PermissionRequest.Kind) -> Ruling {
        switch (self, kind) {
        case (.full, _), (_, .read), (_, .own), (.edit, .edit): .allow
        case (.plan, .edit), (.plan, .other): .refuse
        case (.ask, .edit), (.ask, .other), (.edit, .other): .ask
        }
    }

    package enum Ruling: Hashable, Sendable {
        case allow
        case ask
        case refuse
    }
}

/// The wish of an agent to use a tool, as its program puts it.
package struct PermissionRequest: Hashable, Sendable, Codable {
    package var tool: String
    package var kind: Kind
    /// What it is about: the whole command, the file.
    package var subject: String
    /// Everything that the tool is given, in the program's own words: two requests that are alike are so in all of it.
    ///
    /// `nil` where the program does not tell, or too much to be kept.
    package var input: String?

    package init(tool: String, kind: Kind, subject: String, input: String? = nil) {
        self.tool = tool
        self.kind = kind
        self.subject = subject
        self.input = input.flatMap { $0.utf8.count <= Self.inputLimit ? $0 : nil }
    }

    /// What a tool does.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// Changes nothing.
        case read
        /// Changes files.
        case edit
        /// Runs commands, reaches the network, or nobody knows.
        case other
        /// One of makima's own tools.
        case own
    }

    /// For a person, on one line: `Bash: npm install`; says where there is more of it.
    package var words: String {
        guard !subject.isEmpty, !tool.hasSuffix(" " + subject) else { return tool }
        let first = subject.firstLine(upTo: 200)
        let isWhole = first == subject.trimmingEnd
        return "\(tool): \(first)" + (isWhole ? "" : " [… and more, in all \(subject.count) characters]")
    }

    /// Whether a person can be shown all of it.
    package var canBeShown: Bool { subject.utf8.count <= Self.shownLength }

    /// What a lasting permission for it would be for.
    package var reach: String { kind == .edit ? "all changes of files" : "exactly this" }

    private static let shownLength = 4000
    private static let inputLimit = 20_000
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}

/// What a person has allowed.
package struct PermissionGrant: Hashable, Sendable, Codable {
    package var request: PermissionRequest
    /// It holds for every later request of its like, not for one.
    package var isLasting: Bool

    package init(_ request: PermissionRequest, isLasting: Bool) {
        self.request = request
        self.isLasting = isLasting
    }

    /// A grant for one request is for all of what its tool is given.
    ///
    /// A lasting one for changes of files holds for every file and tool; one for anything else for the same input only,
    /// because a command is more than its beginning.
    package func covers(_ other: PermissionRequest) -> Bool {
        guard request.kind == other.kind else { return false }
        if isLasting, request.kind == .edit { return true }
        guard let input = request.input, !input.isEmpty else { return false }
        return request.tool == other.tool && input == other.input
    }
}

/// What an agent may do in one iteration: a value that is asked before every use of a tool.
package struct Permissions: Hashable, Sendable {
    package var mode: PermissionMode
    /// Those for one request are used up by it.
    package var grants: [PermissionGrant]
    /// Whether people can be asked.
    package var asksPeople: Bool

    package init(_ mode: PermissionMode = .full, grants: [PermissionGrant] = [], asksPeople: Bool = false) {
        self.mode = mode
        self.grants = grants
        self.asksPeople = asksPeople
    }

    /// What follows from `request`.
    package mutating func rule(on request: PermissionRequest) -> PermissionRuling {
        switch mode.ruling(on: request.kind) {
        case .allow: return .allow
        case .refuse: return .refuse(Self.refusal(mode))
        case .ask: break
        }
        if let index = grants.firstIndex(where: { $0.covers(request) }) {
            if !grants[index].isLasting { grants.remove(at: index) }
            return .allow
        }
        guard asksPeople else { return .refuse(Self.refusal(mode)) }
        return request.canBeShown ? .ask : .refuse(Self.tooLong)
    }

    private static let tooLong =
        "This is too long to be shown to the person who is to allow it. Write it into a file first, and run that."

    /// What the agent is told.
    private static func refusal(_ mode: PermissionMode) -> String {
        switch mode {
        case .plan:
            "This task is to be planned only: nothing may be changed. Say in your last message what you would do."
        case .ask, .edit, .full:
            "This is not permitted, and nobody can be asked. Do what you can without it, and name it as a blocker if it is "
                + "needed."
        }
    }
}

/// What follows from a request for a permission.
package enum PermissionRuling: Hashable, Sendable {
    case allow
    /// With what the agent is told.
    case refuse(String)
    /// A person is to decide.
    case ask
}

/// What a person, or nobody, has decided about a request.
package enum PermissionAnswer: Hashable, Sendable {
    case once
    /// From now on, as far as ``PermissionGrant`` says.
    case always
    /// With what the agent is told; may be empty.
    case refused(String)

    /// What is offered.
    package static let options = ["yes", "always", "no"]

    /// Reads what a person wrote; `nil` for what is neither a yes nor a no, or a yes with conditions.
    package init?(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        let isAlone = words.count == 1
        switch words.first.map({ $0.lowercased().trimmed(of: ",.;:!") }) ?? "" {
        case "yes" where isAlone, "y" where isAlone, "allow" where isAlone, "ok" where isAlone: self = .once
        case "always" where isAlone: self = .always
        case "no", "n", "deny", "refuse": self = .refused(words.dropFirst().joined(separator: " "))
        default: return nil
        }
    }
}

extension String {
    fileprivate func trimmed(of characters: String) -> String {
        var text = self[...]
        while let last = text.last, characters.contains(last) { text.removeLast() }
        return String(text)
    }
}
