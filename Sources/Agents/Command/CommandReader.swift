package import Domain

/// Reads the output of any program.
///
/// The first line that is not blank decides: where it is a record that only Claude Code prints, the output is read as
/// Claude Code's, because many people start it through a script of their own; otherwise all of it is text, and that
/// text is the agent's final message.
package struct CommandReader: AgentOutputReader {
    private var lines = RecordSplitter()
    private var format = Format.undecided
    private var claude: ClaudeReader
    private var text: TextOutput
    private let zones: TimeZoneDirectory

    private enum Format {
        case undecided
        case text
        case claude
    }

    package init(request: AgentRequest, zones: TimeZoneDirectory) {
        // A conversation is not gone on with here, so what it cost before is not known either.
        var alone = request
        alone.session = nil
        claude = ClaudeReader(request: alone, zones: zones)
        text = TextOutput(echoes: [request.prompt, request.plan])
        self.zones = zones
    }

    package mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [AgentEvent] {
        if format == .text { return text.append(bytes) }
        var complete: [RecordSplitter.Line] = []
        lines.consume(bytes) { complete.append($0) }
        return complete.flatMap { take($0, isTerminated: true) }
    }

    package mutating func finish() -> [AgentEvent] {
        lines.finish().map { take($0, isTerminated: false) } ?? []
    }

    package func outcome(of exit: AgentExit) -> AgentOutcome {
        switch format {
        case .claude: claude.outcome(of: exit)
        case .text, .undecided: text.outcome(of: exit, zones: zones)
        }
    }

    private mutating func take(_ line: RecordSplitter.Line, isTerminated: Bool) -> [AgentEvent] {
        if format == .undecided { format = Self.format(of: line) }
        switch format {
        case .claude: return claude.take(line)
        case .text, .undecided: return text.append(Self.text(of: line, isTerminated: isTerminated))
        }
    }

    private static func text(of line: RecordSplitter.Line, isTerminated: Bool) -> [UInt8] {
        switch line {
        case .complete(let bytes): isTerminated ? bytes + [0x0A] : bytes
        // Plain text is not split once it is known to be text; this is a first line beyond all measure.
        case .oversized(_, let outline): outline
        }
    }

    private static func format(of line: RecordSplitter.Line) -> Format {
        switch line {
        case .complete(let bytes):
            guard let first = bytes.first(where: { !$0.isBlank }) else { return .undecided }
            guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return .text }
            return ClaudeRecord.records(in: bytes).first?.isUnmistakable == true ? .claude : .text
        case .oversized(_, let outline):
            return ClaudeRecord(outline)?.isUnmistakable == true ? .claude : .text
        }
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
