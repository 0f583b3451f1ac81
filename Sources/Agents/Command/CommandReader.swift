package import Domain

/// Reads the output of any program.
///
/// The first line that is not blank decides: where it is a record that only Claude Code prints, the output is read as
/// Claude Code's, because many people start it through a script of their own; otherwise all of it is text, and that
/// text is the agent's final message.
package struct CommandReader: AgentOutputReader {
    private var format: Format
    private var claude: ClaudeReader
    private var text: TextOutput
    private let zones: TimeZoneDirectory

    private enum Format {
        /// Holds the output so far: less than a line.
        case undecided(head: [UInt8])
        case text
        case claude
    }

    package init(request: AgentRequest, zones: TimeZoneDirectory) {
        // A conversation is not gone on with here, so what it cost before is not known either.
        var alone = request
        alone.session = nil
        claude = ClaudeReader(request: alone, zones: zones)
        text = TextOutput(echoes: [request.prompt, request.plan])
        format = .undecided(head: [])
        self.zones = zones
    }

    package mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [AgentEvent] {
        switch format {
        case .text:
            return text.append(bytes)
        case .claude:
            return claude.consume(bytes)
        case .undecided(var head):
            head.append(contentsOf: bytes)
            return decide(head, isComplete: false)
        }
    }

    package mutating func finish() -> [AgentEvent] {
        var events: [AgentEvent] = []
        if case .undecided(let head) = format { events = decide(head, isComplete: true) }
        if case .claude = format { events += claude.finish() }
        return events
    }

    package func outcome(of exit: AgentExit) -> AgentOutcome {
        switch format {
        case .claude: claude.outcome(of: exit)
        case .text, .undecided: text.outcome(of: exit, zones: zones)
        }
    }

    private mutating func decide(_ head: [UInt8], isComplete: Bool) -> [AgentEvent] {
        guard let isClaude = Self.isClaudes(head, isComplete: isComplete) else {
            format = .undecided(head: head)
            return []
        }
        format = isClaude ? .claude : .text
        return isClaude ? claude.consume(head) : text.append(head)
    }

    /// Whether `head` begins with a record of Claude Code; `nil` where more of it must be seen.
    private static func isClaudes(_ head: [UInt8], isComplete: Bool) -> Bool? {
        guard let start = head.firstIndex(where: { !$0.isBlank }) else { return isComplete ? false : nil }
        guard head[start] == UInt8(ascii: "{") || head[start] == UInt8(ascii: "[") else { return false }
        let end = head[start...].firstIndex(of: 0x0A)
        guard let end = end ?? (isComplete ? head.endIndex : nil) else { return head.count > limit ? false : nil }
        let records = head[start..<end].withUnsafeBytes { ClaudeRecord.records(in: $0) }
        return records.first?.isUnmistakable == true
    }

    /// Beyond this a first line is text, whatever it may become.
    private static let limit = 16 << 20
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
