import TestSupport
import Testing

@testable import Commands

struct TopKeysTests {
    private static let sequences: [(String, [TopKey])] = [
        ("a", [.character("a")]), ("ü", [.character("ü")]), ("日", [.character("日")]), ("👍", [.character("👍")]),
        ("\r", [.enter]), ("\n", [.enter]), ("\t", [.tab]), ("\u{7F}", [.backspace]), ("\u{08}", [.backspace]),
        ("\u{03}", [.control("c")]), ("\u{0C}", [.control("l")]), ("\u{1A}", [.control("z")]), ("\u{1C}", [.unknown]),
        ("\u{00}", [.unknown]),
        ("\u{1B}[A", [.up]), ("\u{1B}[B", [.down]), ("\u{1B}[C", [.right]), ("\u{1B}[D", [.left]),
        ("\u{1B}OA", [.up]), ("\u{1B}OB", [.down]), ("\u{1B}OH", [.home]), ("\u{1B}OF", [.end]),
        ("\u{1B}OP", [.unknown]),
        ("\u{1B}[1;2A", [.up]), ("\u{1B}[5~", [.pageUp]), ("\u{1B}[6~", [.pageDown]), ("\u{1B}[5;5~", [.pageUp]),
        ("\u{1B}[H", [.home]), ("\u{1B}[F", [.end]), ("\u{1B}[1~", [.home]), ("\u{1B}[4~", [.end]),
        ("\u{1B}[7~", [.home]), ("\u{1B}[8~", [.end]), ("\u{1B}[3~", [.delete]), ("\u{1B}[15~", [.unknown]),
        ("\u{1B}[?1;2c", [.unknown]), ("\u{1B}q", [.escape, .character("q")]),
        // A sequence that is broken off by a key, and by another sequence.
        ("\u{1B}[1\u{03}", [.control("c")]), ("\u{1B}[1\u{1B}[A", [.up]), ("\u{1B}\u{1B}[A", [.escape, .up]),
        ("\u{1B}[200~two\r\nlines\u{1B}[201~q", [.paste("two\nlines"), .character("q")]),
        ("\u{1B}[200~\u{1B}[2J\u{03}x\u{1B}[201~", [.paste("[2Jx")]), ("\u{1B}[201~", []),
        ("\u{1B}[200~\u{1B}[20\u{1B}[201~", [.paste("[20")]),
    ]

    @Test(arguments: sequences)
    func bytesAreKeysWhereverTheyAreCut(_ text: String, _ keys: [TopKey]) {
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            var decoder = TopKeys()
            let found = decoder.consume(bytes[..<cut]) + decoder.consume(bytes[cut...])
            #expect(found == keys, "cut at \(cut)")
            let rest = decoder.finish()
            #expect(rest.isEmpty)
        }
        var single = TopKeys()
        let apart = bytes.flatMap { single.consume([$0]) }
        #expect(apart == keys)
    }

    @Test func aLoneEscapeIsAKeyWhenNothingFollows() {
        var keys = TopKeys()
        _ = keys.consume([0x1B])
        #expect(keys.isPending)
        let held = keys.finish()
        #expect(held == [.escape] && !keys.isPending)
        let late = keys.consume(Array("[A".utf8))
        #expect(late == [.character("["), .character("A")])
    }

    /// A paste may come slowly: nothing of it may be taken for keys.
    @Test func aPasteIsNoneOfTheKeysItIsMadeOf() {
        var keys = TopKeys()
        let begun = keys.consume(Array("\u{1B}[200~s".utf8)) + keys.finish()
        #expect(begun.isEmpty && !keys.isPending)
        let held = keys.finish()
        #expect(held.isEmpty)
        let pasted = keys.consume(Array("y\u{1B}[201~".utf8))
        #expect(pasted == [.paste("sy")])
    }

    @Test func brokenTextAndControlsOfEightBitsAreNoCharacters() {
        #expect(Self.keys([0xFF, 0x61]) == [.character("\u{FFFD}"), .character("a")])
        #expect(Self.keys([0xE6, 0x03]) == [.character("\u{FFFD}"), .control("c")])
        #expect(Self.keys([0xC2, 0x9B]).isEmpty)
    }

    private static func keys(_ bytes: [UInt8]) -> [TopKey] {
        var keys = TopKeys()
        return keys.consume(bytes)
    }

    @Test func nothingThatComesTakesMoreRoomThanAMessage() {
        var keys = TopKeys()
        _ = keys.consume(Array("\u{1B}[200~".utf8) + Array(repeating: 0x61, count: 1 << 20))
        guard case .paste(let text)? = keys.consume(Array("\u{1B}[201~".utf8)).first else {
            Issue.record("no paste")
            return
        }
        #expect(text.count == 64 << 10)
        let moved = keys.consume(Array("\u{1B}[".utf8) + Array(repeating: 0x31, count: 1 << 20) + [0x41])
        #expect(moved == [.up])
    }

    @Test(arguments: 0..<200)
    func anyBytesComeToAnEnd(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("\u{1B}[O~20;1\u{03}aé".utf8) + [0xFF, 0x9B]
        let bytes = (0..<64).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] }
        var (whole, pieces) = (TopKeys(), TopKeys())
        let (first, second) = (whole.consume(bytes), bytes.flatMap { pieces.consume([$0]) })
        #expect(first == second)
        let (firstRest, secondRest) = (whole.finish(), pieces.finish())
        #expect(firstRest == secondRest)
        _ = whole.consume(Array("\u{1B}[201~".utf8))
        let last = whole.consume([0x71])
        #expect(last.last == .character("q"))
    }
}

struct TopLineTests {
    @Test func keysEditTheLine() {
        var line = TopLine("two words")
        for key in [TopKey.control("w"), .character("x"), .home, .delete, .right, .backspace] {
            let isEdit = line.take(key)
            #expect(isEdit)
        }
        #expect(line.text == "o x" && line.cursor == 0)
        for key in [TopKey.end, .left, .control("k"), .paste("a\nb"), .control("a"), .character("é")] {
            let isEdit = line.take(key)
            #expect(isEdit)
        }
        #expect(line.text == "éo a\nb" && line.cursor == 1)
        _ = line.take(.control("u"))
        #expect(line.text == "o a\nb")
        for key in [TopKey.backspace, .left, .control("u"), .control("w")] { _ = line.take(key) }
        #expect(line.text == "o a\nb" && line.cursor == 0)
    }

    @Test func anAccentJoinsTheCharacterBeforeIt() {
        var line = TopLine("u")
        _ = line.take(.character("\u{308}"))
        #expect(line.text == "u\u{308}" && line.cursor == 1)
    }

    @Test func whatIsNoEditingIsLeftToOthers() {
        var line = TopLine("a")
        for key in [TopKey.enter, .escape, .tab, .up, .down, .pageUp, .pageDown, .unknown, .control("z")] {
            let isEdit = line.take(key)
            #expect(!isEdit)
        }
        #expect(line == TopLine("a"))
    }

    @Test func aLineIsNoLongerThanAMessage() {
        var line = TopLine()
        _ = line.take(.paste(String(repeating: "a", count: 64 << 10)))
        _ = line.take(.character("b"))
        #expect(line.text.count == 64 << 10)
    }
}
