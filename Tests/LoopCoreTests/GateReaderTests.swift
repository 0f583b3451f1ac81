import Domain
import LoopCore
import Testing

struct GateReaderTests {
    private static let done = "<COMPLETION_GATE>\nready: true\nreason: \"all met\"\nblockers: []\n</COMPLETION_GATE>"
    private static let open = "<COMPLETION_GATE>\nready: false\n</COMPLETION_GATE>"

    private static func read(_ message: String, prompt: String? = nil) -> GateReading {
        GateReader.read(finalMessage: message, prompt: prompt)
    }

    @Test func readsAllThatIsStated() {
        let text = """
            Finished.
            <COMPLETION_GATE>
            ready: true
            reason: "all endpoints implemented, 42 tests pass"
            progress: "7 of 7 steps"
            blockers: []
            </COMPLETION_GATE>
            """
        let gate = CompletionGate(
            ready: true,
            reason: "all endpoints implemented, 42 tests pass",
            progress: "7 of 7 steps"
        )
        #expect(Self.read(text) == .stated(gate))
    }

    @Test(arguments: [
        done,
        "text before\n\(done)\ntext after",
        "Done.\r\n<COMPLETION_GATE>\r\nready: true\r\nreason: \"ok\"\r\nblockers: []\r\n</COMPLETION_GATE>\r\n",
        "<COMPLETION_GATE>\n\n   ready :   true\n\treason:  \"ALL  DONE\"\n</COMPLETION_GATE>\n\n\n",
        "## Summary\n\n<COMPLETION_GATE>  \n**Ready:** TRUE  \nreason: \"reached LOOP_COMPLETE\"\n</COMPLETION_GATE>\n",
        "**<completion_gate>**\nREADY: True\n**</completion_gate>**",
        "__<COMPLETION_GATE>__\n- **ready**: `true`\n- blockers: none\n__</COMPLETION_GATE>__",
        "<COMPLETION\\_GATE>\nready: \"true\",\n</COMPLETION\\_GATE>",
        "  <COMPLETION_GATE>\n  ready: true.\n  < / COMPLETION_GATE >",
        "<COMPLETION_GATE>\n{\"ready\": true, \"blockers\": []}\n</COMPLETION_GATE>",
        "<COMPLETION_GATE>\n{\n  \"Ready\": \"TRUE\",\n  \"blockers\": null\n}\n</COMPLETION_GATE>",
        "<COMPLETION_GATE>\n```json\n{\"ready\": true}\n```\n</COMPLETION_GATE>",
        "<COMPLETION_GATE>\n```\nready: true\n```\n</COMPLETION_GATE>",
        "COMPLETION_GATE:\n  ready: true\n  reason: \"all criteria met\"\n",
        "**COMPLETION_GATE:**\n  ready: true",
        "```\ncode\n```\n\(done)",
        "> quoted\n\n\(done)",
        "Use `<COMPLETION_GATE>` they say.\n\(done)",
        "a stray ` backtick\n\(done)",
        "<COMPLETION_GATE>\nready: true\nowner: me\nready_for: lunch\n</COMPLETION_GATE>",
        "<COMPLETION_GATE>\nready: true\nblockers:\n</COMPLETION_GATE>",
        "<COMPLETION_GATE>\nready: true\nblockers:\n  - none\n</COMPLETION_GATE>",
        "<COMPLETION_GATE>\nready: true\nblockers: None.\n</COMPLETION_GATE>",
        "<COMPLETION_GATE>\nready: true\nblockers: [\n]\n</COMPLETION_GATE>",
        "<COMPLETION_GATE>\nready: true\nreason: |\n  It says\n  ready: false\n  in the old text\n</COMPLETION_GATE>",
        "<COMPLETION_GATE>\nbroken\n<COMPLETION_GATE>\nready: true\n</COMPLETION_GATE>",
        "\(open)\n\(done)",
        "~~~\n\(open)\n~~~\n\(done)\n```\n\(open)\n```",
        "1. one\n2. two\n\n\(done)",
    ])
    func isReady(_ message: String) {
        #expect(Self.read(message).isReady)
    }

    /// Where the word gate, or a whole one, is mentioned and not stated.
    @Test(arguments: [
        "",
        "All tasks complete, all tests passing, project finished, ready for review.",
        "ready: true",
        "STATUS: COMPLETE\nEXIT_SIGNAL: true",
        "I will print `<COMPLETION_GATE>` with `ready: true` only when green, so no <COMPLETION_GATE> ready: true </COMPLETION_GATE> yet.",
        "<COMPLETION_GATE> ready: true </COMPLETION_GATE>",
        "<COMPLETION_GATE>ready: true\n</COMPLETION_GATE>",
        "`<COMPLETION_GATE>`\nready: true\n`</COMPLETION_GATE>`",
        "I added:\n```text\n\(done)\n```\nNext.",
        "````\n```\n\(done)\n```\n````",
        "~~~~ markdown\n~~~\n\(done)\n~~~\n~~~~~",
        "  ```yaml\n  <COMPLETION_GATE>\n  ready: true\n  </COMPLETION_GATE>\n  ```",
        "- ```\n  <COMPLETION_GATE>\n  ready: true\n  </COMPLETION_GATE>\n  ```",
        "1. ```\n   <COMPLETION_GATE>\n   ready: true\n   </COMPLETION_GATE>\n   ```",
        "```\nnever closed\n\(done)",
        "```\n``` not a close\n\(done)\n```",
        "> <COMPLETION_GATE>\n> ready: true\n> </COMPLETION_GATE>",
        "  > <COMPLETION_GATE>\n  > ready: true\n  > </COMPLETION_GATE>",
        "See:\n\n    <COMPLETION_GATE>\n    ready: true\n    </COMPLETION_GATE>\n",
        "See:\n\n\t<COMPLETION_GATE>\n\tready: true\n\t</COMPLETION_GATE>\n",
        "The format is `\n\(done)\n` as told.",
        "The format is ``\n\(done)\n`` as told.",
        "COMPLETION_GATE: ready",
        "COMPLETION_GATE:\nready: true",
        "COMPLETION_GATE:\n\n  ready: true",
        "The COMPLETION_GATE:\n  ready: true",
        "COMPLETION_GATE:\n  is a block that ends a run",
        "</COMPLETION_GATE>\nready: true",
        "<COMPLETION_GATES>\nready: true\n</COMPLETION_GATES>",
        "<COMPLETION GATE>\nready: true\n</COMPLETION GATE>",
    ])
    func isMissing(_ message: String) {
        #expect(Self.read(message) == .missing)
    }

    @Test(arguments: [
        ("<COMPLETION_GATE>\nready: true", GateProblem.unterminated),
        ("\(done)\n<COMPLETION_GATE>\nready: true", .unterminated),
        ("<COMPLETION_GATE>\nready: true\n```\n</COMPLETION_GATE>\n```", .unterminated),
        ("<COMPLETION_GATE>\nready: true\n> </COMPLETION_GATE>", .unterminated),
        ("<COMPLETION_GATE>\nready: true\nblockers: []</COMPLETION_GATE>", .unterminated),
        ("<COMPLETION_GATE>\n</COMPLETION_GATE>", .readyMissing),
        ("<COMPLETION_GATE>\nreason: done\n</COMPLETION_GATE>", .readyMissing),
        ("<COMPLETION_GATE>\n> ready: true\n</COMPLETION_GATE>", .readyMissing),
        ("<COMPLETION_GATE>\nreason: x\n```\nready: true\n```\nprogress: y\n</COMPLETION_GATE>", .readyMissing),
        ("<COMPLETION_GATE>\n{}\n</COMPLETION_GATE>", .readyMissing),
        ("<COMPLETION_GATE>\nready: maybe\n</COMPLETION_GATE>", .readyUnclear("maybe")),
        ("<COMPLETION_GATE>\nready:\n</COMPLETION_GATE>", .readyUnclear("")),
        ("<COMPLETION_GATE>\nready: yes\n</COMPLETION_GATE>", .readyUnclear("yes")),
        (
            "<COMPLETION_GATE>\nready: true, but 3 tests fail\n</COMPLETION_GATE>",
            .readyUnclear("true, but 3 tests fail")
        ),
        (
            "<COMPLETION_GATE>\nready: true # once CI is green\n</COMPLETION_GATE>",
            .readyUnclear("true # once CI is green")
        ),
        ("<COMPLETION_GATE>\nready: true or false\n</COMPLETION_GATE>", .readyUnclear("true or false")),
        ("<COMPLETION_GATE>\n{\"ready\": 1}\n</COMPLETION_GATE>", .readyUnclear("1")),
        ("<COMPLETION_GATE>\nready: true\nready: false\n</COMPLETION_GATE>", .readyContradictory),
        ("<COMPLETION_GATE>\nready: false\n**Ready:** true\n</COMPLETION_GATE>", .readyContradictory),
        ("<COMPLETION_GATE>\n{\"ready\": true, \"Ready\": false}\n</COMPLETION_GATE>", .readyContradictory),
        ("<COMPLETION_GATE>\n{\"ready\": true\n</COMPLETION_GATE>", .invalidJSON),
        ("<COMPLETION_GATE>\n{ready: true}\n</COMPLETION_GATE>", .invalidJSON),
        ("<COMPLETION_GATE>\n{\"ready\": true} trailing\n</COMPLETION_GATE>", .invalidJSON),
        ("COMPLETION_GATE:\n  ready: perhaps", .readyUnclear("perhaps")),
        ("\(done)\n<COMPLETION_GATE>\nready: maybe\n</COMPLETION_GATE>", .readyUnclear("maybe")),
    ])
    func isMalformed(_ message: String, by problem: GateProblem) {
        #expect(Self.read(message) == .malformed(problem))
    }

    @Test(arguments: [
        "\(done)\nbut the e2e test broke, so:\n<COMPLETION_GATE>\nready: false\n</COMPLETION_GATE>",
        "<COMPLETION_GATE>\nREADY: FALSE\n</COMPLETION_GATE>",
        "<COMPLETION_GATE>\n**ready:** *false*\n</COMPLETION_GATE>",
        "\(done)\nCOMPLETION_GATE:\n  ready: false",
        "<COMPLETION_GATE>\nready: false\nready: false\n</COMPLETION_GATE>",
        "Implementation complete. Everything is done.\n\(open)",
    ])
    func theLastWordIsNo(_ message: String) {
        #expect(Self.read(message) == .stated(CompletionGate(ready: false)))
    }

    @Test(arguments: [
        ("blockers: [\"12 tasks open\"]", ["12 tasks open"]),
        ("blockers: [a, 'b, c', \"d\"]", ["a", "b, c", "d"]),
        ("blockers: [don't know, can't say]", ["don't know", "can't say"]),
        ("blockers: no access to the database", ["no access to the database"]),
        ("blockers:\n  - first\n  - \"second: with colon\"", ["first", "second: with colon"]),
        ("blockers:\n- first\n* second\n1. third", ["first", "second", "third"]),
        ("blockers:\n  waiting for a key", ["waiting for a key"]),
        ("- blockers:\n  - first\n- reason: x", ["first"]),
        ("blockers:\n- ready: true", ["ready: true"]),
        ("blockers: [\n  \"one\",\n  \"two\"\n]", ["one", "two"]),
        ("blockers: [\"one\"\nreason: x", ["one"]),
        ("blockers: [", ["["]),
        ("blockers: [a]\nblockers: [b]", ["a", "b"]),
        ("blockers: |\n  a long story", ["a long story"]),
        ("blockers: false", ["false"]),
    ])
    func namesBlockers(_ lines: String, _ blockers: [String]) {
        let reading = Self.read("<COMPLETION_GATE>\nready: true\n\(lines)\n</COMPLETION_GATE>")
        guard case .stated(let gate) = reading else {
            Issue.record("no gate: \(reading)")
            return
        }
        #expect(gate.blockers == blockers)
        #expect(!reading.isReady)
    }

    @Test func namesBlockersInJSON() {
        let body = #"{"ready": true, "blockers": ["a", {"what": "b"}, "none", ""], "reason": 3, "progress": "half"}"#
        let reading = Self.read("<COMPLETION_GATE>\n\(body)\n</COMPLETION_GATE>")
        let gate = CompletionGate(ready: true, reason: "3", progress: "half", blockers: ["a", #"{"what":"b"}"#])
        #expect(reading == .stated(gate))
    }

    @Test func textsOfSeveralLinesAreKept() {
        let reading = Self.read(
            "<COMPLETION_GATE>\nready: false\nreason: |\n  one\n  two: x\nprogress: half\n</COMPLETION_GATE>"
        )
        #expect(reading == .stated(CompletionGate(ready: false, reason: "one\ntwo: x", progress: "half")))
    }
}
