package import Domain
import Processes

/// Reads the `stream-json` output of Claude Code.
package struct ClaudeReader: AgentOutputReader {
    /// How much of one message is kept: its end, where the gate is.
    static let textLimit = 1 << 20

    private var lines: RecordSplitter
    private var records: ClaudeRecordReader
    private let zones: TimeZoneDirectory

    package init(request: AgentRequest, zones: TimeZoneDirectory) {
        self.init(request: request, zones: zones, lineLimit: 16 << 20)
    }

    /// A reader for a program that reads while it works.
    init(talkingFor request: AgentRequest, zones: TimeZoneDirectory) {
        self.init(request: request, zones: zones)
        records.dialogue = ClaudeDialogue(request)
    }

    init(request: AgentRequest, zones: TimeZoneDirectory, lineLimit: Int) {
        lines = RecordSplitter(limit: lineLimit)
        records = ClaudeRecordReader(session: request.session, zones: zones)
        self.zones = zones
    }

    package mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [AgentEvent] {
        var events: [AgentEvent] = []
        lines.consume(bytes) { records.take($0, into: &events) }
        return events
    }

    package mutating func finish() -> [AgentEvent] {
        var events: [AgentEvent] = []
        lines.finish { records.take($0, into: &events) }
        return events
    }

    package var isTalking: Bool { records.dialogue != nil }

    package mutating func takeInput() -> AgentInput { records.dialogue?.takeInput() ?? AgentInput() }

    package mutating func hear(_ word: AgentWord) -> Bool { records.dialogue?.hear(word) ?? false }

    package mutating func recall(_ input: [UInt8]) -> Set<Int> { records.dialogue?.recall(input) ?? [] }

    package func outcome(of exit: AgentExit) -> AgentOutcome {
        var words = LastWords(
            output: records.strayLines.lines,
            errors: FinalWords.lines(of: String(lossy: exit.errorTail)),
            exit: exit,
            zones: zones
        )
        return .judged {
            words.hasWorked = $0
            return ClaudeVerdict(transcript: records.transcript, lastWords: words).outcome
        }
    }
}

/// Reads lines, one after the other.
private struct ClaudeRecordReader: Sendable {
    private(set) var transcript: ClaudeTranscript
    private(set) var strayLines = StrayLines()
    /// `nil` where the program was given its prompt once and for all.
    var dialogue: ClaudeDialogue?
    private let zones: TimeZoneDirectory

    init(session: AgentSession?, zones: TimeZoneDirectory) {
        transcript = ClaudeTranscript(session: session)
        self.zones = zones
    }

    /// Appends what `line` tells to `events`.
    mutating func take(_ line: RecordSplitter.Line, into events: inout [AgentEvent]) {
        switch line {
        case .complete(let bytes):
            take(bytes, into: &events)
        case .oversized(let count, let outline):
            events.append(.oversizedLine(bytes: count))
            guard let record = outline.withUnsafeBytes({ ClaudeRecord($0) }) else { return }
            transcript.takeOutline(record, into: &events)
            note(record, into: &events)
        }
    }

    private mutating func take(_ line: UnsafeRawBufferPointer, into events: inout [AgentEvent]) {
        let records = ClaudeRecord.records(in: line)
        if records.isEmpty { strayLines.append(line) }
        for record in records {
            transcript.take(record, into: &events)
            note(record, into: &events)
        }
    }

    private mutating func note(_ record: ClaudeRecord, into events: inout [AgentEvent]) {
        if let news = dialogue?.take(record) { events.append(news) }
        if let result = finalRecord(record) { events.append(result) }
    }

    /// The final record in the words of the domain, for people who look on: what counts is known when the process is
    /// gone, and so are the times.
    private func finalRecord(_ record: ClaudeRecord) -> AgentEvent? {
        guard record.type == "result" else { return nil }
        let sofar = AgentExit(.exited(.code(0)), endedAt: Timestamp(millisecondsSince1970: 0))
        let words = LastWords(output: [], errors: [], exit: sofar, zones: zones)
        let verdict = ClaudeVerdict(transcript: transcript, lastWords: words).outcome
        let failure = verdict.end == .ok ? nil : verdict.end
        return .result(AgentResult(finalMessage: verdict.finalMessage, failure: failure))
    }
}
