import Testing

@testable import Commands

struct SpokenLinesTests {
    @Test func wholeLinesAreShownHoweverTheyAreCut() {
        var lines = SpokenLines()
        #expect(lines.take("the first l", elapsed: .zero).isEmpty)
        #expect(lines.take("ine\n\nsecond li", elapsed: .zero) == ["the first line"])
        #expect(lines.take("ne\nthird\n", elapsed: .seconds(2)) == ["second line", "third"])
    }

    @Test func onceASecondLinesAreShownAndTheRestInTheEnd() {
        var lines = SpokenLines()
        #expect(lines.take("one\n", elapsed: .zero) == ["one"])
        #expect(lines.take("two\n", elapsed: .milliseconds(100)).isEmpty)
        #expect(lines.take("three\nfo", elapsed: .milliseconds(200)).isEmpty)
        #expect(lines.finish(elapsed: .milliseconds(300)) == ["two", "three", "fo"])
        #expect(lines.finish(elapsed: .seconds(9)).isEmpty)
    }

    @Test func whatNobodyCanReadIsCounted() {
        var lines = SpokenLines()
        let text = (1...8).map { "\($0)\n" }.joined()
        #expect(lines.take(text, elapsed: .zero) == ["… (3 more lines)", "4", "5", "6", "7", "8"])
        #expect(lines.take(text, elapsed: .seconds(1)).count == 6)
    }

    @Test func whatIsHeldBackComesWithTimeThoughNothingFollows() {
        var lines = SpokenLines()
        #expect(lines.take("one\n", elapsed: .zero) == ["one"])
        #expect(lines.take("two\nhal", elapsed: .milliseconds(100)).isEmpty)
        #expect(lines.flush(elapsed: .milliseconds(900)).isEmpty)
        #expect(lines.flush(elapsed: .seconds(1)) == ["two"])
        #expect(lines.flush(elapsed: .seconds(9)).isEmpty)
        #expect(lines.finish(elapsed: .seconds(9)) == ["hal"])
    }

    @Test func whereNoGateIsExpectedNothingIsHidden() {
        var lines = SpokenLines(hidesGates: false)
        #expect(lines.take("<completion_gate>\nfatal\n", elapsed: .zero) == ["<completion_gate>", "fatal"])
    }

    @Test func theGateIsNotShown() {
        var lines = SpokenLines()
        let text = "done\n<COMPLETION_GATE>\nready: true\n"
        #expect(lines.take(text, elapsed: .zero) == ["done"])
        #expect(lines.take("blockers: []\n</COMPLETION_GATE>\n", elapsed: .seconds(5)).isEmpty)
        #expect(lines.finish(elapsed: .seconds(9)).isEmpty)
    }
}
