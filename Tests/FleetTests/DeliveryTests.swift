import Domain
import Fleet
import Testing

struct DeliveryTests {
    @Test(arguments: [
        (0, 0, InboxState.Judgement.repetition), (0, 1, .next), (0, 2, .gap(expected: 1)), (7, 7, .repetition),
        (7, 3, .repetition), (7, -1, .repetition), (7, 8, .next), (7, 9, .gap(expected: 8)), (.max, .max, .repetition),
    ])
    func anEntryIsTheNextOrOldOrTooEarly(lastTaken: Int, number: Int, expected: InboxState.Judgement) {
        var inbox = InboxState(lastTaken: lastTaken)
        #expect(inbox.judge(number) == expected)
        #expect(inbox.take(number) == expected)
        #expect(inbox.lastTaken == (expected == .next ? number : lastTaken))
    }

    @Test func anOutboxSendsEachEntryOnceOnAConnection() {
        var outbox = OutboxState()
        #expect(outbox.unsent.isEmpty)
        #expect([outbox.make(), outbox.make(), outbox.make()] == [1, 2, 3])
        #expect(outbox.unsent == 1..<4)
        outbox.noteSent(upTo: 2)
        #expect(outbox.unsent == 3..<4)
        outbox.noteSent(upTo: 1)
        outbox.noteSent(upTo: 9)
        #expect(outbox.unsent.isEmpty && outbox.sent == 3)
    }

    @Test func acknowledgementsAreCumulative() {
        var outbox = OutboxState(lastMade: 5, acknowledged: 2)
        #expect(outbox.acknowledge(upTo: 4) == .released(upTo: 4))
        #expect(outbox.acknowledge(upTo: 3) == .repetition)
        #expect(outbox.acknowledge(upTo: 4) == .repetition)
        #expect(outbox.acknowledge(upTo: 6) == .impossible)
        #expect(outbox.acknowledged == 4 && outbox.unsent == 5..<6)
    }

    @Test func aNewConnectionSendsAgainWhatTheReceiverHasNot() {
        var outbox = OutboxState(lastMade: 5, acknowledged: 2)
        outbox.noteSent(upTo: 5)
        #expect(outbox.connect(lastTaken: 3) == .released(upTo: 3))
        #expect(outbox.unsent == 4..<6)
        outbox.noteSent(upTo: 5)
        #expect(outbox.connect(lastTaken: 3) == .repetition)
        #expect(outbox.unsent == 4..<6)
    }

    @Test func aReceiverThatDoesNotFitIsNoticed() {
        var outbox = OutboxState(lastMade: 5, acknowledged: 2)
        #expect(outbox.connect(lastTaken: 6) == .impossible, "it has what was never made")
        #expect(outbox.connect(lastTaken: 1) == .impossible, "it has lost what it had")
        #expect(outbox.acknowledged == 2)
    }

    @Test(arguments: [(0, 0), (1, 500), (2, 1000), (3, 2000), (6, 16_000), (7, 30_000), (8, 30_000), (.max, 30_000)])
    func waitsGrowUpToTheMost(tries: Int, milliseconds: Int) {
        #expect(BackOff().delay(after: tries, jitter: 1) == .milliseconds(milliseconds))
    }

    @Test func chanceShortensAWaitByItsPart() {
        let backOff = BackOff(first: .seconds(8), factor: 1, most: .seconds(30), spread: 0.5)
        #expect(backOff.delay(after: 9, jitter: 0) == .seconds(4))
        #expect(backOff.delay(after: 9, jitter: 0.5) == .seconds(6))
        #expect(backOff.delay(after: 9, jitter: 1) == .seconds(8))
        for odd in [-3, 7, .infinity, .nan] as [Double] {
            #expect((.seconds(4) ... .seconds(8)).contains(backOff.delay(after: 1, jitter: odd)))
        }
    }
}
