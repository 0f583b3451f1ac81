/// Finds the blocks in a message that are gates, in one pass over its lines.
struct GateScanner {
    private struct Opening {
        var spelling: GateBlock.Spelling
        var start: Int
        var bodyStart: Int
        var indentation: Int
        var lineBefore: Range<Int>?
    }

    private let text: [UInt8]
    private var blocks: [GateBlock] = []
    private var opening: Opening?
    private var fence: TextLine.Fence?
    private var isInIndentedCode = false
    private var isAfterBlank = true
    private var lineBefore: Range<Int>?
    private var paragraphStart = 0

    private init(_ text: [UInt8]) {
        self.text = text
    }

    static func blocks(in text: [UInt8]) -> [GateBlock] {
        var scanner = GateScanner(text)
        scanner.scan()
        return scanner.blocks
    }

    private mutating func scan() {
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: 0x0A) ?? text.count
            take(TextLine(text[start..<end]), at: start..<end)
            start = end + 1
        }
        closeHeading(at: text.count)
        endParagraph(at: text.count)
        if let opening {
            add(.unterminated, opening, body: text.count..<text.count, end: text.count)
        }
    }

    private mutating func take(_ line: TextLine, at range: Range<Int>) {
        if let opened = fence {
            if line.closes(opened) { fence = nil }
            return
        }
        if opening?.spelling == .heading, line.isBlank || line.indentation <= opening?.indentation ?? 0 {
            closeHeading(at: range.lowerBound)
        }
        if line.isBlank {
            endParagraph(at: range.lowerBound)
            isAfterBlank = true
            return
        }
        if !isCode(line, at: range) { takeStatement(line, at: range) }
        lineBefore = range
        isAfterBlank = false
    }

    /// Whether the line opens a fence or is indented code.
    ///
    /// Within a gate, indentation is the gate's own.
    private mutating func isCode(_ line: TextLine, at range: Range<Int>) -> Bool {
        if let opened = line.openingFence {
            endParagraph(at: range.lowerBound)
            fence = opened
            return true
        }
        isInIndentedCode = opening == nil && line.indentation >= 4 && (isAfterBlank || isInIndentedCode)
        return isInIndentedCode
    }

    /// A quoted line begins with `>`, so it is neither a tag nor a heading.
    private mutating func takeStatement(_ line: TextLine, at range: Range<Int>) {
        if line.isTag(closing: false) {
            open(.tags, line, at: range)
        } else if line.isTag(closing: true), let opened = opening, opened.spelling == .tags {
            add(.tags, opened, body: opened.bodyStart..<range.lowerBound, end: range.upperBound)
            opening = nil
        } else if opening == nil, line.isHeading {
            open(.heading, line, at: range)
        }
    }

    private mutating func open(_ spelling: GateBlock.Spelling, _ line: TextLine, at range: Range<Int>) {
        let bodyStart = min(range.upperBound + 1, text.count)
        opening = Opening(
            spelling: spelling,
            start: range.lowerBound,
            bodyStart: bodyStart,
            indentation: line.indentation,
            lineBefore: lineBefore
        )
    }

    private mutating func closeHeading(at end: Int) {
        guard let opened = opening, opened.spelling == .heading else { return }
        add(.heading, opened, body: opened.bodyStart..<max(end, opened.bodyStart), end: end)
        opening = nil
    }

    private mutating func add(_ spelling: GateBlock.Spelling, _ opened: Opening, body: Range<Int>, end: Int) {
        blocks.append(
            GateBlock(
                spelling: spelling,
                extent: opened.start..<max(end, opened.start),
                body: body,
                lineBefore: opened.lineBefore
            )
        )
    }

    /// Drops the blocks of the paragraph that ends here which stand within a code span.
    private mutating func endParagraph(at end: Int) {
        let begin = paragraphStart
        paragraphStart = end
        guard let last = blocks.last, last.extent.lowerBound >= begin else { return }
        let spans = CodeSpans.all(in: text[begin..<end])
        guard !spans.isEmpty else { return }
        let inside = blocks.suffix(while: { $0.extent.lowerBound >= begin })
        blocks.removeLast(inside.count)
        var next = 0
        for block in inside {
            while next < spans.count, spans[next].upperBound < block.extent.upperBound { next += 1 }
            let isInSpan = next < spans.count && spans[next].lowerBound < block.extent.lowerBound
            if !isInSpan { blocks.append(block) }
        }
    }
}

extension Array {
    fileprivate func suffix(while isIncluded: (Element) -> Bool) -> ArraySlice<Element> {
        let start = lastIndex { !isIncluded($0) }.map { $0 + 1 } ?? startIndex
        return self[start...]
    }
}

/// Code spans: text between two runs of equally many backticks, over the lines of one paragraph.
private enum CodeSpans {
    static func all(in paragraph: ArraySlice<UInt8>) -> [Range<Int>] {
        let runs = runs(in: paragraph)
        let partners = partners(of: runs)
        var spans: [Range<Int>] = []
        var index = 0
        while index < runs.count {
            if let partner = partners[index] {
                spans.append(runs[index].lowerBound..<runs[partner].upperBound)
                index = partner + 1
            } else {
                index += 1
            }
        }
        return spans
    }

    private static func runs(in paragraph: ArraySlice<UInt8>) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var position = paragraph.startIndex
        while let start = paragraph[position...].firstIndex(of: UInt8(ascii: "`")) {
            let end = paragraph[start...].firstIndex { $0 != UInt8(ascii: "`") } ?? paragraph.endIndex
            runs.append(start..<end)
            position = end
        }
        return runs
    }

    /// For each run the next one of the same length.
    private static func partners(of runs: [Range<Int>]) -> [Int?] {
        var partners: [Int?] = Array(repeating: nil, count: runs.count)
        var nextOfLength: [Int: Int] = [:]
        for index in runs.indices.reversed() {
            partners[index] = nextOfLength[runs[index].count]
            nextOfLength[runs[index].count] = index
        }
        return partners
    }
}
