package import Domain
import Processes

/// Reads the `stream-json` output of Claude Code.
package struct ClaudeReader: AgentOutputReader {
    /// How much of one message is kept: its end, where the gate is.
    static let textLimit = 1 << 20

    private var lines: RecordSplitter
    private var transcript: ClaudeTranscript
    private var strayLines = StrayLines()
    private let zones: TimeZoneDirectory
    private let price: USD?

    package init(request: AgentRequest, zones: TimeZoneDirectory) {
        self.init(request: request, zones: zones, lineLimit: 16 << 20)
    }

    init(request: AgentRequest, zones: TimeZoneDirectory, lineLimit: Int) {
        lines = RecordSplitter(limit: lineLimit)
        transcript = ClaudeTranscript(session: request.session)
        self.zones = zones
        price = request.configuration.pricePerMillionTokens
    }

    package mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [AgentEvent] {
        var complete: [RecordSplitter.Line] = []
        lines.consume(bytes) { complete.append($0) }
        return complete.flatMap { take($0) }
    }

    package mutating func finish() -> [AgentEvent] {
        lines.finish().map { take($0) } ?? []
    }

    package func outcome(of exit: AgentExit) -> AgentOutcome {
        let errors = FinalWords.lines(of: String(lossy: exit.errorTail))
        let verdict = ClaudeVerdict(
            transcript: transcript,
            words: strayLines.lines + errors,
            exit: exit,
            zones: zones
        )
        var outcome = verdict.outcome
        outcome.usage = outcome.usage.priced(price)
        return outcome
    }

    /// Takes a line that somebody else has split off.
    mutating func take(_ line: RecordSplitter.Line) -> [AgentEvent] {
        switch line {
        case .complete(let bytes):
            return take(line: bytes)
        case .oversized(let count, let outline):
            let events = ClaudeRecord(outline).map { transcript.takeOutline($0) + finalRecord($0) } ?? []
            return [.oversizedLine(bytes: count)] + events
        }
    }

    private mutating func take(line: [UInt8]) -> [AgentEvent] {
        let records = ClaudeRecord.records(in: line)
        if records.isEmpty { strayLines.append(line) }
        return records.flatMap { transcript.take($0) + finalRecord($0) }
    }

    /// The final record in the words of the domain, for people who look on: what counts is known when the process is
    /// gone, and so are the times.
    private func finalRecord(_ record: ClaudeRecord) -> [AgentEvent] {
        guard record.type == "result" else { return [] }
        let sofar = AgentExit(.exited(.code(0)), endedAt: Timestamp(millisecondsSince1970: 0))
        let verdict = ClaudeVerdict(transcript: transcript, words: [], exit: sofar, zones: zones).outcome
        let failure = verdict.end == .ok ? nil : verdict.end
        return [.result(AgentResult(finalMessage: verdict.finalMessage, failure: failure))]
    }
}
