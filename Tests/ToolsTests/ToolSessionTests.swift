import Domain
import Testing
import Tools

/// makima's tool server, line by line.
struct ToolSessionTests {
    private let session = ToolSession(asksPeople: true, version: "1")

    private func step(_ line: String, _ session: ToolSession? = nil) -> ToolSession.Step {
        (session ?? self.session).take(Array(line.utf8))
    }

    private func reply(_ line: String) throws -> JSONValue {
        try JSONParser.parse(Array(try #require(step(line).reply).utf8))
    }

    private func call(_ tool: String, _ arguments: String) -> String {
        #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments)}}"#
    }

    @Test(
        arguments: [
            ("2025-11-25", "2025-11-25"), ("2025-06-18", "2025-06-18"), ("2024-11-05", "2024-11-05"),
            ("1999-01-01", "2025-06-18"),
        ]
    )
    func agreesOnAVersion(_ wanted: String, _ chosen: String) throws {
        let answer = try reply(
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"\#(wanted)"}}"#
        )
        #expect(answer["result"]?["protocolVersion"]?.string == chosen)
        #expect(answer["result"]?["serverInfo"]?["name"]?.string == "makima")
    }

    @Test func answersWithTheIDOfTheRequestWhateverItsKind() throws {
        #expect(try reply(#"{"jsonrpc":"2.0","id":"probe-1","method":"ping"}"#)["id"] == .string("probe-1"))
        #expect(try reply(#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#)["id"] == .integer(3))
    }

    @Test func namesItsTools() throws {
        let tools = try reply(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)["result"]?["tools"]?.array ?? []
        #expect(tools.map { $0["name"]?.string } == ["report_completion_gate", "ask_person", "note_progress"])
        #expect(tools.allSatisfy { $0["inputSchema"]?["type"]?.string == "object" })
    }

    @Test(
        arguments: [
            #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, #"{"jsonrpc":"2.0","id":4,"result":{}}"#,
            #"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"note_progress","arguments":{"note":"x"}}}"#, "",
            " \r",
        ]
    )
    func saysNothingWhereNothingIsAsked(_ line: String) {
        #expect(step(line) == ToolSession.Step())
    }

    @Test(
        arguments: [
            ("{", -32700), (#"{"jsonrpc":"2.0","id":1}"#, -32600),
            (#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#, -32601),
            (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"rm"}}"#, -32602),
        ]
    )
    func refusesWhatItDoesNotKnow(_ line: String, _ code: Int) throws {
        #expect(try reply(line)["error"]?["code"]?.int == code)
        #expect(step(line).record == nil)
    }

    @Test(
        arguments: [
            ("report_completion_gate", #"{}"#), ("report_completion_gate", #"{"ready":"yes"}"#),
            ("report_completion_gate", #"{"ready":true,"blockers":[1]}"#), ("ask_person", #"{"question":" "}"#),
            ("note_progress", #"{"note":1}"#),
        ]
    )
    func tellsTheModelWhatIsWrongAndWritesNothingDown(_ tool: String, _ arguments: String) throws {
        let line = call(tool, arguments)
        #expect(try reply(line)["result"]?["isError"]?.bool == true)
        #expect(step(line).record == nil)
    }

    @Test(arguments: [(true, "A person is asked"), (false, "Nobody answers")])
    func saysWhetherAnybodyAnswers(_ asks: Bool, _ words: String) throws {
        let line = call("ask_person", #"{"question":"Which?"}"#)
        let answer = step(line, ToolSession(asksPeople: asks, version: "1"))
        #expect(try #require(answer.reply).contains(words))
        #expect(answer.record?["tool"]?.string == "ask_person")
    }

    // MARK: - What is read of it

    private func report(_ calls: [(String, String)], token: String = "t") -> ToolReport {
        let bytes = calls.flatMap { tool, arguments -> [UInt8] in
            step(call(tool, arguments)).record.map { ToolReport.line($0, token: "t") } ?? []
        }
        return ToolReport(reading: bytes, token: token)
    }

    @Test func theLastGateHoldsAndAllQuestionsAndNotes() {
        let report = report([
            ("report_completion_gate", #"{"ready":true}"#), ("note_progress", #"{"note":"half"}"#),
            ("ask_person", #"{"question":"Which?","options":["a","b"],"default":"a"}"#),
            ("report_completion_gate", #"{"ready":"false","blockers":"no key"}"#),
        ])
        #expect(report.gate == .stated(CompletionGate(ready: false, blockers: ["no key"])))
        #expect(report.questions == [AskedQuestion(text: "Which?", options: ["a", "b"], fallback: "a")])
        #expect(report.notes == ["half"])
    }

    @Test func aForeignTokenSaysNothing() {
        #expect(report([("report_completion_gate", #"{"ready":true}"#)], token: "other") == ToolReport())
    }

    @Test(arguments: ["", "{", "[]\n", "\u{0}\u{1}\n", #"{"token":"t","tool":"rm","arguments":{}}"#])
    func whatIsNoCallIsNone(_ text: String) {
        #expect(ToolReport(reading: Array(text.utf8), token: "t") == ToolReport())
    }

    @Test func theToolIsBelievedUnlessTheMessageSaysNotReady() {
        var report = ToolReport()
        let ready = GateReading.stated(CompletionGate(ready: true))
        let notReady = GateReading.stated(CompletionGate(ready: false))
        #expect(report.gate(besides: ready) == ready)
        report.gate = ready
        #expect(report.gate(besides: .missing) == ready)
        #expect(report.gate(besides: .malformed(.unterminated)) == ready)
        #expect(report.gate(besides: notReady) == notReady)
        report.gate = notReady
        #expect(report.gate(besides: ready) == notReady)
    }
}
