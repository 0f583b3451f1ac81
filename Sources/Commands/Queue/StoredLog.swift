import Domain
import Runner
import Wire

/// Prints what the agent of a server's task has printed, all of it, as ``AgentLog`` does for a task of this machine.
///
/// It reads what the server has stored: events are for those who look on, and what comes too fast for them is cut there.
struct StoredLog {
    private let task: QueuedTask
    private let source: any TranscriptSource
    /// Only this one.
    private let iteration: Int?
    private let kinds: [Turn: AgentKind]
    private let usualKind: AgentKind
    private var position = 0
    private var current: Reading?
    private(set) var hasOutput = false

    /// One process of the agent.
    private struct Turn: Hashable, Sendable {
        var attempt: Int
        var iteration: Int
        var number: Int

        init(_ piece: OutputView) {
            (attempt, iteration, number) = (piece.attempt, piece.iteration, piece.tryNumber)
        }

        init(_ view: IterationView) {
            (attempt, iteration, number) = (view.attempt, view.number, view.tryNumber)
        }
    }

    private struct Reading {
        var turn: Turn
        var kind: AgentKind
        var reader: any TranscriptReader
        var narrator = TranscriptNarrator()
        var lines = StoredLines()
        /// Where the next piece begins, where there was one.
        var offset: Int?
        /// The position of what it wrote to standard error first.
        var firstError: Int?
    }

    /// Throws where the server cannot be asked what agents worked.
    init(of task: QueuedTask, iteration: Int?, source: any TranscriptSource) async throws {
        (self.task, self.iteration, self.source) = (task, iteration, source)
        let history = try await task.queue.history(of: task.id)
        // The reader of any program finds out itself whether it reads records of a known one.
        usualKind = history.document?.agent.kind ?? .command
        let known = history.iterations.compactMap { view in
            (view.report["agentKind"]?.string).flatMap(AgentKind.init(rawValue:)).map { (Turn(view), $0) }
        }
        kinds = Dictionary(known) { $1 }
    }

    /// Prints what has come since; what is not a whole line waits for the rest of it.
    mutating func readOn(to printer: some LineReceiver) async throws {
        var next: Int? = position
        while let after = next {
            try Task.checkCancellation()
            let page = try await task.queue.output(of: task.id, after: after, streams: [.stdout, .stderr])
            for piece in page.pieces where iteration == nil || piece.iteration == iteration {
                try await take(piece, to: printer)
            }
            position = page.next ?? page.pieces.last?.position ?? position
            next = page.next
        }
    }

    /// Prints what is left; no more comes.
    mutating func finish(to printer: some LineReceiver) async throws {
        try await endTurn(before: nil, to: printer)
    }

    private mutating func take(_ piece: OutputView, to printer: some LineReceiver) async throws {
        let turn = Turn(piece)
        if current?.turn != turn {
            try await endTurn(before: piece.position, to: printer)
            let kind = kinds[turn] ?? usualKind
            let reader = source.makeTranscriptReader(for: kind)
            current = Reading(turn: turn, kind: kind, reader: reader)
            hasOutput = true
            printer.print([AgentLog.title(iteration: turn.iteration, attempt: turn.number)])
        }
        guard var reading = current else { return }
        // The reader's buffers are not to be copied with every piece.
        current = nil
        defer { current = reading }
        guard piece.stream == .stdout else {
            reading.firstError = reading.firstError ?? piece.position
            return
        }
        if let expected = reading.offset, piece.offset > expected {
            Self.finish(&reading, to: printer)
            // What it had begun to read does not go on.
            reading.reader = source.makeTranscriptReader(for: reading.kind)
            printer.print([StyledLine("! \(piece.offset - expected) bytes are missing here", .warning)])
        }
        reading.offset = piece.offset + piece.byteCount
        let bytes = Array(piece.text.utf8)
        Self.tell(!reading.kind.isVendorProgram ? reading.lines.take(bytes) : [bytes], by: &reading, to: printer)
    }

    private static func tell(_ pieces: [[UInt8]], by reading: inout Reading, to printer: some LineReceiver) {
        for piece in pieces {
            printer.print(reading.reader.consume(piece).flatMap { reading.narrator.tell($0) })
        }
    }

    private static func finish(_ reading: inout Reading, to printer: some LineReceiver) {
        tell(reading.lines.finish(), by: &reading, to: printer)
        printer.print(reading.reader.finish().flatMap { reading.narrator.tell($0) })
    }

    private mutating func endTurn(before end: Int?, to printer: some LineReceiver) async throws {
        guard var reading = current else { return }
        current = nil
        Self.finish(&reading, to: printer)
        if let first = reading.firstError {
            try await printErrors(of: reading.turn, from: first, before: end, to: printer)
        }
    }

    /// What it wrote to standard error comes behind what it said; it is read once more rather than kept.
    private func printErrors(of turn: Turn, from first: Int, before end: Int?, to printer: some LineReceiver)
        async throws
    {
        printer.print([StyledLine("standard error:", .faint)])
        var lines = StoredLines()
        func show(_ pieces: [[UInt8]]) {
            for piece in pieces { printer.print(TranscriptNarrator.paragraph(String(decoding: piece, as: UTF8.self))) }
        }
        var next: Int? = first - 1
        while let after = next, after < end ?? .max {
            let page = try await task.queue.output(of: task.id, after: after, streams: [.stderr])
            for piece in page.pieces where Turn(piece) == turn { show(lines.take(Array(piece.text.utf8))) }
            next = page.next
        }
        show(lines.finish())
    }
}

/// Makes pieces of whole lines of text that comes in pieces of any size; of a long line, pieces that can be shown at once.
struct StoredLines {
    private var rest: [UInt8] = []

    /// A reader of plain text shows no more of a piece than this.
    private static let limit = 1 << 12

    mutating func take(_ bytes: [UInt8]) -> [[UInt8]] {
        let all = rest + bytes
        var pieces: [[UInt8]] = []
        var start = 0
        while all.count - start > Self.limit {
            let window = all[start..<start + Self.limit]
            let end = window.lastIndex(of: 0x0A).map { $0 + 1 } ?? window.endIndex
            pieces.append(Array(all[start..<end]))
            start = end
        }
        if let last = all[start...].lastIndex(of: 0x0A) {
            pieces.append(Array(all[start...last]))
            start = last + 1
        }
        rest = Array(all[start...])
        return pieces
    }

    mutating func finish() -> [[UInt8]] {
        defer { rest = [] }
        return rest.isEmpty ? [] : [rest]
    }
}
