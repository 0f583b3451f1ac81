import FoundationEssentials
import Testing

@testable import LoopCore

/// What every prompt must say, case by case; `docs/PROMPTS.md` shows the same.
struct PromptReferenceTests {
    /// For each case what its notes say, and what they do not.
    private static let rows: [String: (says: [String], not: [String])] = [
        "No gate, as where the agent waits for work in the background": (
            ["held no completion gate", "background, it ended with you"], []
        ),
        "A gate without its end": (["counted as not ready", "no closing tag"], []),
        "A gate without a verdict": (["counted as not ready", "no 'ready' line"], []),
        "A verdict that is none": (["true or false and nothing else", "'mostly'"], []),
        "Two verdicts": (["given twice"], []),
        "A gate in broken JSON": (["begins like JSON and is not"], []),
        "Ready, with blockers": (["said ready and named blockers", "not ready", "“no database”"], []),
        "Not ready": (["Reason: two tests fail", "Progress: 3 of 5 steps", "Blockers: “no database”"], []),
        "Ready, and a check fails": (["'tests' failed with exit status 1", "no instruction", "1 test failed"], []),
        "Ready, and a check cannot be run": (["could not be evaluated, which is not your fault"], []),
        "Ready, and protected paths are changed": (
            ["You said that you are ready", "Undo that: Tests/ParserTests.swift"], ["not ready"]
        ),
        "A question that nobody answers": (
            ["Which of the two formats", "Nobody answered and nobody will", "name it as a blocker"], []
        ),
        "A permission that nobody gave": (["waited to be allowed: Bash: npm install", "Ask again"], []),
        "A denied command": (["You were refused: Bash: npm install", "Nobody can allow it", "as a blocker"], []),
        "The output broke off": (["broke off", "ran in the background ended with it"], ["completion gate"]),
        "The iteration took too long": (["smaller steps", "in the background ended with it"], []),
        "A tool call took too long": (["one tool call", "in the background ended with it"], []),
        "No sign of life": (["no sign of life", "in the background ended with it"], []),
        "A foreign signal": (["signal 9", "in the background ended with it"], []),
        "A limit of memory": (["2 processes were ended at the memory limit of 512 MiB", "smaller ones"], []),
        "An error of the agent's program": (["an error of your program: API Error: 400"], []),
        "The model's service was not available, after an iteration with a check that failed": (
            ["'tests' failed with exit status 1", "service was not available", "go on where it ended"], []
        ),
        "A conversation that could not be continued": (["conversation could not be continued"], ["check"]),
        "makima died": (["cut off from outside", "in the background ended with it", "look before"], ["broke off"]),
        "A person stopped the task": (["stopped by a person", "in the background ended with it"], ["broke off"]),
        "A new conversation": (
            [
                "new conversation", "85 %", "gate of iteration 2", "2 of 5 steps", "“no database”",
                "after iteration 3: 'tests' failed with exit status 1",
            ], []
        ),
        "An agent comes back to its conversation after another took over": (
            ["another agent did iterations 2 to 3"], []
        ),
        "The circuit breaker opened, and another way is tried": (["standstill", "another way"], []),
        "A check of the pull request fails, and a person comments": (
            [
                "in review as a pull request", "written by others", "The check 'linux' of the pull request failed",
                "```text\n1 test failed\n```", "'ada' comments on `Sources/Parser.swift:12`",
            ],
            ["was not accepted"]
        ),
        "Messages of people": (["You are told:\n\nUse the streaming API."], []),
        "The last iteration that is allowed": (
            ["the last iteration", "Finish what can be finished", "truthfully"], []
        ),
        "A budget that carries no further iteration": (["the cost budget", "Finish what can be finished"], []),
    ]

    @Test func everyCaseIsHeldByARow() {
        #expect(Set(PromptCase.all.map(\.title)) == Set(Self.rows.keys))
        #expect(PromptCase.all.count == Self.rows.count)
    }

    @Test(arguments: PromptCase.all.map(\.title))
    func eachCaseSaysWhatItMust(title: String) throws {
        let prompt = try PromptComposer.compose(try #require(PromptCase.all.first { $0.title == title }).facts)
        let row = try #require(Self.rows[title])
        for part in row.says { #expect(prompt.contains(part), "\(part)") }
        for part in row.not { #expect(!prompt.contains("\(part) "), "\(part)") }
        #expect(prompt.contains("of at most 10"))
        #expect(prompt.contains("<COMPLETION_GATE>"))
        #expect(!prompt.contains("\n\n\n"))
    }

    @Test func theDocumentIsTheOneThatTheCodeWrites() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let place = URL(filePath: "/\(root)/docs/PROMPTS.md")
        let written = PromptReference.markdown()
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" { try Data(written.utf8).write(to: place) }
        let kept = String(decoding: try Data(contentsOf: place), as: UTF8.self)
        #expect(kept == written, "Run the tests with UPDATE_SNAPSHOTS=1 to write docs/PROMPTS.md anew.")
    }
}
