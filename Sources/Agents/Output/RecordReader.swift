import Domain

/// Reads output of one JSON record a line.
struct RecordReader<Transcript: RecordTranscript>: AgentOutputReader {
    private var lines: RecordSplitter
    private var records: Records
    private let zones: TimeZoneDirectory

    init(request: AgentRequest, zones: TimeZoneDirectory, lineLimit: Int = 16 << 20) {
        self.init(Transcript(session: request.session), zones: zones, lineLimit: lineLimit)
    }

    init(_ transcript: Transcript, zones: TimeZoneDirectory, lineLimit: Int = 16 << 20) {
        lines = RecordSplitter(limit: lineLimit)
        records = Records(transcript: transcript)
        self.zones = zones
    }

    /// Whether there are lines that neither are records nor look like broken ones.
    var hasText: Bool { records.hasText }

    mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [AgentEvent] {
        var events: [AgentEvent] = []
        lines.consume(bytes) { records.take($0, into: &events) }
        return events
    }

    mutating func finish() -> [AgentEvent] {
        var events: [AgentEvent] = []
        lines.finish { records.take($0, into: &events) }
        return events
    }

    var isTalking: Bool { records.transcript.isTalking }

    var awaitsHandshake: Bool { records.transcript.awaitsHandshake }

    mutating func takeInput() -> AgentInput { records.transcript.takeInput() }

    mutating func hear(_ word: AgentWord) -> Bool { records.transcript.hear(word) }

    mutating func recall(_ input: [UInt8]) -> Set<Int> { records.transcript.recall(input) }

    func outcome(of exit: AgentExit) -> AgentOutcome {
        var words = LastWords(
            output: records.strayLines.lines,
            outputAfterRecords: records.linesAfterRecords.lines,
            errors: FinalWords.lines(of: String(lossy: exit.errorTail)),
            endsInBrokenRecord: records.endsInBrokenRecord,
            exit: exit,
            zones: zones
        )
        return .judged {
            words.hasWorked = $0
            return records.transcript.outcome(words)
        }
    }

    /// Takes lines, one after the other.
    private struct Records: Sendable {
        var transcript: Transcript
        private(set) var strayLines = StrayLines()
        private(set) var linesAfterRecords = StrayLines()
        private(set) var hasText = false
        private(set) var endsInBrokenRecord = false

        init(transcript: Transcript) {
            self.transcript = transcript
        }

        mutating func take(_ line: RecordSplitter.Line, into events: inout [AgentEvent]) {
            switch line {
            case .complete(let bytes):
                take(bytes, into: &events)
            case .oversized(let count, let outline):
                events.append(.oversizedLine(bytes: count))
                let record = Transcript.needed.read(outline)
                endsInBrokenRecord = record == nil
                if let record { transcript.takeOutline(record, into: &events) }
            }
        }

        private mutating func take(_ line: UnsafeRawBufferPointer, into events: inout [AgentEvent]) {
            guard let record = Transcript.needed.read(line) else {
                return takeStray(line)
            }
            linesAfterRecords = StrayLines()
            endsInBrokenRecord = false
            transcript.take(record, into: &events)
        }

        private mutating func takeStray(_ line: UnsafeRawBufferPointer) {
            strayLines.append(line)
            linesAfterRecords.append(line)
            guard !line.allSatisfy(\.isBlank) else { return }
            endsInBrokenRecord = line.first == UInt8(ascii: "{")
            hasText = hasText || !endsInBrokenRecord
        }
    }
}
