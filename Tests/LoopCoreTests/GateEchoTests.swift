import Domain
import LoopCore
import Testing

/// Agents' programs that print their prompt again, and messages made to wear the reader down.
struct GateEchoTests {
    private let prompt = """
        Implement the project described in specs/00-spec.md.
        When everything is finished, output:
        <COMPLETION_GATE>
        ready: true
        reason: "why it is done"
        blockers: []
        </COMPLETION_GATE>
        """

    private func read(_ message: String) -> GateReading {
        GateReader.read(finalMessage: message, prompt: prompt)
    }

    @Test func thePromptsGateIsNotTheAgents() {
        #expect(read("user\n\(prompt)\n\ncodex\nEvent emitted.\n") == .missing)
        #expect(read(prompt) == .missing)
        #expect(read("user\r\n\(prompt.split(separator: "\n").joined(separator: "\r\n"))\r\n") == .missing)
    }

    @Test func blankLinesInAnEchoAreAsGoodWithCarriageReturns() {
        let prompt = "Print:\n<COMPLETION_GATE>\nready: true\n\nblockers: []\n</COMPLETION_GATE>"
        let echo = prompt.replacing("\n", with: "\r\n")
        #expect(GateReader.read(finalMessage: echo, prompt: prompt) == .missing)
    }

    @Test func theAgentsOwnGateBehindAnEchoCounts() {
        let own = "<COMPLETION_GATE>\nready: true\nreason: \"all met\"\nblockers: []\n</COMPLETION_GATE>"
        #expect(read("user\n\(prompt)\n\ncodex\nAll done.\n\(own)").isReady)
    }

    @Test func theSameWordsSpokenByTheAgentCount() {
        let same = "<COMPLETION_GATE>\nready: true\nreason: \"why it is done\"\nblockers: []\n</COMPLETION_GATE>"
        #expect(read("All 16 specs are implemented.\n\(same)").isReady)
        #expect(read("user\n\(prompt)\n\ncodex\nAll done.\n\(same)").isReady)
    }

    @Test func anEchoBehindTheAgentsGateDoesNotHideIt() {
        #expect(read("Not yet.\n<COMPLETION_GATE>\nready: false\n</COMPLETION_GATE>\n\n\(prompt)") == .notReady)
    }

    @Test func aPromptThatBeginsWithAGateClaimsItWhereverItStands() {
        let gate = "<COMPLETION_GATE>\nready: true\n</COMPLETION_GATE>"
        #expect(GateReader.read(finalMessage: "user\n\(gate)", prompt: gate) == .missing)
    }

    /// Long enough for a square of the length to be felt, although the tests run unoptimised.
    @Test(arguments: [
        "x", "\n", " \n", "`\n", "``` ", "```\n", "<COMPLETION_GATE>\n", "COMPLETION_GATE:\n", "> ", ">\n",
        "</COMPLETION_GATE>\n", "<COMPLETION_GATE>\n</COMPLETION_GATE>\n", "- ", "*_", "`` ` ", "ready: true\n", "[",
        "\t", "reason: |\n", " y\n",
    ])
    func noiseIsReadToItsEnd(piece: String) {
        let count = 12_000 / piece.utf8.count
        let noise = String(repeating: piece, count: count)
        for opening in ["", "blockers: [\n", "reason: |\n"] {
            let message = "<COMPLETION_GATE>\n" + opening + noise + "\n</COMPLETION_GATE>"
            _ = GateReader.read(finalMessage: message, prompt: prompt)
        }
        let gate = "\n\n\n<COMPLETION_GATE>\nready: true\n</COMPLETION_GATE>"
        let isOpenFence = piece == "```\n" && !count.isMultiple(of: 2)
        #expect(GateReader.read(finalMessage: noise + gate, prompt: prompt).isReady != isOpenFence)
    }

    @Test func longTextsAreCut() {
        let long = String(repeating: "x", count: 100_000)
        let message = "<COMPLETION_GATE>\nready: false\nreason: \(long)\nblockers: [\(long)]\n</COMPLETION_GATE>"
        let gate = CompletionGate(
            ready: false,
            reason: String(long.prefix(2000)),
            blockers: [String(long.prefix(2000))]
        )
        #expect(GateReader.read(finalMessage: message, prompt: nil) == .stated(gate))
    }
}
