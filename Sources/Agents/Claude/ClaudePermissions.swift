import Domain

/// The requests of Claude Code for permissions (`can_use_tool`), and what they are answered.
struct ClaudePermissions: Sendable {
    private var permissions: Permissions
    private let site: AgentSite
    /// What is undecided, with the input that an approval hands back, by the name of the request.
    private var open: [String: (request: PermissionRequest, input: JSONValue)] = [:]

    /// The names of requests that a former makima answered.
    private var answered: Set<String> = []

    init(_ permissions: Permissions, site: AgentSite) {
        self.permissions = permissions
        self.site = site
    }

    /// What follows from a request: an answer at once, or none yet.
    struct Ruling {
        var answer: JSONValue?
        var event: AgentEvent?
    }

    mutating func take(_ json: JSONValue, id: String) -> Ruling {
        let name = json["tool_name"]?.string ?? "a tool"
        let input = json["input"] ?? .object([JSONMember]())
        if name == ClaudeToolCall.question {
            return Ruling(answer: Self.refusal(questionAnswer), event: nil)
        }
        let request = request(name, input)
        // Whoever is asked about the first one would answer the second.
        guard open[id] == nil else {
            return Ruling(answer: nil, event: .permissionDenied(tool: name, message: "It asked twice by one name."))
        }
        switch permissions.rule(on: request) {
        case .allow:
            return Ruling(answer: Self.approval(input), event: nil)
        case .refuse(let words):
            return Ruling(answer: Self.refusal(words), event: .permissionDenied(tool: name, message: words))
        case .ask where answered.contains(id): return Ruling(answer: nil, event: nil)
        case .ask where open.count < Self.limit:
            open[id] = (request, input)
            return Ruling(answer: nil, event: .permissionAsked(id: id, request))
        case .ask:
            return Ruling(answer: Self.refusal("Too much is asked at a time."), event: nil)
        }
    }

    /// Takes note that the program has the answer to a request.
    mutating func noteAnswered(_ id: String) { answered.insert(id) }

    /// Forgets a request whose answer the program does not wait for any more.
    ///
    /// Returns whether it was open.
    mutating func withdraw(_ id: String) -> Bool { open.removeValue(forKey: id) != nil }

    /// Returns the answer to a request that is open; `nil` for any other.
    mutating func settle(_ id: String, _ verdict: PermissionVerdict) -> JSONValue? {
        guard let (request, input) = open.removeValue(forKey: id) else { return nil }
        switch verdict {
        case .allow(let isLasting):
            if isLasting { permissions.grants.append(PermissionGrant(request, isLasting: true)) }
            return Self.approval(input)
        case .refuse(let words): return Self.refusal(words)
        case .park: return Self.refusal("Nobody has answered yet.", endsTurn: true)
        }
    }

    private func request(_ tool: String, _ input: JSONValue) -> PermissionRequest {
        let paths = (Self.pathKeys + (tool == "Glob" ? ["pattern"] : [])).compactMap { input[$0]?.string }
        let subject =
            input["command"]?.string ?? paths.first.map(site.shown)
            ?? ClaudeToolCall.summary(of: input, directory: site.directory)
        var kind = Self.kind(of: tool)
        // In the sandbox everything may be read that is there.
        if kind == .edit || kind == .read && !site.isConfined, !paths.allSatisfy(site.holds) { kind = .other }
        return PermissionRequest(
            tool: tool,
            kind: kind,
            subject: subject.withoutNUL,
            input: JSONWriter.write(input)
        )
    }

    private var questionAnswer: String {
        permissions.asksPeople
            ? "The question was put to a person. End your turn now."
            : "Nobody answers questions: decide yourself, and say what you decided."
    }

    /// The input is given back because some versions want it, unless it was read with a secret hidden in it: the tool must
    /// not be given the mark in place of the secret.
    private static func approval(_ input: JSONValue) -> JSONValue {
        let isWhole = !JSONWriter.write(input).contains(RedactionMark.beginning)
        return .object(
            [JSONMember(key: "behavior", value: .string("allow"))]
                + (isWhole ? [JSONMember(key: "updatedInput", value: input)] : [])
        )
    }

    private static func refusal(_ words: String, endsTurn: Bool = false) -> JSONValue {
        let words = words.isEmpty ? "A person does not allow it." : words
        var members: [JSONMember] = [
            JSONMember(key: "behavior", value: .string("deny")), JSONMember(key: "message", value: .string(words)),
        ]
        if endsTurn { members.append(JSONMember(key: "interrupt", value: .bool(true))) }
        return .object(members)
    }

    private static func kind(of tool: String) -> PermissionRequest.Kind {
        if tool.hasPrefix("mcp__makima__") { return .own }
        if reading.contains(tool) { return .read }
        return editing.contains(tool) ? .edit : .other
    }

    private static let pathKeys = ["file_path", "notebook_path", "path"]
    /// What these start asks for itself.
    private static let reading: Set = [
        "Read", "Glob", "Grep", "LS", "NotebookRead", "TodoWrite", "TodoRead", "Task", "Agent", "TaskOutput",
        "BashOutput", "TaskStop", "KillShell", "KillBash", "ToolSearch", "Skill", "EnterPlanMode", "ReportFindings",
        "ListMcpResourcesTool", "ReadMcpResourceTool",
    ]
    private static let editing: Set = ["Edit", "MultiEdit", "Write", "NotebookEdit"]
    private static let limit = 64
}

extension AgentSite {
    /// Whether `path` is one of the workspace, as far as its words tell.
    func holds(_ path: String) -> Bool {
        guard !path.split(separator: "/").contains("..") else { return false }
        return !path.hasPrefix("/") || path == directory || path.hasPrefix(directory + "/")
    }

    /// `path` as it is called in the workspace, if it is there.
    func shown(_ path: String) -> String {
        holds(path) && path.hasPrefix(directory + "/") ? String(path.dropFirst(directory.count + 1)) : path
    }
}
