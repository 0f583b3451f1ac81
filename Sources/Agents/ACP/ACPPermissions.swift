import Domain

/// What follows from a request for a permission.
enum ACPRuling: Hashable, Sendable {
    case allowed
    case refused(String)
    /// It gets no answer.
    case ignored(String)
    /// It has its answer already.
    case settled
    /// A person is asked, under this name.
    case asked(id: String)
}

/// The requests of an agent of the Agent Client Protocol for permissions that nobody has decided yet.
struct ACPPermissions: Sendable {
    private var permissions: Permissions
    private var open: [String: Open] = [:]
    /// The names of requests that a former makima answered.
    private var answered: Set<String> = []

    /// A request that nobody has decided.
    struct Open: Sendable {
        /// Its name, as the answer has to repeat it.
        let message: JSONValue
        let wish: PermissionRequest
        let choice: ACPChoice
    }

    init(_ permissions: Permissions) {
        self.permissions = permissions
    }

    mutating func take(_ message: JSONValue, _ wish: PermissionRequest, _ choice: ACPChoice) -> ACPRuling {
        guard let id = Self.name(message["id"]) else { return .refused("It asked without a name.") }
        // Whoever is asked about the first one would answer the second.
        guard open[id] == nil else { return .ignored("It asked twice by one name.") }
        switch permissions.rule(on: wish) {
        case .allow: return .allowed
        case .refuse(let words): return .refused(words)
        case .ask where answered.contains(id): return .settled
        case .ask:
            guard open.count < Self.limit else { return .refused("Too much is asked at a time.") }
            open[id] = Open(message: .object(["id": message["id"] ?? .null]), wish: wish, choice: choice)
            return .asked(id: id)
        }
    }

    /// Takes note of an answer that the program has.
    mutating func noteAnswered(_ message: JSONValue) {
        if let id = Self.name(message["id"]) { answered.insert(id) }
    }

    /// Returns a request that is open, which it is no longer; `nil` for any other.
    mutating func settle(_ id: String, _ verdict: PermissionVerdict) -> Open? {
        guard let settled = open.removeValue(forKey: id) else { return nil }
        if verdict == .allow(isLasting: true) {
            permissions.grants.append(PermissionGrant(settled.wish, isLasting: true))
        }
        return settled
    }

    /// Whether everything may be done, also for good.
    var allowsAll: Bool { permissions.mode == .full }

    private static func name(_ id: JSONValue?) -> String? {
        switch id {
        case .integer(let number): String(number)
        case .string(let text): "\"\(text.prefix(1024))\""
        case .null, .bool, .number, .array, .object, nil: nil
        }
    }

    private static let limit = 64
}

/// The answers that a request for a permission offers.
///
/// The names differ between programs, so that they are chosen by their kind.
struct ACPChoice: Sendable {
    /// Allows this one request; `nil` where that is not offered.
    let allowingOnce: JSONValue?
    /// Allows this request, and if need be all like it; `nil` where nothing of the kind is offered.
    let allowing: JSONValue?
    /// Refuses this one request.
    let refusing: JSONValue

    init(options: [JSONValue]) {
        let choose = { (kind: String) in
            options.first { $0["kind"]?.string == kind }?["optionId"]?.string.map(Self.selected)
        }
        allowingOnce = choose("allow_once")
        allowing = allowingOnce ?? choose("allow_always")
        refusing = choose("reject_once") ?? Self.cancelled
    }

    static let cancelled = JSONValue.object(["outcome": .object(["outcome": .string("cancelled")])])

    private static func selected(_ id: String) -> JSONValue {
        .object(["outcome": .object(["outcome": .string("selected"), "optionId": .string(id)])])
    }
}

/// The mode of the program itself in which it asks for what makima wants to be asked.
enum ACPModeChoice {
    /// Returns the mode to choose; `nil` where the program is in a fitting one, or offers none.
    static func mode(for mode: PermissionMode, offeredIn answer: JSONValue) -> String? {
        let fitting: [String] =
            switch mode {
            case .full: []
            case .edit: ["accept-edits", "ask", "default"]
            case .ask, .plan: ["ask", "default"]
            }
        let modes = answer["modes"] ?? .null
        if fitting.contains(modes["currentModeId"]?.string ?? "") { return nil }
        let offered = modes["availableModes"]?.array?.compactMap { $0["id"]?.string } ?? []
        return fitting.first { offered.contains($0) }
    }
}

extension PermissionRequest {
    /// What an agent wants to be allowed, as far as `call` and what was told of it tell.
    init(_ call: JSONValue, _ words: ACPToolCalls.Words, in site: AgentSite) {
        let input = call["rawInput"] ?? .null
        let content = call["content"]?.array ?? []
        let changed = content.compactMap { $0["path"]?.string }
        let places = call["locations"]?.array?.compactMap { $0["path"]?.string } ?? []
        let paths = Self.pathKeys.compactMap { input[$0]?.string } + changed + places
        var kind = Self.kind(call["kind"]?.string ?? words.kind, changesFile: !changed.isEmpty)
        let isInside = !paths.isEmpty && paths.allSatisfy(site.holds)
        // A change whose place is not told may be anywhere; in the sandbox everything may be read that is there.
        if kind == .edit && !isInside || kind == .read && !site.isConfined && !isInside { kind = .other }
        self.init(
            tool: words.tool,
            kind: kind,
            subject: input["command"]?.string ?? paths.first.map(site.shown) ?? words.subject,
            input: Self.everything(call, words)
        )
    }

    /// Some programs tell the arguments only in words; `nil` where nothing is told.
    private static func everything(_ call: JSONValue, _ words: ACPToolCalls.Words) -> String? {
        let told = ["rawInput", "content", "locations"].compactMap { call[$0] }
            .filter { $0 != .array([]) && !$0.isNull }
        guard !told.isEmpty || !words.subject.isEmpty else { return nil }
        return JSONWriter.write(.array(told + [.string(words.subject)]))
    }

    private static let pathKeys = ["path", "file_path", "filePath"]

    /// Programs that do not tell the kind show the change of a file.
    private static func kind(_ told: String?, changesFile: Bool) -> Kind {
        switch told {
        case "read", "search", "think": .read
        case "edit", "delete", "move": .edit
        case nil where changesFile: .edit
        default: .other
        }
    }
}
