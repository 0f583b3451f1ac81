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

    /// What makima made of the tokens of a process that broke off is in no total of the agent's.
    @Test func costsWhatItsProcessesHaveToldThemselves() {
        var cut = record(2, "a", cost: 700)
        cut.outcome?.agent.usage.pricedCost = USD(microdollars: 600)
        #expect(AgentSession(id: "a", in: [record(1, "a", cost: 5), cut]).cost == USD(microdollars: 105))
        cut.outcome?.agent.usage.pricedCost = USD(microdollars: 700)
        #expect(AgentSession(id: "a", in: [cut]).cost == nil)
    }

    @Test func aTotalOfAConversationCountsWithoutWhatWasToldBefore() {
        var first = AgentOutcome(end: .ok, sessionID: "t", usage: Usage(tokens: 1_000_000))
        first.tokens = ModelTokens(input: 900_000, output: 100_000)
        first.tellsWholeConversation = true
        var records = [record(1, "t", cost: nil)]
        records[0].outcome?.agent = first
        var second = first
        second.tokens?.output = 100_500
        let share = second.ownShare(after: records)
        #expect(share.usage.tokens == 500)
        #expect(share.tokens == ModelTokens(output: 500))
        second.sessionID = "u"
        #expect(second.ownShare(after: records) == second)
        second.sessionID = "t"
        second.tokens?.input = 5
        #expect(second.ownShare(after: records) == second)
        second.tellsWholeConversation = nil
        #expect(second.ownShare(after: records) == second)
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
