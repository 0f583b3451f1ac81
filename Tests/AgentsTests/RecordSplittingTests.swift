import Domain
import TestSupport
import Testing

@testable import Agents

/// Lines split off, and outlines of lines that are too long.
struct RecordSplittingTests {
    private enum Line: Hashable {
        case complete([UInt8])
        case oversized(bytes: Int)
    }

    /// What comes out when `bytes` come in pieces that end at `cuts`.
    private func split(_ bytes: [UInt8], at cuts: [Int], limit: Int) -> [Line] {
        var splitter = RecordSplitter(limit: limit)
        var lines: [Line] = []
        func take(_ line: RecordSplitter.Line) {
            switch line {
            case .complete(let bytes): lines.append(.complete(Array(bytes)))
            case .oversized(let count, _): lines.append(.oversized(bytes: count))
            }
        }
        for (start, end) in zip([0] + cuts, cuts + [bytes.count]) {
            // A copy of its own: what is handed over may not reach into the piece before.
            Array(bytes[start..<end]).withUnsafeBytes { splitter.consume($0, take) }
        }
        splitter.finish(take)
        return lines
    }

    private func simpleSplit(_ bytes: [UInt8], limit: Int) -> [Line] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { $0.count > limit ? .oversized(bytes: $0.count) : .complete($0) }
    }

    @Test func everySplitInThreeGivesTheSameLines() {
        let bytes = Array("{\"a\":1}\n\nlonger than eight\n\u{2028}x\n\nend".utf8)
        for limit in [4, 8, 100] {
            let expected = simpleSplit(bytes, limit: limit)
            for first in 0...bytes.count {
                for second in first...bytes.count {
                    #expect(split(bytes, at: [first, second], limit: limit) == expected)
                }
            }
        }
    }

    @Test(arguments: 0..<200)
    func agreesWithSimpleSplitting(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<Int.random(in: 0..<300, using: &random))
            .map { _ in
                Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : 0x0A + UInt8(seed % 3)
            }
        let cuts = (0..<Int.random(in: 0..<20, using: &random))
            .map { _ in Int.random(in: 0...bytes.count, using: &random) }
        let limit = Int.random(in: 0..<40, using: &random)
        #expect(split(bytes, at: cuts.sorted(), limit: limit) == simpleSplit(bytes, limit: limit))
    }

    @Test func anOutlineIsTheSameHoweverItComes() throws {
        let text = String(repeating: "é\\u00e9\\\"x", count: 200)
        let line = Array("{\"a\":{\"b\":[\"]}\"]},\"type\":\"result\",\"result\":\"\(text)\",\"c\":[1,[2]]}".utf8)
        var whole = RecordOutline(stringLimit: 100)
        line.withUnsafeBytes { whole.append($0) }
        let outline = try JSONParser.parse(whole.bytes)
        #expect(outline["a"] == .null)
        #expect(outline["c"] == .null)
        #expect(outline["type"] == "result")
        let cut = try #require(outline["result"]?.string)
        #expect((50...130).contains(cut.utf8.count))
        #expect(!cut.contains("\u{FFFD}"))
        for size in [1, 2, 3, 7, 64] {
            var pieces = RecordOutline(stringLimit: 100)
            for start in stride(from: 0, to: line.count, by: size) {
                line[start..<min(start + size, line.count)].withUnsafeBytes { pieces.append($0) }
            }
            #expect(pieces.bytes == whole.bytes)
        }
    }

    @Test func anOutlineOfAnythingElseIsBounded() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<50 {
            let bytes = (0..<5000).map { _ in Array("{}[]\"\\u,:a".utf8).randomElement(using: &generator) ?? 0 }
            var outline = RecordOutline(stringLimit: 10, limit: 100)
            bytes.withUnsafeBytes { outline.append($0) }
            #expect(outline.bytes.count <= 100)
        }
    }
}
