import Domain

/// The output of an agent that is recognised by its first line.
enum KnownFormat {
    case claude
    case codex
    case kimi
    case vibe

    init?(firstLine line: UnsafeRawBufferPointer) {
        if ClaudeRecord.records(in: line).first?.isUnmistakable == true {
            self = .claude
        } else if Self.begins(CodexTranscript.self, line) {
            self = .codex
        } else if Self.begins(KimiTranscript.self, line) {
            self = .kimi
        } else if Self.begins(VibeTranscript.self, line) {
            self = .vibe
        } else {
            return nil
        }
    }

    /// Whether no other program prints such a line.
    var isCertain: Bool { self != .kimi }

    func reader(for request: AgentRequest, zones: TimeZoneDirectory) -> any AgentOutputReader {
        // A conversation is not gone on with here, so what it cost before is not known either.
        var alone = request
        alone.session = nil
        return switch self {
        case .claude: ClaudeReader(request: alone, zones: zones)
        case .codex: RecordReader<CodexTranscript>(request: alone, zones: zones)
        case .kimi: RecordReader<KimiTranscript>(request: alone, zones: zones)
        case .vibe: RecordReader<VibeTranscript>(request: alone, zones: zones)
        }
    }

    private static func begins<Transcript: RecordTranscript>(
        _ type: Transcript.Type,
        _ line: UnsafeRawBufferPointer
    ) -> Bool {
        Transcript.needed.read(line).map { Transcript.isUnmistakable($0, in: line) } ?? false
    }
}
