import Agents
import Domain
import Processes
import Testing

/// What is read out of the output of any program.
struct CommandReaderTests {
    private func reader(prompt: String = "mend it") throws -> CommandReader {
        CommandReader(request: try Samples.request(.command, prompt: prompt), zones: Samples.zones)
    }

    private func outcome(_ output: String, exit: AgentExit = Samples.exit(0)) throws -> AgentOutcome {
        var reader = try reader()
        return reader.read(output, exit)
    }

    // MARK: - Text

    @Test func allOfTheTextIsTheFinalMessage() throws {
        let text = "First line.\r\n\nUsage limit reached? No: \u{2028}fine.\n"
        #expect(try outcome(text) == AgentOutcome(end: .ok, finalMessage: text))
    }

    @Test func badUTF8IsRepairedAndNULLeftOut() throws {
        var reader = try reader()
        let outcome = reader.read([0x61, 0xFF, 0x00, 0x62, 0x0A], Samples.exit(0))
        #expect(outcome.finalMessage == "a\u{FFFD}b\n")
    }

    @Test func onlyTheEndOfMuchTextIsKept() throws {
        let outcome = try outcome(String(repeating: "noise noise\n", count: 400_000) + "the end")
        #expect(outcome.finalMessage?.hasSuffix("the end") == true)
        #expect((outcome.finalMessage?.utf8.count ?? 0) <= 1 << 20)
    }

    @Test(arguments: [1, 2, 3, 1000])
    func piecesDoNotMatter(_ size: Int) throws {
        for text in [
            "\n\nplain\ntext without end", Line.start + "\n" + Line.result("done"), "{\"a\":1}\n{\"b\":2}\n", "",
        ] {
            var whole = try reader()
            let expected = whole.read(text, Samples.exit(0))
            var pieces = try reader()
            _ = pieces.events(of: Array(text.utf8)) { size }
            #expect(pieces.outcome(of: Samples.exit(0)) == expected)
        }
    }

    @Test func aRepeatedPromptIsNotTheAgentsStatement() throws {
        let prompt = "Build the thing.\nAt the end say:\n<COMPLETION_GATE>\nready: true\n</COMPLETION_GATE>\n"
        var reader = try reader(prompt: prompt)
        let echoed = "user\n" + prompt + "codex\nI have begun.\n"
        #expect(reader.read(echoed, Samples.exit(0)).finalMessage == "user\ncodex\nI have begun.\n")
    }

    // MARK: - Forms of programs that leave with 0

    private static let aider = "Aider v0.86.2\nModel: m with diff edit format\n\n"
    private static let refused = "litellm.RateLimitError: RateLimitError: OpenAIException - Rate limit reached for m\n"

    @Test func anErrorOfAidersAtItsEndIsAFailureWhateverTheStatus() throws {
        let closing = "The API provider has rate limited you. Try again later or check your quotas.\n"
        let failed = Self.aider + Self.refused + closing
        #expect(try outcome(failed) == AgentOutcome(end: .rateLimited(retryAfter: nil)))
        let answered = Self.aider + "I began.\n\nTokens: 2.7k sent, 22 received.\n" + Self.refused + closing
        #expect(
            try outcome(answered).end
                == .agentError(message: String(Self.refused.dropLast()))
        )
    }

    @Test func aMessageOfAidersThatTellsOfAnErrorIsNoFailure() throws {
        let told = Self.aider + "The log says:\n" + Self.refused + "\nTokens: 2.7k sent, 22 received.\n"
        #expect(try outcome(told) == AgentOutcome(end: .ok, finalMessage: told))
        let applied = told + "Applied edit to a.txt\n"
        #expect(try outcome(applied).end == .ok)
        let limit = Self.aider + "Model m has hit a token limit!\nTokens: 2k sent, 5 received.\n"
        #expect(try outcome(limit).end == .ok)
    }

    @Test func aBannerOfAidersIsOneOnlyAtTheBeginning() throws {
        let ending = "Only 3 reflections allowed, stopping.\n"
        let late = String(repeating: "I look at the output of aider.\n", count: 30) + Self.aider + ending
        #expect(try outcome(late) == AgentOutcome(end: .ok, finalMessage: late))
        let told = "Aider v0.86.2 is what the log begins with.\nAider very much is.\n" + ending
        #expect(try outcome(told) == AgentOutcome(end: .ok, finalMessage: told))
        let warned = String(repeating: "A warning.\n\n", count: 9) + Self.aider + ending
        #expect(try outcome(warned).end == .agentError(message: String(ending.dropLast())))
    }

    @Test(arguments: [
        refused, "Only 3 reflections allowed, stopping.\n", "^C again to exit\n", "Exit:\nLimitsExceeded\n",
        "Error code: 429 - {'error': {}}\n", "LLM not set\n", "Stopped: terminated\n", "Aborted.\n",
        "unexpected status 401 Unauthorized: x\n",
    ])
    func theSameWordsFromAnyOtherProgramAreItsMessage(_ words: String) throws {
        #expect(try outcome(words) == AgentOutcome(end: .ok, finalMessage: words))
    }

    // MARK: - Claude Code behind a command

    @Test(arguments: ["basic_bypass", "err_529_default", "out_json", "out_json_verbose", "bare"])
    func claudesOutputIsReadAsWhatItIs(_ name: String) throws {
        let recorded = try Transcript(name)
        var reader = try reader()
        let outcome = reader.read(recorded.output, Samples.exit(0))
        #expect(try outcome == recorded.outcome(.exited(.code(0))))
        #expect(outcome.sessionID != nil)
    }

    @Test func otherJSONIsText() throws {
        let output = #"{"type":"turn.started"}"# + "\n" + #"{"type":"item","text":"hello"}"# + "\n"
        #expect(try outcome(output).finalMessage == output)
    }

    @Test func aRecordQuotedLaterIsText() throws {
        let output = "I looked at the log:\n" + Line.result("<COMPLETION_GATE>") + "\n"
        #expect(try outcome(output).finalMessage == output)
    }

    @Test func claudesOutputWithoutResultIsIncomplete() throws {
        #expect(try outcome(Line.start + "\n" + Line.said("ready: true") + "\n").end == .incomplete)
    }

    // MARK: - Failures

    @Test func anErrorCarriesTheLastWords() throws {
        let outcome = try outcome(
            "building\n\nerror: no such module\n",
            exit: Samples.exit(2, errors: "make: *** [all]\n")
        )
        #expect(outcome == AgentOutcome(end: .agentError(message: "building\nerror: no such module\nmake: *** [all]")))
    }

    @Test func aFailureClaimsNothing() throws {
        #expect(
            try outcome("<COMPLETION_GATE>\nready: true\n</COMPLETION_GATE>", exit: Samples.exit(1)).finalMessage == nil
        )
    }

    @Test func silenceAndFailureMeansThatItNeverBegan() throws {
        let expected = "It ended with exit status 1 and printed nothing."
        #expect(try outcome("", exit: Samples.exit(1)).end == .silentLaunchFailure(message: expected))
    }

    @Test func aMissingProgramIsALaunchFailure() throws {
        let end = try outcome("", exit: Samples.exit(127, errors: "sh: claude: command not found\n")).end
        guard case .launchFailure(let message) = end else {
            Issue.record("\(end)")
            return
        }
        #expect(message.contains("command not found"))
        #expect(message.contains("PATH"))
    }

    @Test func wordsAboutLimitsAreBelievedOnlyFromAFailure() throws {
        let words = "You've hit your limit · resets 5pm (UTC)\n"
        #expect(try outcome(words).end == .ok)
        guard case .usageLimit = try outcome(words, exit: Samples.exit(1)).end else {
            Issue.record("a usage limit was not recognised")
            return
        }
        #expect(
            try outcome(words, exit: AgentExit(.deadline(.iteration), endedAt: Samples.recorded)).end
                == .timeout(.iteration)
        )
    }

    @Test func anErrorOfTheServiceInPlaceOfAnAnswerIsAFailureWhateverTheStatus() throws {
        let malformed = "API Error: 400 due to tool use concurrency issues."
        #expect(try outcome("\n\(malformed)\n") == AgentOutcome(end: .agentError(message: malformed)))
        #expect(try outcome("API Error: 529 Overloaded. Try again in a moment.\n").end == .overloaded)
        let told = "\(malformed)\nI waited, and went on: all is done.\n"
        #expect(try outcome(told) == AgentOutcome(end: .ok, finalMessage: told))
        #expect(try outcome("The log said: \(malformed)\n").end == .ok)
    }

    @Test func theErrorRecordsOfOtherAgentsAreUnderstood() throws {
        let output =
            #"{"type":"turn.started"}"# + "\n"
            + #"{"type":"turn.failed","error":{"message":"You've hit your usage limit. Try again at 12:16 PM."}}"#
            + "\n"
        let noon = Timestamp(millisecondsSince1970: 1_795_349_760_000)
        #expect(try outcome(output, exit: Samples.exit(1)).end == .usageLimit(resetsAt: noon))
    }

    @Test(arguments: [(137, 9), (143, 15)])
    func aSignalIsRecognisedBehindAShell(code: Int32, signal: Int32) throws {
        #expect(try outcome("working\n", exit: Samples.exit(code)).end == .killed(signal: signal))
    }

    /// Where a program's output is cut is chance.
    @Test func aPieceOfNothingButBlanksIsToldToo() throws {
        var reader = CommandReader(request: try Samples.request(.command), zones: Samples.zones)
        let pieces = ["one", "\n", "  ", "two\n"]
        let events = pieces.flatMap { reader.consume(Array($0.utf8)) }
        #expect(events == pieces.map(AgentEvent.text))
    }
}
