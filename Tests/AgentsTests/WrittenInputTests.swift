import Testing

@testable import Agents

/// What is left out of the input that a reader gives out once more.
struct WrittenInputTests {
    private func missing(_ written: String, of input: String...) -> [String] {
        var written = WrittenInput(Array(written.utf8))
        return input.map { String(decoding: written.missing(of: Array($0.utf8)), as: UTF8.self) }
    }

    @Test func everythingIsMissingWhereNothingWasWritten() {
        #expect(missing("", of: "a\n", "b\nc\n") == ["a\n", "b\nc\n"])
    }

    @Test func whatWasWrittenIsNotWrittenAgain() {
        #expect(missing("a\nb\n", of: "a\n", "b\nc\n") == ["", "c\n"])
    }

    @Test func aLineCountsAsOftenAsItWasWritten() {
        #expect(missing("a\na\n", of: "a\n", "a\n", "a\n") == ["", "", "a\n"])
    }

    @Test func whatPeopleSaidInBetweenDisturbsNothing() {
        #expect(missing("a\nsaid\nb\n", of: "a\n", "b\n", "c\n") == ["", "", "c\n"])
    }

    @Test func aLineThatWasBegunIsEnded() {
        #expect(missing("a\nbe", of: "a\nbegun\n") == ["gun\n"])
    }

    @Test func aLineThatNobodyEndsIsClosed() {
        #expect(missing("a\nsai", of: "a\n", "b\n", "c\n") == ["", "\nb\n", "c\n"])
    }
}
