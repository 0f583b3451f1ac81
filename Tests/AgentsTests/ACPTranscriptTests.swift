import Domain
import Processes
import Testing

@testable import Agents

/// Every recorded conversation with Kimi 1.51.0 and Vibe 3.0.3, and what is to be read out of it and said in it.
struct ACPTranscriptTests {
    private static let kimi = "kimi-acp/1.51.0"
    private static let vibe = "vibe-acp/3.0.3"

    private static let programs = [kimi, vibe]

    /// Runs in which the client did what makima does not, or later than makima.
    private static let untypical = ["deny", "client_caps", "cancel", "second_prompt_busy"]

    struct Run: CustomTestStringConvertible, Sendable {
        var program: String
        var name: String
        var end: IterationEnd
        var message: String?
        var usage = Usage()
        var hasSession = true
        var testDescription: String { "\(program) \(name)" }

        init(_ program: String, _ name: String, _ end: IterationEnd, saying message: String? = nil) {
            self.program = program
            self.name = name
            self.end = end
            self.message = message
        }

        func spending(_ microdollars: Int64?, _ tokens: Int) -> Run {
            var run = self
            run.usage = Usage(cost: microdollars.map { USD(microdollars: $0) }, tokens: tokens)
            return run
        }

        func withoutSession() -> Run {
            var run = self
            run.hasSession = false
            return run
        }
    }

    private static let silence = IterationEnd.agentError(message: ACPTranscript.silence)

    static let kimiRuns: [Run] = [
        Run(kimi, "basic", .ok, saying: "All done."),
        Run(kimi, "cancel", .incomplete),
        Run(kimi, "client_caps", .ok, saying: "All done."),
        // Whoever recorded it refused; makima had allowed it, and so had nothing refused.
        Run(kimi, "deny", .ok),
        Run(kimi, "err_auth", silence),
        Run(kimi, "err_overloaded", silence),
        Run(kimi, "err_prompt_too_long", silence),
        Run(kimi, "err_quota", silence),
        Run(kimi, "err_rate_limit", silence),
        Run(kimi, "load", .ok, saying: "after load"),
        Run(kimi, "second_prompt_busy", .agentError(message: "Internal error")),
    ]

    static let vibeRuns: [Run] = [
        Run(vibe, "basic", .ok, saying: "All done.").spending(36826, 36791),
        Run(vibe, "cancel", .incomplete).spending(9033, 9020),
        Run(vibe, "client_caps", .ok, saying: "All done.").spending(36819, 36790),
        Run(vibe, "deny", .ok, saying: "ok denied").spending(18132, 18124),
        Run(
            vibe,
            "err_auth",
            .authentication(
                message: "Invalid API key (from env var LAB_KEY). Please check your API key and try again."
            )
        )
        .spending(nil, 0),
        Run(
            vibe,
            "err_not_found",
            .launchFailure(
                message: "Client error '404 Not Found' for url 'http://127.0.0.1:46849/v1/chat/completions' For more "
                    + "information check: https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/404: The model "
                    + "`lab-model` does not exist or you do not have access to it."
            )
        )
        .spending(nil, 0).withoutSession(),
        Run(vibe, "err_prompt_too_long", .contextOverflow).spending(nil, 0).withoutSession(),
        Run(vibe, "load", .ok, saying: "after load").spending(9404, 9402),
        Run(vibe, "second_prompt_busy", .ok, saying: "one").spending(18174, 18166),
    ]

    private static func reader(_ run: Run, _ dialogue: RecordedDialogue) throws -> RecordReader<ACPTranscript> {
        let asked = try dialogue.expected.compactMap { $0["params"] }
        var setup = ACPSetup()
        setup.prompt = asked.compactMap { $0["prompt"]?[0]?["text"]?.string }.first ?? ""
        setup.directory = asked.compactMap { $0["cwd"]?.string }.first ?? ""
        setup.servers = asked.compactMap { $0["mcpServers"]?.array }.first ?? []
        if run.name == "load" {
            let ids = asked.compactMap { $0["sessionId"]?.string }
            setup.session = AgentSession(id: try #require(ids.first))
        }
        return RecordReader(ACPTranscript(setup), zones: Samples.zones)
    }

    @Test(arguments: kimiRuns + vibeRuns)
    func tellsHowItEnded(_ run: Run) throws {
        let dialogue = try RecordedDialogue(run.name, of: run.program)
        var reader = try Self.reader(run, dialogue)
        let reading = try dialogue.read(&reader)
        #expect(reading.outcome.end == run.end)
        #expect(reading.outcome.finalMessage == run.message)
        #expect(reading.outcome.usage == run.usage)
        #expect((reading.outcome.sessionID != nil) == run.hasSession)
        #expect(reading.isClosed)
        let results = reading.events.filter { if case .result = $0 { true } else { false } }
        #expect(results.count == 1)
    }

    /// What depends on the client alone is said as in the recorded run: all but the names of the client, and its denials
    /// and other capabilities where those were tried.
    @Test(arguments: (kimiRuns + vibeRuns).filter { !untypical.contains($0.name) })
    func saysWhatTheRecordedClientSaid(_ run: Run) throws {
        let dialogue = try RecordedDialogue(run.name, of: run.program)
        var reader = try Self.reader(run, dialogue)
        let told = try dialogue.read(&reader).told.map { Self.comparable($0) }
        let expected = try dialogue.expected.map { Self.comparable($0) }
        #expect(told == expected)
    }

    private static func comparable(_ value: JSONValue) -> String {
        func sorted(_ value: JSONValue) -> JSONValue {
            switch value {
            case .object(let members):
                .object(
                    members.filter { $0.key != "clientInfo" }.map { JSONMember(key: $0.key, value: sorted($0.value)) }
                        .sorted { $0.key < $1.key }
                )
            case .array(let elements): .array(elements.map { sorted($0) })
            case .null, .bool, .integer, .number, .string: value
            }
        }
        return JSONWriter.write(sorted(value))
    }

    @Test func everyRecordedRunIsInTheTable() throws {
        for program in Self.programs {
            let known = (Self.kimiRuns + Self.vibeRuns).filter { $0.program == program }.map(\.name)
            #expect(try Transcript.names(of: program, endingIn: ".transcript") == known.sorted())
        }
    }

    /// As `makima logs` does, which knows neither the prompt nor the conversation.
    @Test(arguments: kimiRuns + vibeRuns)
    func readAgainItTellsTheSame(_ run: Run) throws {
        let dialogue = try RecordedDialogue(run.name, of: run.program)
        var live = try Self.reader(run, dialogue)
        let output = dialogue.lines.filter(\.isAgents).map { $0.text + "\n" }.joined()
        var again = RecordReader(ACPTranscript(ACPSetup()), zones: Samples.zones)
        let texts = { (events: [AgentEvent]) in
            events.compactMap { if case .text(let text) = $0 { text } else { nil } }
        }
        let shown = texts(again.consume(Array(output.utf8)) + again.finish())
        #expect(shown == texts(try dialogue.read(&live).events))
        #expect(again.outcome(of: Samples.exit(0)).finalMessage == run.message)
    }

    @Test(arguments: programs)
    func tellsWhatIsCalled(_ program: String) throws {
        let run = Run(program, "basic", .ok)
        let dialogue = try RecordedDialogue(run.name, of: run.program)
        var reader = try Self.reader(run, dialogue)
        let events = try dialogue.read(&reader).events
        let calls = events.compactMap { event -> [String]? in
            if case .toolCallBegan(_, let name, let summary) = event { [name, summary] } else { nil }
        }
        let expected = [
            Self.kimi: [["ReadFile", "a.txt"], ["StrReplaceFile", "a.txt"], ["Shell", "git status --short"]],
            Self.vibe: [["Reading a.txt", ""], ["Editing a.txt", ""], ["bash", "git status --short"]],
        ]
        #expect(calls == expected[program])
        let ended = events.compactMap { event -> Bool? in
            if case .toolCallEnded(_, let isError) = event { isError } else { nil }
        }
        #expect(ended == [false, false, false])
        #expect(events.contains(.text("I will edit.")))
    }

    @Test(arguments: kimiRuns + vibeRuns, [1, 7, 4096])
    func piecesDoNotChangeIt(_ run: Run, size: Int) throws {
        let dialogue = try RecordedDialogue(run.name, of: run.program)
        let output = dialogue.lines.filter(\.isAgents).map(\.text).joined(separator: "\n")
        var whole = try Self.reader(run, dialogue)
        var pieces = try Self.reader(run, dialogue)
        let events = whole.consume(Array(output.utf8)) + whole.finish()
        #expect(pieces.events(of: Array(output.utf8), inPiecesOf: { size }) == events)
        #expect(pieces.outcome(of: Samples.exit(0)) == whole.outcome(of: Samples.exit(0)))
        #expect(pieces.takeInput() == whole.takeInput())
    }
}
