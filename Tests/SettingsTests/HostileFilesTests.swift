import Domain
import Settings
import Testing

struct HostileFilesTests {
    @Test func aMistakeInTheTOMLHasAPlaceAndTheParsersWords() {
        let problems = Reading.problems(user: "agent = \"claude\"\ncompletion = branch\n")
        #expect(problems.count == 1)
        #expect(problems.first?.origin == .file(path: "config.toml", line: 2))
        #expect(problems.texts.first?.contains("line 2, column ") == true)
    }

    @Test(arguments: [
        "agent = \"a\"\nagent = \"b\"\n", "[sandbox]\n[sandbox]\n", "agent = \"a\"\nagent.x = 1\n", "[", "a", "=",
        "agent = \"\u{1}\"", "x = 'a\\u0000b'", "agent = \"a\\u0000b\"", "agent = \"a\\U00000000b\"",
    ])
    func refusesWhatIsNoTOML(text: String) {
        #expect(Reading.problems(user: text).count == 1)
    }

    @Test func readsFilesOfOtherEditors() throws {
        let text = "agent = \"script\"\r\n[autonomous_loop]\r\nhard_limit = 7\r\n"
        let file = ConfigurationFile(path: "c", bytes: [0xEF, 0xBB, 0xBF] + Array(text.utf8))
        let configuration = try MakimaConfiguration(reading: ConfigurationSources(userFile: file))
        #expect(configuration.limits.ceiling == 7)
        #expect(configuration.defaultAgent == "script")
        #expect(configuration.origin(of: "autonomous_loop.hard_limit") == .file(path: "c", line: 3))
    }

    @Test func aMistakeBehindCarriageReturnsHasItsLine() {
        let problems = Reading.problems(user: "\r\n[autonomous_loop]\r\nhard_limit = 0\r\n")
        #expect(problems.map(\.origin) == [.file(path: "config.toml", line: 3)])
    }

    @Test func anEmptyFileSetsNothing() throws {
        for text in ["", "\u{FEFF}", "# nothing", "\n\n", " "] {
            #expect(try Reading.configuration(user: text) == MakimaConfiguration())
        }
    }

    @Test func refusesBytesThatAreNoText() {
        let invalid = Reading.problems(bytes: Array("agent = \"claude\"\n# ".utf8) + [0xFF, 0xFE])
        #expect(invalid.texts == ["config.toml:2: it is not valid UTF-8."])
        let zero = Reading.problems(bytes: Array("agent = \"claude\"\n".utf8) + [0])
        #expect(zero.texts == ["config.toml:2: it has a NUL byte, which no text has."])
        #expect(Reading.problems(bytes: [0xFF, 0xFE, 0x61, 0x00]).count == 1)
    }

    @Test(arguments: [256, 1000, 100_000])
    func survivesDeepNesting(depth: Int) {
        let arrays = "x = " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let open = "x = " + String(repeating: "[", count: depth)
        let tables = "x = " + String(repeating: "{a=", count: depth) + "1" + String(repeating: "}", count: depth)
        for text in [arrays, open, tables] { #expect(Reading.problems(user: text).count == 1) }
    }

    @Test(arguments: [999, 20_000, 500_000])
    func survivesLongDottedKeys(depth: Int) {
        let key = String(repeating: "a.", count: depth) + "a"
        let quoted = String(repeating: "\"a\".", count: min(depth, 200_000)) + "a"
        for text in ["\(key) = 1\n", "[\(key)]\n", "[[\(key)]]\n", "x = { \(key) = 1 }\n", "\(quoted) = ?\n"] {
            #expect(Reading.problems(user: text).count == 1)
        }
    }

    @Test func survivesAMebibyte() throws {
        let comment = "#" + String(repeating: "x", count: (1 << 20) - 1)
        #expect(try Reading.configuration(user: comment) == MakimaConfiguration())
        #expect(Reading.problems(user: comment + "x").texts.first?.contains("1048576 at most") == true)
        let text = "[workspace]\nsetup = \"" + String(repeating: "y", count: 1_000_000) + "\"\n"
        #expect(try Reading.configuration(user: text).setupCommand?.count == 1_000_000)
    }

    @Test func survivesAMebibyteOfMistakes() throws {
        let lines = (0..<80_000).map { "key\($0)=1\n" }.joined()
        let problems = Reading.problems(user: lines)
        #expect(problems.count == 80_000)
        let message = ConfigurationError.invalid(problems).description
        #expect(message.hasSuffix("and 79950 more"))
        #expect(message.split(separator: "\n").count == 52)
    }
}
