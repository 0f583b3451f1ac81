import Testing

@testable import Commands

struct SpokenLinesTests {
    @Test func wholeLinesAreShownHoweverTheyAreCut() {
        var lines = SpokenLines()
        #expect(lines.take("the first l", elapsed: .zero) == nil)
        #expect(lines.take("ine\n\nsecond li", elapsed: .zero) == "the first line")
        #expect(lines.take("ne\nthird\n", elapsed: .seconds(2)) == "third")
    }

    @Test func aLineASecondIsShownAndTheLastOneInTheEnd() {
        var lines = SpokenLines()
        #expect(lines.take("one\n", elapsed: .zero) == "one")
        #expect(lines.take("two\n", elapsed: .milliseconds(100)) == nil)
        #expect(lines.take("three\nfo", elapsed: .milliseconds(200)) == nil)
        #expect(lines.finish(elapsed: .milliseconds(300)) == "fo")
        #expect(lines.finish(elapsed: .seconds(9)) == nil)
    }

    @Test func theGateIsNotShown() {
        var lines = SpokenLines()
        let text = "done\n<COMPLETION_GATE>\nready: true\n"
        #expect(lines.take(text, elapsed: .zero) == "done")
        #expect(lines.take("blockers: []\n</COMPLETION_GATE>\n", elapsed: .seconds(5)) == nil)
        #expect(lines.finish(elapsed: .seconds(9)) == nil)
    }
}
