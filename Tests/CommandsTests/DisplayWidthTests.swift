import Testing

@testable import Commands

struct DisplayWidthTests {
    @Test(arguments: [
        ("abc", 3), ("", 0), ("ü", 1), ("u\u{308}", 1), ("日本", 4), ("한국", 4), ("👍", 2), ("❤️", 2), ("ａ", 2),
        ("a\u{200B}b", 2), ("…–", 2), ("🇨🇭", 2),
    ])
    func widthIsThatOfTheTerminal(_ text: String, _ width: Int) {
        #expect(DisplayWidth.of(text) == width)
    }

    @Test func cuttingLeavesRoomForTheEllipsis() {
        #expect(DisplayWidth.fit("abcdef", into: 6) == "abcdef")
        #expect(DisplayWidth.fit("abcdef", into: 5) == "abcd…")
        #expect(DisplayWidth.fit("日本語", into: 5) == "日本…")
        #expect(DisplayWidth.fit("日本語", into: 4) == "日…")
        #expect(DisplayWidth.fit("abc", into: 0) == "")
    }

    @Test func aStyledLineIsCutAcrossItsPieces() {
        let line = StyledLine("abc", .strong) + StyledLine("def", .bad)
        #expect(line.fitted(to: 6).text == "abcdef")
        #expect(line.fitted(to: 5).text == "abcd…")
        #expect(line.fitted(to: 3).text == "ab…")
    }

    @Test func aTableGivesWayInItsFlexibleColumn() {
        var table = Table(header: ["A", "NAME", "B"], flexibleColumn: 1)
        table.add(["1", "a name that is much too long for a narrow terminal", "日本"])
        table.add(["22", "short", "x"])
        let lines = table.lines(columns: 30)
        #expect(lines.allSatisfy { $0.width <= 30 })
        #expect(lines[1].text == "1   a name that is much…  日本")
    }
}
