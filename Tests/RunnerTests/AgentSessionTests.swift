import Agents
import Domain
import Testing

@testable import Runner

struct AgentSessionTests {
    @Test func costsWhatItsOwnProcessesCost() {
        let records = [record(1, "a", cost: 5_000_000), record(2, "b", cost: 1_000_000), record(3, "b", cost: 500_000)]
        #expect(AgentSession(id: "b", in: records).cost == USD(microdollars: 1_500_000))
        #expect(AgentSession(id: "a", in: records).cost == USD(microdollars: 5_000_000))
    }

    @Test func isOfUnknownCostWhereNothingWasReported() {
        let open = IterationRecord(number: 2, attempt: 1, run: 1, startedAt: Timestamp(millisecondsSince1970: 0))
        #expect(AgentSession(id: "a", in: [record(1, "a", cost: nil), open]).cost == nil)
        #expect(AgentSession(id: "b", in: [record(1, "a", cost: 1)]).cost == nil)
    }

    @Test func hasTheTokensThatItsOwnProcessesTold() {
        var records = [record(1, "a", cost: nil), record(2, "b", cost: nil), record(3, "a", cost: nil)]
        #expect(AgentSession(id: "a", in: records).tokens == nil)
        for index in records.indices { records[index].outcome?.agent.tokens = ModelTokens(input: 10, cacheRead: index) }
        #expect(AgentSession(id: "a", in: records).tokens == ModelTokens(input: 20, cacheRead: 2))
    }

    private func record(_ number: Int, _ session: String, cost: Int64?) -> IterationRecord {
        var record = IterationRecord(
            number: number,
            attempt: 1,
            run: 1,
            startedAt: Timestamp(millisecondsSince1970: 0)
        )
        let usage = Usage(cost: cost.map(USD.init(microdollars:)))
        record.outcome = IterationOutcome(
            agent: AgentOutcome(end: .ok, sessionID: session, usage: usage),
            gate: .missing,
            checkpoint: nil,
            counted: true
        )
        return record
    }
}
