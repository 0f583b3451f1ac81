package import Domain

/// Reads the output of any program.
///
/// The first line that is not blank decides: where it is a record that only one known agent prints, the output is read
/// as that agent's, because many people start it through a script of their own; otherwise all of it is text, and that
/// text is the agent's final message. So it is where the first line is a record that others may print too, and lines of
/// text follow.
package struct CommandReader: AgentOutputReader {
    private var format = Format.undecided
    /// The output so far, while the format is not decided: less than a line.
    private var head: [UInt8] = []
    private var records: (any AgentOutputReader)?
    /// Whether the records may still turn out to be text.
    private var isDoubtful = false
    private var text: TextOutput
    private let request: AgentRequest
    private let zones: TimeZoneDirectory

    private enum Format {
        case undecided
        case text
        case records
    }

    package init(request: AgentRequest, zones: TimeZoneDirectory) {
        text = TextOutput(echoes: [request.prompt, request.plan])
        self.request = request
        self.zones = zones
    }

    package mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [AgentEvent] {
        switch format {
        case .text:
            return text.append(bytes)
        case .records:
            if isDoubtful { _ = text.append(bytes) }
            return records?.consume(bytes) ?? []
        case .undecided:
            head.append(contentsOf: bytes)
            // Not every piece of a long line is a reason to look at all of it again.
            guard head.count == bytes.count || head.count > Self.limit || bytes.contains(0x0A) else { return [] }
            return decide(isComplete: false)
        }
    }

    package mutating func finish() -> [AgentEvent] {
        var events: [AgentEvent] = []
        if case .undecided = format { events = decide(isComplete: true) }
        return events + (records?.finish() ?? [])
    }

    package func outcome(of exit: AgentExit) -> AgentOutcome {
        guard let records, !isText(exit) else { return text.outcome(of: exit, zones: zones) }
        return records.outcome(of: exit)
    }

    private func isText(_ exit: AgentExit) -> Bool {
        guard let kimi = records as? RecordReader<KimiTranscript>, kimi.hasText, isDoubtful else { return false }
        let errors = FinalWords.lines(of: String(lossy: exit.errorTail), count: .max)
        return KimiNotes.session(in: errors) == nil
    }

    private mutating func decide(isComplete: Bool) -> [AgentEvent] {
        switch Self.firstLine(of: head, isComplete: isComplete) {
        case .unknown:
            return []
        case .line(let line):
            let known = line.withUnsafeBytes { KnownFormat(firstLine: $0) }
            records = known?.reader(for: request, zones: zones)
            isDoubtful = known?.isCertain == false
            format = known == nil ? .text : .records
        case .none:
            format = .text
        }
        let begun = head
        head = []
        guard records != nil else { return text.append(begun) }
        return begun.withUnsafeBytes { consume($0) }
    }

    private enum FirstLine {
        /// It is not complete yet.
        case unknown
        /// What may be a record.
        case line(ArraySlice<UInt8>)
        case none
    }

    private static func firstLine(of head: [UInt8], isComplete: Bool) -> FirstLine {
        guard let start = head.firstIndex(where: { !$0.isBlank }) else { return isComplete ? .none : .unknown }
        guard head[start] == UInt8(ascii: "{") || head[start] == UInt8(ascii: "[") else { return .none }
        let end = head[start...].firstIndex(of: 0x0A)
        guard let end = end ?? (isComplete ? head.endIndex : nil) else { return head.count > limit ? .none : .unknown }
        return .line(head[start..<end])
    }

    /// Beyond this a first line is text, whatever it may become.
    private static let limit = 16 << 20
}
