import Domain

/// In which language the scripted agent of a scenario speaks, which says by which kind of agent it is driven.
struct Speech {
    let kind: AgentKind
    /// Whether plain answers are put into records of Claude Code.
    private let wraps: Bool

    /// Records of Claude Code are played through `claude`; so is a scenario that is about how Claude Code is started.
    init(of scenario: Scenario) {
        let hasRecords = scenario.turns.contains { Self.isRecords($0.output.opening) }
        let isAboutStarting = scenario.needs.contains(.argv) || scenario.needs.contains(.resumeFlag)
        kind = hasRecords || isAboutStarting ? .claude : .command
        wraps = kind == .claude && !hasRecords
    }

    func spoken(_ turn: Turn) -> Turn.Output {
        guard wraps, turn.exit == 0, case .bytes(let bytes) = turn.output, !bytes.isEmpty else { return turn.output }
        let session = JSONValue.string("5f0c0000-0000-4000-8000-000000000000")
        let begin: JSONValue = .object(["type": .string("system"), "subtype": .string("init"), "session_id": session])
        let end: JSONValue = .object([
            "type": .string("result"), "subtype": .string("success"), "is_error": .bool(false),
            "result": .string(String(decoding: bytes, as: UTF8.self)), "session_id": session,
        ])
        let lines = [begin, end].map { JSONWriter.write($0) + "\n" }
        return .bytes(Array(lines.joined().utf8))
    }

    private static func isRecords(_ bytes: [UInt8]) -> Bool {
        let line = bytes.split(separator: 0x0A).first.map { Array($0) } ?? []
        // What is no JSON is plain text.
        guard let value = try? JSONParser.parse(line) else { return false }
        let type = (value.array?.first ?? value)["type"]?.string
        return ["system", "assistant", "user", "result", "stream_event", "rate_limit_event"].contains(type)
    }
}

extension Turn.Output {
    /// Its beginning, with the first line at least.
    fileprivate var opening: [UInt8] {
        switch self {
        case .bytes(let bytes): bytes
        case .chunks(let chunks): chunks.flatMap(\.bytes)
        case .long(let head, _, _): Array(head.utf8)
        }
    }
}
