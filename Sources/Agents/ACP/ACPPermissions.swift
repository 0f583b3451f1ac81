import Domain

/// What follows from a request for a permission.
enum ACPRuling: Hashable, Sendable {
    case allowed
    case refused(String)
    /// A person is asked, under this name.
    case asked(id: String)
}

/// The requests of an agent of the Agent Client Protocol for permissions that nobody has decided yet.
struct ACPPermissions: Sendable {
    private var permissions: Permissions
    private var open: [String: (request: JSONValue, choice: ACPChoice)] = [:]

    init(_ permissions: Permissions) {
        self.permissions = permissions
    }

    mutating func take(_ request: JSONValue, _ wish: PermissionRequest, _ choice: ACPChoice) -> ACPRuling {
        switch permissions.rule(on: wish) {
        case .allow: return .allowed
        case .refuse(let words): return .refused(words)
        case .ask:
            guard let id = Self.name(request["id"]), open.count < Self.limit else {
                return .refused("Too much is asked at a time.")
            }
            open[id] = (JSONValue.object(["id": request["id"] ?? .null]), choice)
            return .asked(id: id)
        }
    }

    /// Returns a request that is open, which it is no longer; `nil` for any other.
    mutating func settle(_ id: String) -> (request: JSONValue, choice: ACPChoice)? { open.removeValue(forKey: id) }

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
    /// `nil` where nothing of the kind is offered.
    let allowing: JSONValue?
    let refusing: JSONValue

    init(options: [JSONValue]) {
        let choose = { (kinds: [String]) in
            kinds.lazy
                .compactMap { kind in options.first { $0["kind"]?.string == kind }?["optionId"]?.string }
                .first
                .map(Self.selected)
        }
        allowing = choose(["allow_once", "allow_always"])
        refusing = choose(["reject_once", "reject_always"]) ?? Self.cancelled
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
    init(_ call: JSONValue, _ words: ACPToolCalls.Words, site: String) {
        let changed = call["content"]?.array?.lazy.compactMap { $0["path"]?.string }.first
        let named = call["locations"]?.array?.lazy.compactMap { $0["path"]?.string }.first
        let input = call["rawInput"] ?? .null
        let path = input["path"]?.string ?? input["file_path"]?.string ?? changed ?? named
        let kind = Self.kind(call["kind"]?.string ?? words.kind, changesFile: changed != nil)
        let place = AgentSite(home: "", directory: site, isConfined: true)
        let isInside = path.map(place.holds) ?? false
        self.init(
            tool: words.tool,
            // A change whose place is not told may be anywhere.
            kind: kind == .edit && !isInside ? .other : kind,
            subject: input["command"]?.string ?? path.map(place.shown) ?? words.subject
        )
    }

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
