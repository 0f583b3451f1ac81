import Domain
import Testing

@testable import Agents

/// What becomes of a program that does not speak the Agent Client Protocol.
struct ACPHandshakeTests {
    private let start = #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":1}}"#

    @Test(arguments: [
        (["vibe"], "Mistral Vibe speaks it as 'vibe-acp'"), (["/opt/bin/vibe", "--agent"], "'vibe-acp'"),
        (["kimi", "--print"], "'kimi acp'"), (["vibe-acp"], "names"), (["kimi"], "names"),
        (["kimi", "-y", "acp"], "names"), (["my-agent"], "names"),
    ])
    func whoDoesNotAnswerIsToldWhichProgramSpeaksTheProtocol(_ command: [String], _ words: String) throws {
        var request = try Samples.request(.acp)
        request.configuration.command = command
        var reader = RecordReader(
            ACPTranscript(ACPSetup(request, executable: "/usr/local/bin/makima")),
            zones: Samples.zones
        )
        #expect(reader.awaitsHandshake)
        _ = reader.consume(Array("Welcome!\n".utf8))
        #expect(reader.awaitsHandshake)
        let exit = AgentExit(.unanswered(after: .seconds(90)), endedAt: Samples.recorded)
        guard case .silentLaunchFailure(let told) = reader.outcome(of: exit).end
        else {
            Issue.record("It is no failure to start.")
            return
        }
        #expect(told.contains("'initialize'") && told.contains("within 1 min 30 s, which is its 'handshake_timeout'"))
        #expect(told.contains(words) == (words != "names"))
        #expect((ProgramNotice(onProtocolOf: command) == nil) == (words == "names"))
        _ = reader.consume(Array((start + "\n").utf8))
        #expect(!reader.awaitsHandshake)
    }
}
