package import Domain

/// Looks for the completion gate in what an agent said last.
///
/// A gate is a statement, so it has to be a block of its own: the tags alone on their lines (or the heading
/// `COMPLETION_GATE:` with its keys indented beneath it), outside code and quotations, and not an echo of the prompt.
/// The last one holds. Nothing else that an agent says ends a loop.
package enum GateReader {
    /// Reads `finalMessage`; `prompt` is what the agent was told, and what it may have printed again.
    package static func read(finalMessage: String, prompt: String?) -> GateReading {
        let message = Array(finalMessage.utf8)
        let echoes = EchoedGates(prompt: prompt)
        var candidates = GateScanner.blocks(in: message)
        while let last = candidates.popLast() {
            guard !echoes.contains(last, in: message) else { continue }
            if let reading = reading(of: last, in: message) { return reading }
        }
        return .missing
    }

    /// `nil` for a heading that has no gate beneath it.
    private static func reading(of block: GateBlock, in message: [UInt8]) -> GateReading? {
        switch block.spelling {
        case .unterminated:
            return .malformed(.unterminated)
        case .tags:
            return GateBody.read(message[block.body])
        case .heading:
            let reading = GateBody.read(message[block.body])
            return reading == .malformed(.readyMissing) ? nil : reading
        }
    }
}

/// Where a gate stands in a text, in offsets of bytes.
struct GateBlock: Hashable {
    enum Spelling: Hashable {
        case tags
        case heading
        /// An opening tag without a closing one.
        case unterminated
    }

    var spelling: Spelling
    /// From the line of the opening tag to the end of the closing one's.
    var extent: Range<Int>
    var body: Range<Int>
    /// The last line before it that is not blank.
    var lineBefore: Range<Int>?
}

/// The gates in a prompt: an agent that prints its prompt again has not stated them.
private struct EchoedGates {
    /// The lines before each gate, by the gate's text.
    ///
    /// `nil` for a gate at the very beginning.
    private var linesBefore: [[UInt8]: [[UInt8]?]] = [:]

    init(prompt: String?) {
        guard let prompt else { return }
        let text = Array(prompt.utf8)
        for block in GateScanner.blocks(in: text) {
            linesBefore[Self.key(of: block, in: text), default: []]
                .append(
                    block.lineBefore.map { TextLine(text[$0]).trimmed }
                )
        }
    }

    /// Whether `block` and what stands before it are the prompt's.
    ///
    /// Programs put a name before what they print again, so the end of the line decides.
    func contains(_ block: GateBlock, in message: [UInt8]) -> Bool {
        guard !linesBefore.isEmpty, let lines = linesBefore[Self.key(of: block, in: message)] else { return false }
        let before = block.lineBefore.map { TextLine(message[$0]).trimmed } ?? []
        return lines.contains { line in line.map { before.suffix($0.count).elementsEqual($0) } ?? true }
    }

    private static func key(of block: GateBlock, in text: [UInt8]) -> [UInt8] {
        text[block.body].split(separator: 0x0A).map { TextLine($0).trimmed }.filter { !$0.isEmpty }
            .joined(separator: [0x0A]).map { $0 }
    }
}
