import Domain
import FoundationEssentials
import TestSupport
import Testing

struct TaskIDTests {
    private static let alphabet = Set("0123456789abcdefghjkmnpqrstvwxyz")

    @Test(arguments: ["0123456789", "abcdefghjk", "zzzzzzzzzz", "0000000000"])
    func takesTenCharactersOfTheAlphabet(text: String) {
        #expect(TaskID(rawValue: text)?.rawValue == text)
    }

    @Test(arguments: [
        "", "012345678", "01234567890", "012345678i", "012345678l", "012345678o", "012345678u", "012345678A",
        "../../etc/", "-123456789", "01234 6789", "012345678\n", "012345678\0", "012345678.", "01234567é",
        "٠١٢٣٤", "0123456789é",
    ])
    func refusesEverythingElse(text: String) {
        #expect(TaskID(rawValue: text) == nil)
    }

    @Test func isDrawnFromTheWholeAlphabet() {
        var random = SeededGenerator(seed: 7)
        let ids = (0..<500).map { _ in TaskID(using: &random) }
        #expect(Set(ids.flatMap(\.rawValue)) == Self.alphabet)
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { TaskID(rawValue: $0.rawValue) == $0 })
    }

    @Test func theSameGeneratorDrawsTheSame() {
        var first = SeededGenerator(seed: 7)
        var second = SeededGenerator(seed: 7)
        #expect(TaskID(using: &first) == TaskID(using: &second))
    }

    @Test func isShortenedToItsBeginning() throws {
        let id = try #require(TaskID(rawValue: "0123456789"))
        #expect(id.short == "012345")
        #expect("\(id)" == "0123456789")
    }

    @Test func isStoredAsItsText() throws {
        let id = try #require(TaskID(rawValue: "0123456789"))
        let stored = try JSONEncoder().encode([id])
        #expect(String(decoding: stored, as: UTF8.self) == #"["0123456789"]"#)
        #expect(try JSONDecoder().decode([TaskID].self, from: stored) == [id])
    }

    @Test(arguments: [#"["../../etc/"]"#, #"["0123456789x"]"#, "[1]", "[null]", #"[{"rawValue":"0123456789"}]"#])
    func isNotReadFromAnythingElse(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([TaskID].self, from: Data(text.utf8)) }
    }
}

struct ObjectNameTests {
    @Test(arguments: [40, 64])
    func takesBothLengthsOfHexadecimalDigits(length: Int) {
        let text = String("0123456789abcdef".prefix(1)) + String(repeating: "f", count: length - 1)
        #expect(TreeID(rawValue: text)?.rawValue == text)
        #expect(CommitID(rawValue: text)?.short == String(text.prefix(10)))
    }

    @Test(arguments: [
        "", "HEAD", String(repeating: "a", count: 39), String(repeating: "a", count: 41),
        String(repeating: "A", count: 40), String(repeating: "g", count: 40), "--" + String(repeating: "a", count: 38),
        String(repeating: "a", count: 39) + "\n", String(repeating: "é", count: 20),
    ])
    func refusesEverythingElse(text: String) {
        #expect(TreeID(rawValue: text) == nil)
        #expect(CommitID(rawValue: text) == nil)
    }
}
