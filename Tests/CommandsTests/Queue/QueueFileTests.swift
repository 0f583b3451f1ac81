import Domain
import TestSupport
import Testing
import Wire

@testable import Commands

struct QueueFileTests {
    private static let text = """

        # Lexer
        check: swift test --filter Lexer
        max-iterations: 5
        include-changes:

        Write the lexer.

        ## Details
        note: this is text
        ```
        # no heading
        ```

        # Parser
        after: Lexer
        priority: 7
        label: linux, large
        key: database 2
        not-before: 2026-03-01T22:00:00Z

        Write the parser.
        # Docs
        continue: Parser

        """

    private static func read(_ text: String) throws -> QueueFile {
        var problems = QueueProblems()
        let file = QueueFile(reading: text, problems: &problems)
        try problems.check()
        return file
    }

    private static func demands(_ options: [QueueFile.Option]) throws -> QueueDemands {
        var problems = QueueProblems()
        let demands = QueueDemands(options, problems: &problems)
        try problems.check()
        return demands
    }

    private static func id(_ seed: UInt64) -> TaskID {
        var generator = SeededGenerator(seed: seed)
        return TaskID(using: &generator)
    }

    @Test func sectionsHaveOptionsAndAPlan() throws {
        let file = try Self.read(Self.text)
        #expect(file.sections.map(\.name) == ["Lexer", "Parser", "Docs"])
        #expect(file.sections.map(\.line) == [2, 15, 23])
        let lexer = file.sections[0]
        #expect(lexer.options.map(\.name) == ["check", "max-iterations", "include-changes"])
        #expect(lexer.options.map(\.value) == ["swift test --filter Lexer", "5", ""])
        #expect(lexer.plan == "Write the lexer.\n\n## Details\nnote: this is text\n```\n# no heading\n```")
        #expect(file.sections[1].plan == "Write the parser.")
        #expect(file.sections[2].plan == "")
    }

    @Test func demandsBecomePartsOfTheRequest() throws {
        let file = try Self.read(Self.text)
        let ids = ["Lexer": Self.id(1), "Parser": Self.id(2), "Docs": Self.id(3)]
        var parser = TaskRequest()
        parser.spawn.baseBranch = "main"
        parser.spawn.baseSha = String(repeating: "a", count: 40)
        try Self.demands(file.sections[1].options).fill(&parser, ids: ids)
        #expect(parser.priority == 7)
        #expect(parser.labels == ["linux", "large"])
        #expect(parser.keys.map(\.name) == ["database"] && parser.keys.map(\.limit) == [2])
        #expect(parser.notBefore == Timestamp(millisecondsSince1970: 1_772_402_400_000))
        #expect(parser.dependencies.map(\.taskId) == [Self.id(1).rawValue])
        #expect(parser.spawn.baseSha == nil)
        var docs = TaskRequest()
        try Self.demands(file.sections[2].options).fill(&docs, ids: ids)
        #expect(docs.spawn.continueFromTaskId == Self.id(2).rawValue)
        #expect(docs.dependencies.map(\.condition) == [.done])
    }

    @Test(arguments: [
        ("", QueueFileError.empty), ("\n\n", .empty), ("text\n# A", .textBeforeFirst(line: 1)),
        ("# A\n\n#\n", .nameless(line: 3)), ("# A\n\n# A\n", .sameName("A", lines: [1, 3])),
        (
            "# \(String(repeating: "ä", count: 129))\n",
            .longName(String(repeating: "ä", count: 129), bytes: 258, line: 1)
        ),
        ("# A\n\n```\n# B\n", .openFence(line: 3)), ("# A\n\n````\n```\n~~~~\n# B\n", .openFence(line: 3)),
    ])
    func whatIsNoListOfTasksIsRefused(text: String, error: QueueFileError) {
        #expect(throws: error) { try Self.read(text) }
        #expect(!error.hint.isEmpty && !error.description.isEmpty)
    }

    @Test(arguments: [
        ("priority", "high"), ("priority", "101"), ("key", ""), ("key", "a b"), ("key", "a 2 c"),
        ("not-before", "tomorrow"),
    ])
    func malformedOptionsAreNamedWithTheirLine(name: String, value: String) throws {
        let option = QueueFile.Option(name: name, value: value, line: 7)
        let error = try #require(throws: QueueFileError.self) { try Self.demands([option]) }
        #expect(error.description.contains("line 7"))
    }

    @Test func unknownTasksAreNamed() throws {
        let demands = try Self.demands([QueueFile.Option(name: "after", value: "Lexr", line: 3)])
        var request = TaskRequest()
        #expect(throws: QueueFileError.unknownTask("Lexr", line: 3)) { try demands.fill(&request, ids: [:]) }
        let known = try Self.demands([QueueFile.Option(name: "after", value: "Other", line: 3)])
        try known.fill(&request, ids: ["Other": Self.id(1)])
        #expect(request.dependencies.count == 1)
    }

    @Test func everythingThatIsWrongIsFound() {
        var problems = QueueProblems()
        _ = QueueFile(reading: "a\nb\n# A\n#\n# A\n\n```\n# B", problems: &problems)
        let error = #expect(throws: QueueFileProblems.self) { try problems.check() }
        let found = error?.errors.compactMap { $0 as? QueueFileError } ?? []
        #expect(
            found == [
                .textBeforeFirst(line: 1), .nameless(line: 4), .sameName("A", lines: [3, 5]), .openFence(line: 7),
            ]
        )
    }
}
