import Domain
import Runner

/// Prints the files of agent output one after the other, and what is added to the last one.
///
/// Every file is read in pieces by a reader that remembers where it was, so memory stays bounded and a file that grows
/// can be followed.
struct AgentLog {
    private let source: any TranscriptSource
    private let isRaw: Bool
    private var current: Reading?
    private var finished: Set<String> = []

    private struct Reading {
        var file: OutputFile
        var offset = 0
        var reader: any TranscriptReader
        var narrator = TranscriptNarrator()
    }

    /// How much is read at once.
    private static let pieceLength = 1 << 16
    /// The same of plain text: more than this is not shown at once.
    private static let textLength = 1 << 12

    init(source: any TranscriptSource, isRaw: Bool) {
        self.source = source
        self.isRaw = isRaw
    }

    /// Whether there was any file to print.
    var hasFiles: Bool { current != nil || !finished.isEmpty }

    /// Prints what is new in `files`.
    ///
    /// A file is at its end when a later one exists, or when all are complete.
    mutating func print(_ files: [OutputFile], isComplete: Bool, to printer: some LineReceiver) throws {
        let remaining = files.filter { !finished.contains($0.path) }
        for (index, file) in remaining.enumerated() {
            let isLast = index == remaining.count - 1
            let isEnd = !isLast || isComplete
            try readOn(file, isEnd: isEnd, to: printer)
            if isEnd { try finish(file, to: printer) }
        }
    }

    private mutating func readOn(_ file: OutputFile, isEnd: Bool, to printer: some LineReceiver) throws {
        if current?.file.path != file.path {
            current = Reading(file: file, reader: source.makeTranscriptReader(for: file.agent))
            if !isRaw { printer.print([Self.title(of: file)]) }
        }
        guard var reading = current else { return }
        // The reader's buffers are not to be copied with every piece.
        current = nil
        defer { current = reading }
        while true {
            // There may be gigabytes, and nobody who wants them any more.
            try Task.checkCancellation()
            guard var piece = try read(file, from: reading.offset) else {
                if isEnd, !isRaw { printer.print([Self.absence]) }
                return
            }
            if Self.isText(file), !isRaw { piece = Self.wholeLines(of: piece, isEnd: isEnd) }
            guard !piece.isEmpty else { return }
            reading.offset += piece.count
            if isRaw {
                printer.write(piece)
            } else {
                printer.print(reading.reader.consume(piece).flatMap { reading.narrator.tell($0) })
            }
        }
    }

    private mutating func finish(_ file: OutputFile, to printer: some LineReceiver) throws {
        if var reading = current, !isRaw {
            printer.print(reading.reader.finish().flatMap { reading.narrator.tell($0) })
        }
        current = nil
        finished.insert(file.path)
        if !isRaw { try printErrors(of: file, to: printer) }
    }

    /// What the agent wrote to standard error, where it did.
    private func printErrors(of file: OutputFile, to printer: some LineReceiver) throws {
        guard let path = file.errorPath else { return }
        var offset = 0
        while true {
            let piece = try readErrors(path, from: offset)
            guard !piece.isEmpty else { return }
            let lines = Self.wholeLines(of: piece, isEnd: true)
            if offset == 0 { printer.print([StyledLine("standard error:", .faint)]) }
            offset += lines.count
            printer.print(TranscriptNarrator.paragraph(String(decoding: lines, as: UTF8.self)))
        }
    }

    private func readErrors(_ path: String, from offset: Int) throws -> [UInt8] {
        do {
            return try FileReader(path: path).read(from: offset, upTo: Self.textLength)
        } catch {
            // An agent that was never started has no such file.
            if error.isMissing { return [] }
            throw CommandError.logUnreadable(path: path, reason: error.reason)
        }
    }

    /// The output of any program is shown as it is, in pieces; that of others is made of records.
    private static func isText(_ file: OutputFile) -> Bool { !file.agent.isVendorProgram }

    /// `piece` without the line that goes on after it.
    private static func wholeLines(of piece: [UInt8], isEnd: Bool) -> [UInt8] {
        let isFull = piece.count >= textLength
        if isEnd, !isFull { return piece }
        guard let last = piece.lastIndex(of: 0x0A) else { return isFull ? piece : [] }
        return Array(piece[...last])
    }

    /// Its file was never made, or `makima gc` removed it; which, nobody knows any more.
    private static let absence = StyledLine(
        "  There is no output: it was removed, or the agent was never started.",
        .faint
    )

    /// Returns `nil` where there is no such file.
    private func read(_ file: OutputFile, from offset: Int) throws -> [UInt8]? {
        do {
            return try FileReader(path: file.path)
                .read(from: offset, upTo: Self.isText(file) && !isRaw ? Self.textLength : Self.pieceLength)
        } catch {
            if error.isMissing { return nil }
            throw CommandError.logUnreadable(path: file.path, reason: error.reason)
        }
    }

    private static func title(of file: OutputFile) -> StyledLine {
        title(iteration: file.iteration, attempt: file.attempt)
    }

    static func title(iteration: Int, attempt: Int) -> StyledLine {
        let again = attempt > 1 ? ", attempt \(attempt)" : ""
        return StyledLine("── iteration \(iteration)\(again)", .strong)
    }
}

/// Tells an agent's transcript: as the live view does, but with its texts complete.
struct TranscriptNarrator {
    private var openCalls: [String: String] = [:]

    mutating func tell(_ event: AgentEvent) -> [StyledLine] {
        switch event {
        case .session(let id, let model):
            return [StyledLine("session \(id)" + (model.map { ", model \($0)" } ?? ""), .faint)]
        case .text(let text): return Self.paragraph(text)
        case .toolCallBegan(let id, let name, let summary):
            let title = [name, summary].filter { !$0.isEmpty }.joined(separator: " ")
            openCalls[id] = title
            return [StyledLine("▸ ", .accent) + StyledLine(title)]
        case .toolCallEnded(let id, let isError):
            let title = openCalls.removeValue(forKey: id) ?? id
            return isError ? [StyledLine("✗ ", .bad) + StyledLine("\(title): failed")] : []
        case .usage: return []
        case .retrying(let attempt, let attempts, let cause):
            return [StyledLine("↻ retry \(attempt)\(attempts.map { " of \($0)" } ?? ""): \(cause.words)", .warning)]
        case .rateLimit(let rejected, let resetsAt):
            let end = resetsAt.map { " until \($0.formattedUTC)" } ?? ""
            return rejected ? [StyledLine("! the account's allowance is used up\(end)", .warning)] : []
        case .permissionDenied(let tool, let message):
            return [StyledLine("! refused: \(tool): ", .warning) + StyledLine(message)]
        case .permissionAsked(_, let request):
            return [StyledLine("? may it use \(request.words)?", .warning)]
        case .permissionWithdrawn: return [StyledLine("? it does not wait for that any more", .faint)]
        case .result(let result):
            let end = result.failure.map { [StyledLine("✗ \($0.words)", .bad)] } ?? []
            return end + (result.finalMessage.map { [StyledLine("final message:", .faint)] + Self.paragraph($0) } ?? [])
        case .messageTaken(let number):
            return [StyledLine("✉ the agent has message \(number)", .accent)]
        case .errorOutput(let text): return [StyledLine("stderr:", .warning)] + Self.paragraph(text)
        case .oversizedLine(let bytes):
            return [StyledLine("! a line of \(bytes) bytes is not shown; 'makima logs --raw' has it", .faint)]
        }
    }

    /// The last line's end is no further line.
    static func paragraph(_ text: String) -> [StyledLine] {
        let clean = TerminalText.clean(text)
        return (clean.last?.isNewline == true ? clean.dropLast() : clean[...])
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { StyledLine("  \($0)") }
    }
}
