import Testing

@testable import Commands

struct TerminalTextTests {
    private static let hostile: [(String, String)] = [
        ("plain ünïcödé 日本 👍\tx\n", "plain ünïcödé 日本 👍\tx\n"),
        ("\u{1B}[31mred\u{1B}[0m", "red"),
        ("a\u{1B}]0;title\u{07}b", "ab"),
        ("a\u{1B}]52;c;ZXZpbA==\u{1B}\\b", "ab"),
        ("a\u{1B}]8;;http://evil\u{1B}\\link\u{1B}]8;;\u{1B}\\b", "alinkb"),
        ("a\u{1B}P$qm\u{1B}\\b", "ab"),
        ("a\u{1B}_apc\u{1B}\\b\u{1B}^pm\u{1B}\\c\u{1B}Xsos\u{1B}\\d", "abcd"),
        ("a\u{1B}[c\u{1B}[6n\u{1B}[?1004h\u{1B}[?1049hb", "ab"),
        ("a\u{9B}31mb\u{9D}0;t\u{9C}c\u{85}d", "abcd"),
        ("FAILED\rpassed", "FAILED\npassed"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("bell\u{07}nul\u{0}del\u{7F}back\u{08}", "bellnuldelback"),
        ("a\u{202E}b\u{2066}c\u{200B}d\u{FEFF}e", "a\\u{202E}b\\u{2066}c\\u{200B}d\\u{FEFF}e"),
        ("a\u{E0041}b\u{3164}c\u{AD}d", "a\\u{E0041}b\\u{3164}c\\u{AD}d"),
        ("a\u{1B}(0b\u{1B}#8c\u{1B}cd\u{1B}Me", "abcde"),
        ("a\u{1B}[31\nb", "a\nb"),
        ("a\u{1B}]0;unended\nb", "a\nb"),
        ("a\u{2028}b", "a\nb"),
        ("a\u{1B}\u{1B}[31mb", "ab"),
        ("a\u{1B}]0;x\u{1B}[31mb\u{07}c", "ac"),
        ("👩\u{200D}💻", "👩💻"),
        ("❤️", "❤️"),
    ]

    @Test(arguments: hostile)
    func onlyPrintableTextSurvives(_ input: String, _ expected: String) {
        #expect(TerminalText.clean(input) == expected)
    }

    @Test(arguments: hostile)
    func piecesOfOneByteMakeNoDifference(_ input: String, _ expected: String) {
        var filter = TerminalText()
        var shown = ""
        for byte in input.utf8 { shown += filter.consume(CollectionOfOne(byte)) }
        shown += filter.finish()
        #expect(shown == expected)
    }

    @Test func anEscapeSequenceWithoutAnEndDoesNotSwallowTheRest() {
        let input = "a\u{1B}]52;" + String(repeating: "x", count: 300) + "end"
        let shown = TerminalText.clean(input)
        #expect(shown.hasPrefix("ax") && shown.hasSuffix("end"))
        #expect(!shown.utf8.contains(0x1B))
    }

    @Test(
        arguments: [
            [0x61, 0xFF, 0x62], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF0, 0x9F, 0x91], [0xC3, 0x28], [0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xE2, 0x82, 0xC3, 0xA9],
        ] as [[UInt8]]
    )
    func whatIsNotUTF8IsMarked(_ bytes: [UInt8]) {
        let expected = String(decoding: bytes, as: UTF8.self)
        #expect(TerminalText.clean(bytes: bytes) == expected)
    }

    @Test func randomBytesNeverLeaveAControlCharacter() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let bytes = (0..<500).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let shown = TerminalText.clean(bytes: bytes)
            #expect(
                shown.unicodeScalars.allSatisfy {
                    $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
                }
            )
        }
    }

    @Test func aNameStaysOnOneLine() {
        #expect(TerminalText.cleanLine("a\nError: forged\tb") == #"a\nError: forged b"#)
        #expect(StyledLine("x\u{1B}[2Jy", .bad).rendered(colour: true) == "\u{1B}[31mxy\u{1B}[0m")
    }
}
