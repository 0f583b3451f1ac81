import Processes
import Testing

struct LineSplitterTests {
    private func lines(_ chunks: [[UInt8]], limit: Int = 1000) -> [String] {
        var splitter = LineSplitter(limit: limit)
        var lines: [String] = []
        let keep = { (line: LineSplitter.Line) in
            switch line {
            case .text(let bytes): lines.append(String(decoding: bytes, as: UTF8.self))
            case .oversized(let count): lines.append("oversized \(count)")
            }
        }
        for chunk in chunks { chunk.withUnsafeBytes { splitter.consume($0, keep) } }
        splitter.finish(keep)
        return lines
    }

    @Test func splitsAtLineFeedsOnly() {
        let text = "a\u{2028}b\u{85}c\u{0B}\u{0C}\r\n\n\nend"
        #expect(lines([Array(text.utf8)]) == ["a\u{2028}b\u{85}c\u{0B}\u{0C}\r", "", "", "end"])
    }

    @Test func isTheSameHoweverTheBytesAreCut() {
        let bytes = Array("first\nsecond is longer\n\nlast".utf8)
        let expected = lines([bytes])
        for cut in 0...bytes.count { #expect(lines([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected) }
        #expect(lines(bytes.map { [$0] }) == expected)
    }

    @Test func anEndedLastLineIsNoSecondLine() {
        #expect(lines([Array("a\n".utf8)]) == ["a"])
        #expect(lines([]) == [])
        #expect(lines([[]]) == [])
    }

    @Test(arguments: [9, 10, 11]) func flagsLinesBeyondTheLimit(_ count: Int) {
        let line = [UInt8](repeating: 120, count: count)
        let expected = count <= 10 ? String(repeating: "x", count: count) : "oversized \(count)"
        #expect(lines([line + [10] + Array("y\n".utf8)], limit: 10) == [expected, "y"])
        #expect(lines((line + [10] + Array("y".utf8)).map { [$0] }, limit: 10) == [expected, "y"])
        #expect(lines([line], limit: 10) == [expected])
    }
}
