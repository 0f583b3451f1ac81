import Domain

/// Reads what stands between the tags: lines of keys and values, or JSON.
struct GateBody {
    private enum Key: String {
        case ready
        case reason
        case progress
        case blockers
    }

    /// What the lines after a key belong to.
    private enum Context {
        case none
        /// Text introduced by `|` or `>`: all lines that are indented deeper.
        case text(Key, indentation: Int)
        /// Items below `blockers:`; where that was itself an item, they have to be indented deeper.
        case items(indentation: Int, isItem: Bool)
        /// `[` without `]` so far.
        case list(String)
    }

    /// How many bytes of a value that goes over several lines are put together, so that the time stays in proportion.
    private static let longestSpan = 16 << 10

    private var readyTexts: [String] = []
    private var reason: String?
    private var progress: String?
    private var blockers: [String] = []
    private var context = Context.none

    static func read(_ body: ArraySlice<UInt8>) -> GateReading {
        let lines = statedLines(of: body)
        if lines.first?.trimmed.first == UInt8(ascii: "{") { return JSONGate.read(lines) }
        var reader = GateBody()
        for line in lines { reader.take(line) }
        reader.closeContext()
        return reader.reading
    }

    /// The lines that are not blank, outside code; the fence around a whole body is passed over.
    private static func statedLines(of body: ArraySlice<UInt8>) -> [TextLine] {
        var lines = body.split(separator: 0x0A).map { TextLine($0) }.filter { !$0.isBlank }
        if let fence = lines.first?.openingFence, lines.count > 1, lines.last?.closes(fence) == true {
            lines = Array(lines.dropFirst().dropLast())
        }
        var stated: [TextLine] = []
        var fence: TextLine.Fence?
        for line in lines {
            if let opened = fence {
                if line.closes(opened) { fence = nil }
            } else if let opened = line.openingFence {
                fence = opened
            } else {
                stated.append(line)
            }
        }
        return stated
    }

    private var reading: GateReading {
        .stating(
            readyTexts,
            CompletionGate(ready: false, reason: reason, progress: progress, blockers: blockers)
        )
    }

    private mutating func take(_ line: TextLine) {
        guard !continues(line) else { return }
        closeContext()
        guard let (key, value) = Self.keyAndValue(of: line) else { return }
        switch key {
        case .ready:
            readyTexts.append(value)
        case .reason, .progress:
            if Self.introducesText(value) {
                context = .text(key, indentation: line.indentation)
            } else {
                set(key, GateText.unquoted(value))
            }
        case .blockers:
            takeBlockers(value, line)
        }
    }

    /// Whether the line belongs to the key before it; if so it is taken.
    private mutating func continues(_ line: TextLine) -> Bool {
        switch context {
        case .none:
            return false
        case .text(let key, let indentation):
            guard line.indentation > indentation else { return false }
            let before = (key == .reason ? reason : progress).map { $0 + "\n" } ?? ""
            if before.utf8.count < Self.longestSpan { set(key, before + line.string) }
            return true
        case .items(let indentation, let isItem):
            return takeItem(line, deeperThan: indentation, strictly: isItem)
        case .list(let text):
            guard Self.keyAndValue(of: line) == nil else { return false }
            if text.utf8.count < Self.longestSpan { context = .list(text + "\n" + line.string) }
            if line.string.hasSuffix("]") { closeContext() }
            return true
        }
    }

    private mutating func takeItem(_ line: TextLine, deeperThan indentation: Int, strictly: Bool) -> Bool {
        let isDeeper = line.indentation > indentation
        if let item = line.item, isDeeper || !strictly {
            addBlocker(item)
            return true
        }
        guard isDeeper, Self.keyAndValue(of: line) == nil else { return false }
        addBlocker(line.string)
        return true
    }

    private mutating func takeBlockers(_ value: String, _ line: TextLine) {
        if value.isEmpty || Self.introducesText(value) {
            context = .items(indentation: line.indentation, isItem: line.item != nil)
        } else if value.hasPrefix("["), !value.hasSuffix("]") {
            context = .list(value)
        } else if value.hasPrefix("[") {
            for item in GateText.items(ofList: value) { addBlocker(item) }
        } else {
            addBlocker(value)
        }
    }

    private mutating func closeContext() {
        if case .list(let text) = context {
            let items = GateText.items(ofList: text)
            // A list that never ends may hide anything, so it is not taken for an empty one.
            for item in items.isEmpty && !text.hasSuffix("]") ? [text] : items { addBlocker(item) }
        }
        context = .none
    }

    private mutating func addBlocker(_ text: String) {
        if let blocker = GateText.blocker(text) { blockers.append(blocker) }
    }

    private mutating func set(_ key: Key, _ text: String) {
        if key == .reason { reason = text } else { progress = text }
    }

    private static func introducesText(_ value: String) -> Bool {
        ["|", ">", "|-", ">-", "|+", ">+"].contains(value)
    }

    /// `nil` where the line does not begin with one of the keys and a colon.
    private static func keyAndValue(of line: TextLine) -> (Key, value: String)? {
        let content = line.withoutListMarker
        guard let colon = content.prefix(64).firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let name = GateText.bare(String(decoding: content[..<colon], as: UTF8.self)).lowercased()
        guard let key = Key(rawValue: name) else { return nil }
        let value = String(decoding: content[(colon + 1)...], as: UTF8.self)
        return (key, GateText.trimmed(value, "*_ \t\r"))
    }
}

extension TextLine {
    /// Trimmed, as text.
    fileprivate var string: String { String(decoding: trimmed, as: UTF8.self) }

    /// What follows the marker of a list's item; `nil` where there is none.
    ///
    /// A lone `-` is an empty item.
    fileprivate var item: String? {
        let rest = withoutListMarker
        if rest.startIndex == bytes.startIndex, rest.count == bytes.count { return string == "-" ? "" : nil }
        return GateText.trimmed(String(decoding: rest, as: UTF8.self), " \t\r")
    }
}

extension GateReading {
    /// The gate, once it is clear what `readyTexts` say.
    static func stating(_ readyTexts: [String], _ gate: CompletionGate) -> GateReading {
        guard !readyTexts.isEmpty else { return .malformed(.readyMissing) }
        var stated: Set<Bool> = []
        for text in readyTexts {
            guard let isReady = GateText.bool(text) else {
                return .malformed(.readyUnclear(String(text.prefix(GateText.longest))))
            }
            stated.insert(isReady)
        }
        guard stated.count == 1 else { return .malformed(.readyContradictory) }
        var gate = gate
        gate.ready = stated.contains(true)
        gate.reason = gate.reason.map { String($0.prefix(GateText.longest)) }
        gate.progress = gate.progress.map { String($0.prefix(GateText.longest)) }
        gate.blockers = gate.blockers.prefix(50).map { String($0.prefix(GateText.longest)) }
        return .stated(gate)
    }
}
