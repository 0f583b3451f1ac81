import Domain

/// Reads output of one JSON record a line.
struct RecordReader<Transcript: RecordTranscript>: AgentOutputReader {
    private var lines: RecordSplitter
    private var records = Records()
    private let zones: TimeZoneDirectory
    private let price: USD?

    init(request: AgentRequest, zones: TimeZoneDirectory, lineLimit: Int = 16 << 20) {
        lines = RecordSplitter(limit: lineLimit)
        self.zones = zones
        price = request.configuration.pricePerMillionTokens
    }

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

    func outcome(of exit: AgentExit) -> AgentOutcome {
        let words = LastWords(
            output: records.strayLines.lines,
            errors: FinalWords.lines(of: String(lossy: exit.errorTail)),
            endsInBrokenRecord: records.endsInBrokenRecord,
            exit: exit,
            zones: zones
        )
        var outcome = records.transcript.outcome(words)
        outcome.usage = outcome.usage.priced(price)
        return outcome
    }

    /// Takes lines, one after the other.
    private struct Records: Sendable {
        private(set) var transcript = Transcript()
        private(set) var strayLines = StrayLines()
        private(set) var endsInBrokenRecord = false

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
                strayLines.append(line)
                if !line.allSatisfy(\.isBlank) { endsInBrokenRecord = line.first == UInt8(ascii: "{") }
                return
            }
            endsInBrokenRecord = false
            transcript.take(record, into: &events)
        }
    }
}

extension UInt8 {
    var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
