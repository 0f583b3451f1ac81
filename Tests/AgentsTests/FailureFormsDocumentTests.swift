import FoundationEssentials
import Testing

@testable import Agents

/// `docs/FAILURES.md`, which lists the words that are known.
struct FailureFormsDocumentTests {
    private var path: String {
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/FAILURES.md"
    }

    @Test func theDocumentListsTheForms() throws {
        let written = Self.markdown
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            try Data(written.utf8).write(to: URL(filePath: path))
        }
        let kept = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(kept == written, "Run the tests with UPDATE_SNAPSHOTS=1 to write docs/FAILURES.md anew.")
    }

    private static let markdown = """
        # Words that makima knows

        Written by the tests from the code; `UPDATE_SNAPSHOTS=1` writes it anew.

        What a program prints is asked for the cause of a failure last, after its records, and only where it failed: its exit
        status is another than 0. A line must have one of these forms as a whole; upper and lower case are the same, and a
        leading `Error: ` is passed over. `*` stands for anything, `_` for one word, `#` for hexadecimal digits, and `%` for
        the end of a phrase: that of the line, or punctuation and any rest. `status` means that the first number is read as
        the status of HTTP.

        A process that changed files, or ran for five minutes, has worked. Then only the last line of standard output and of
        standard error is looked at; on standard error by the forms for an error alone where standard output is empty, else by
        those for standard output and those of Codex and Vibe after `Error: `. Of a process that has not worked the last eight
        lines are looked at.

        \(section("On standard output", .standardOutput))
        \(section("As the only line of standard output", .onlyOutput))
        \(section("On standard error, and in what a record calls an error", .stated))
        \(section("Codex, after `Error: ` on standard error, and in its records", .codex))
        \(section("Vibe, after `Error: ` on standard error", .vibe))
        \(section("Kimi, where it is known that it speaks", .kimi))
        \(section("Where they are all that a process said, and it has not worked", .onlyWords))
        Errors of litellm (`litellm.RateLimitError: …Exception - …`) are known by the name of the error.

        """

    private static func section(_ title: String, _ forms: FailureForms) -> String {
        let rows = forms.forms.map { "| `\($0.pattern.replacing("|", with: "\\|"))` | \(word(for: $0.meaning)) |\n" }
        return "## \(title)\n\n| Form | Means |\n|---|---|\n\(rows.joined())"
    }

    private static func word(for meaning: FailureForm.Meaning) -> String {
        switch meaning {
        case .status: "status"
        case .of(.usageLimit): "usage limit"
        case .of(.rateLimited): "rate limited"
        case .of(.overloaded): "overloaded"
        case .of(.network): "network"
        case .of(.authentication): "authentication"
        case .of(.billing): "billing"
        case .of(.contextOverflow): "context overflow"
        case .of(.unusableSession): "unusable session"
        case .of(.launchFailure): "launch failure"
        }
    }
}
