import Domain
import Testing

struct AgentEventTests {
    @Test func onlyWhatAServiceMustHaveAnsweredForProvesIt() {
        let proofs: [AgentEvent] = [
            .toolCallBegan(id: "a", name: "Bash", summary: ""), .rateLimit(rejected: false, resetsAt: nil),
        ]
        let others: [AgentEvent] = [
            .session(id: "a", model: nil), .text("You've hit your limit"), .toolCallEnded(id: "a", isError: false),
            .usage(Usage()), .retrying(attempt: 1, of: nil, cause: .overloaded),
            .rateLimit(rejected: true, resetsAt: nil), .permissionDenied(tool: "Bash", message: ""),
            .result(AgentResult(finalMessage: nil)), .oversizedLine(bytes: 1),
        ]
        #expect(proofs.allSatisfy { $0.provesAnswer })
        #expect(!others.contains { $0.provesAnswer })
    }
}
