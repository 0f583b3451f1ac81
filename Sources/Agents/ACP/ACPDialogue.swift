import Domain

/// What makima says to an agent of the Agent Client Protocol: JSON-RPC over standard input, one object a line.
///
/// It begins, opens or loads a conversation, gives one prompt, and closes the input at its answer: the program ends
/// then. Nothing more is said meanwhile, because a second prompt breaks the first in some programs. It does not depend
/// on anybody reading what it writes: the same records lead the same way when they are read again later.
struct ACPDialogue: Sendable {
    private(set) var phase = Phase.initializing
    /// The conversation, as the program calls it.
    private(set) var sessionID: String?
    /// Whether a later process could go on with the conversation.
    private(set) var canLoad = false
    private(set) var hasPrompted = false
    private let setup: ACPSetup
    private var desk: ACPPermissions
    /// The mode of the program that is to be chosen before the prompt.
    private var mode: String?
    private var isCancelled = false
    private var input = AgentInput()

    /// What is waited for.
    ///
    /// Can go on to the next, and from each to `over`; `choosing` and `settingMode` are left out where nothing is chosen.
    enum Phase: Hashable, Sendable {
        case initializing
        /// The answer with the conversation; what is told before it is history.
        case opening
        /// The model was named.
        case choosing
        /// The program was told to ask.
        case settingMode
        /// The agent works.
        case prompting
        /// Nothing: the input is closed.
        case over
    }

    /// What an answer means for the turn.
    enum Step: Sendable {
        case nothing
        case opened(sessionID: String)
        case ended(reason: String?)
        case failed(ACPFailure)
    }

    init(_ setup: ACPSetup) {
        self.setup = setup
        desk = ACPPermissions(setup.permissions)
        request(
            .initialize,
            "initialize",
            .object([
                "protocolVersion": .integer(1),
                // The agent works on the files itself, in the sandbox; makima neither reads nor runs anything for it.
                "clientCapabilities": .object([
                    "fs": .object(["readTextFile": .bool(false), "writeTextFile": .bool(false)]),
                    "terminal": .bool(false),
                ]),
                "clientInfo": .object([
                    "name": .string("makima"), "title": .string("makima"), "version": .string("1"),
                ]),
            ])
        )
    }

    mutating func takeInput() -> AgentInput {
        defer { input = AgentInput() }
        return input
    }

    /// No message can be given to it, so that none is found.
    mutating func recall(_ input: [UInt8]) -> Set<Int> {
        for line in WrittenInput.records(in: input) where line["method"] == nil { desk.noteAnswered(line) }
        return []
    }

    mutating func hear(_ word: AgentWord) -> Bool {
        switch word {
        case .message: return false
        case .permission(let id, let verdict): return settle(id, verdict)
        case .interrupt:
            guard phase != .over else { return false }
            guard phase == .prompting, !isCancelled else {
                close()
                return false
            }
            cancel()
            return true
        }
    }

    private mutating func cancel() {
        isCancelled = true
        write([("method", .string("session/cancel")), ("params", .object([session]))])
    }

    // MARK: - Answers of the agent

    /// Takes an answer; one that was not asked for means nothing.
    mutating func takeAnswer(_ record: JSONValue) -> Step {
        guard let awaited, record["id"]?.int == awaited.rawValue else { return .nothing }
        if let error = record["error"], !error.isNull { return fail(ACPFailure(error, at: stage)) }
        let result = record["result"] ?? .null
        switch phase {
        case .initializing: return initialized(result)
        case .opening: return opened(result)
        case .choosing, .settingMode: return givePrompt()
        case .prompting:
            close()
            return .ended(reason: result["stopReason"]?.string.map { String($0.prefix(64)) })
        case .over: return .nothing
        }
    }

    /// Takes the name of the conversation that the program speaks of: some do not repeat it where one is loaded.
    mutating func takeName(_ name: String?) {
        guard phase == .opening, sessionID == nil, let name, name.utf8.count <= Self.idLimit else { return }
        sessionID = name
    }

    private mutating func initialized(_ result: JSONValue) -> Step {
        let version = result["protocolVersion"]?.int ?? 1
        guard version == 1 else {
            let problem = "It speaks version \(version) of the Agent Client Protocol, makima version 1."
            return fail(ACPFailure(problem, at: .start))
        }
        canLoad = result["agentCapabilities"]?["loadSession"]?.bool ?? false
        var members: [(String, JSONValue)] = [
            ("cwd", .string(setup.directory)), ("mcpServers", .array(setup.servers)),
        ]
        guard let session = setup.session else {
            request(.session, "session/new", .object(members.map { JSONMember(key: $0.0, value: $0.1) }))
            phase = .opening
            return .nothing
        }
        guard canLoad else { return fail(ACPFailure("It cannot go on with a conversation.", at: .load)) }
        sessionID = session.id
        members.append(("sessionId", .string(session.id)))
        request(.session, "session/load", .object(members.map { JSONMember(key: $0.0, value: $0.1) }))
        phase = .opening
        return .nothing
    }

    private mutating func opened(_ result: JSONValue) -> Step {
        let told = result["sessionId"]?.string.flatMap { $0.utf8.count <= Self.idLimit ? $0 : nil }
        guard let id = setup.session?.id ?? told ?? sessionID, !id.isEmpty else {
            return fail(ACPFailure("It opened a conversation without a name.", at: stage))
        }
        sessionID = id
        mode = ACPModeChoice.mode(for: setup.permissions.mode, offeredIn: result)
        guard let model = setup.model else { return givePrompt(in: id) }
        if let choice = ACPModelChoice(of: model, offeredIn: result) {
            request(.model, choice.method, .object([session] + choice.members))
            phase = .choosing
            return .opened(sessionID: id)
        }
        // One that was loaded keeps its model, and need not say again which there are.
        guard setup.session != nil else {
            return fail(ACPFailure("It does not offer the model '\(model)'.", at: .model))
        }
        return givePrompt(in: id)
    }

    private mutating func givePrompt(in id: String? = nil) -> Step {
        if let mode {
            self.mode = nil
            request(.mode, "session/set_mode", .object([session, JSONMember(key: "modeId", value: .string(mode))]))
            phase = .settingMode
            return id.map { .opened(sessionID: $0) } ?? .nothing
        }
        let text = JSONValue.object(["type": .string("text"), "text": .string(setup.prompt)])
        request(.prompt, "session/prompt", .object([session, JSONMember(key: "prompt", value: .array([text]))]))
        phase = .prompting
        hasPrompted = true
        return id.map { .opened(sessionID: $0) } ?? .nothing
    }

    private mutating func fail(_ failure: ACPFailure) -> Step {
        close()
        return .failed(failure)
    }

    private mutating func close() {
        phase = .over
        input.isLast = true
    }

    /// The request whose answer is waited for.
    private var awaited: RequestID? {
        switch phase {
        case .initializing: .initialize
        case .opening: .session
        case .choosing: .model
        case .settingMode: .mode
        case .prompting: .prompt
        case .over: nil
        }
    }

    private var stage: ACPFailure.Stage {
        switch phase {
        case .initializing: .start
        case .opening: setup.session == nil ? .start : .load
        case .choosing, .settingMode: .model
        case .prompting, .over: .prompt
        }
    }

    private var session: JSONMember { JSONMember(key: "sessionId", value: .string(sessionID ?? "")) }

    /// Always the same ones, so that what was printed can be read again without knowing what was asked.
    private enum RequestID: Int, Sendable {
        case initialize = 1
        case session = 2
        case prompt = 3
        case model = 4
        case mode = 5
    }

    /// More is no name.
    private static let idLimit = 1024

    private mutating func request(_ id: RequestID, _ method: String, _ parameters: JSONValue) {
        write([("id", .integer(Int64(id.rawValue))), ("method", .string(method)), ("params", parameters)])
    }

    // MARK: - Requests of the agent

    /// Takes a request to be allowed `wish` by one of `options`; returns what follows.
    mutating func decide(_ request: JSONValue, _ wish: PermissionRequest, options: [JSONValue]) -> ACPRuling {
        guard !isCancelled else {
            answer(request, ACPChoice.cancelled)
            return .allowed
        }
        let choice = ACPChoice(options: options)
        switch desk.take(request, wish, choice) {
        case .allowed:
            guard let allowing = desk.allowsAll ? choice.allowing : choice.allowingOnce else {
                answer(request, choice.refusing)
                return .refused("The agent offered no way to allow it\(choice.allowing == nil ? "" : " once").")
            }
            answer(request, allowing)
            return .allowed
        case .refused(let words):
            answer(request, choice.refusing)
            return .refused(words)
        case .ignored(let words): return .ignored(words)
        case .settled: return .settled
        case .asked(let id): return .asked(id: id)
        }
    }

    /// Answers a request that is open, as it was decided.
    private mutating func settle(_ id: String, _ verdict: PermissionVerdict) -> Bool {
        guard phase == .prompting, !isCancelled, let open = desk.settle(id, verdict) else { return false }
        switch verdict {
        case .allow: answer(open.message, open.choice.allowingOnce ?? open.choice.refusing)
        // The protocol has no place for the words.
        case .refuse: answer(open.message, open.choice.refusing)
        case .park:
            answer(open.message, ACPChoice.cancelled)
            cancel()
        }
        return true
    }

    /// Answers a request for something that makima does not do.
    mutating func refuse(_ request: JSONValue, method: String) {
        let error = JSONValue.object([
            "code": .integer(-32601), "message": .string("Method not found: \(method.prefix(100))"),
        ])
        reply(request, "error", error)
    }

    private mutating func answer(_ request: JSONValue, _ result: JSONValue) {
        reply(request, "result", result)
    }

    private mutating func reply(_ request: JSONValue, _ key: String, _ value: JSONValue) {
        guard phase != .over, let id = request["id"], Self.canBeAnswered(id) else { return }
        // Where nobody takes the answers, as when what was printed is read again, they are not kept for ever.
        guard input.bytes.count < setup.prompt.utf8.count + Self.inputLimit else { return }
        write([("id", id), (key, value)])
    }

    private static func canBeAnswered(_ id: JSONValue) -> Bool {
        switch id {
        case .integer: true
        case .string(let text): text.utf8.count <= idLimit
        case .null, .bool, .number, .array, .object: false
        }
    }

    private static let inputLimit = 1 << 20

    private mutating func write(_ members: [(String, JSONValue)]) {
        let all = [("jsonrpc", JSONValue.string("2.0"))] + members
        let line = JSONValue.object(all.map { JSONMember(key: $0.0, value: $0.1) })
        input.bytes += JSONWriter.bytes(of: line) + [UInt8(ascii: "\n")]
    }
}

/// How a model is chosen in a conversation, where the program offers it there.
struct ACPModelChoice {
    let method: String
    let members: [JSONMember]

    /// Returns `nil` where `answer`, which opened the conversation, does not offer `model`.
    init?(of model: String, offeredIn answer: JSONValue) {
        let models = answer["models"]?["availableModels"]?.array ?? []
        if models.contains(where: { $0["modelId"]?.string == model }) {
            method = "session/set_model"
            members = [JSONMember(key: "modelId", value: .string(model))]
            return
        }
        let settings = answer["configOptions"]?.array ?? []
        let setting = settings.first { setting in
            setting["category"]?.string == "model"
                && setting["options"]?.array?.contains { $0["value"]?.string == model } == true
        }
        guard let id = setting?["id"]?.string else { return nil }
        method = "session/set_config_option"
        members = [
            JSONMember(key: "configId", value: .string(id)), JSONMember(key: "value", value: .string(model)),
        ]
    }
}
