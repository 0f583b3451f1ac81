import Domain
import Testing

@testable import Wire

/// What agents and checks print may be of any size: the report of it fits into a frame all the same.
struct FittingTests {
    @Test(arguments: ["\u{1}", "🎉", "\u{0}"])
    func theReportOfAnIterationFits(_ text: String) throws {
        let long = String(repeating: text, count: 100_000)
        var receipt = Sample.receipt(.failed(exitCode: 1))
        receipt.outputTail = String(repeating: text, count: 6000)
        receipt.check.command = long
        let gate = CompletionGate(
            ready: false,
            reason: long,
            progress: long,
            blockers: Array(repeating: long, count: 200)
        )
        var record = Sample.iteration(
            AgentOutcome(end: .agentError(message: long), finalMessage: long),
            gate: .stated(gate),
            receipts: Array(repeating: receipt, count: 120)
        )
        record.outcome?.notes = Array(repeating: long, count: 200)
        var task = try Sample.record(nil)
        task.loopMemory = String(repeating: "m", count: 100_000)
        let report = IterationEnded.fitting(try Sample.stamp(), record, task: task, checkpoint: 3)
        #expect(try Frame.encode(report).count <= WireLimits.frame)
        #expect(report.receipts.count == WireLimits.checks)
        #expect(report.finalMessage?.isEmpty == false)
    }

    @Test func textsAreCutBetweenCharactersOfUnicode() {
        #expect("aä🎉".clipped(to: 7) == "aä🎉")
        #expect("aä🎉".clipped(to: 6) == "aä")
        #expect("aä🎉".clipped(to: 2) == "a")
        #expect("aä🎉".clipped(to: 0) == "")
        #expect("aä🎉".clippedStart(to: 6) == "ä🎉")
        #expect("aä🎉".clippedStart(to: 5) == "🎉")
        #expect("aä🎉".clippedStart(to: 3) == "")
        #expect("a\0b".clipped(to: 9) == "a\u{FFFD}b")
    }

    @Test func aLabelIsMadeOfAnyText() {
        #expect("Grüße".asLabel == "Grüße")
        #expect("".asLabel == "?")
        for text in ["a\nb\u{1B}[31m", String(repeating: "🎉", count: 100), "\u{202E}"] {
            #expect(TextRule.label.allows(text.asLabel))
            #expect(text.asLabel.utf8.count <= WireLimits.label)
        }
    }

    @Test(arguments: ["x", "ä", "\u{1}"])
    func aPieceOfOutputFits(_ text: String) throws {
        var output = TaskOutput()
        output.stamp = try Sample.stamp()
        let bytes = [UInt8](repeating: 0xFF, count: TaskOutput.pieceLimit)
        output.take(bytes, at: 5)
        #expect(output.byteCount == bytes.count && output.offset == 5)
        #expect(try Frame.encode(output).count < WireLimits.frame)
        output.take(Array(String(repeating: text, count: 20_000).utf8), at: 0)
        #expect(try Frame.encode(output).count < WireLimits.frame)
        #expect(output.text == String(repeating: text, count: 20_000))
    }

    @Test func everyWordIsSpelledOnce() {
        func check<Word: WireWord>(_ type: Word.Type) {
            let words = Word.allValues.map(\.wireWord)
            #expect(Set(words).count == words.count)
            for value in Word.allValues { #expect(Word(wireWord: value.wireWord) == value) }
            #expect(Word(wireWord: "") == nil)
        }
        check(TaskStatus.self)
        check(Proof.self)
        check(CompletionAction.self)
        check(ContextMode.self)
        check(StallStrategy.self)
        check(PermissionMode.self)
        check(PermissionRequest.Kind.self)
        check(SandboxMode.self)
        check(NetworkMode.self)
        check(AgentKind.self)
        check(CheckpointCause.self)
        check(WaitCause.self)
        check(TaskWait.Role.self)
        check(TaskQuestion.Source.self)
        check(AttemptRuling.self)
        check(CommandOutcome.self)
        check(PatchFormat.self)
        check(TaskRole.self)
        check(OutputStream.self)
        // The words of the wire are those that are stored.
        for status in TaskStatus.allCases { #expect(status.wireWord == status.rawValue) }
    }
}
