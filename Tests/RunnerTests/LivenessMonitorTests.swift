import Domain
import Runner
import Testing

struct LivenessMonitorTests {
    private let timeouts = Timeouts(
        iteration: .seconds(3600),
        stall: .seconds(100),
        firstOutput: .seconds(30),
        toolCall: .seconds(500)
    )

    @Test func silenceFromTheStartIsAFirstOutputTimeout() {
        let monitor = LivenessMonitor(timeouts: timeouts)
        #expect(monitor.verdict(at: .seconds(29)) == .alive(next: .seconds(30)))
        #expect(monitor.verdict(at: .seconds(30)) == .expired(.timeout(.firstOutput)))
    }

    /// Nobody has read yet what it printed before.
    @Test func theSilenceOfAnAdoptedAgentBeginsWithItsAdoption() {
        var monitor = LivenessMonitor(timeouts: timeouts, age: .seconds(1000))
        #expect(monitor.verdict(at: .seconds(1000)) == .alive(next: .seconds(1025)))
        #expect(monitor.verdict(at: .seconds(1029)) == .alive(next: .seconds(1030)))
        #expect(monitor.verdict(at: .seconds(1030)) == .expired(.timeout(.firstOutput)))
        monitor.outputArrived(at: .seconds(1001))
        #expect(monitor.verdict(at: .seconds(1100)) == .alive(next: .seconds(1101)))
        #expect(monitor.verdict(at: .seconds(1101)) == .expired(.stall))
    }

    @Test func silenceAfterOutputIsAStall() {
        var monitor = LivenessMonitor(timeouts: timeouts)
        monitor.outputArrived(at: .seconds(10))
        #expect(monitor.verdict(at: .seconds(109)) == .alive(next: .seconds(110)))
        #expect(monitor.verdict(at: .seconds(110)) == .expired(.stall))
    }

    @Test func whoDoesNotAnswerTheFirstRequestIsFoundOut() {
        var monitor = LivenessMonitor(timeouts: timeouts)
        monitor.outputArrived(at: .seconds(1))
        func verdict(_ seconds: Int, _ awaiting: Bool = true) -> LivenessMonitor.Verdict {
            monitor.verdict(at: .seconds(seconds), awaitingHandshake: awaiting)
        }
        #expect(verdict(50) == .alive(next: .seconds(60)))
        #expect(verdict(60) == .expired(.unanswered(after: .seconds(60))))
        #expect(verdict(60, false) == .alive(next: .seconds(85)))
        var old = timeouts
        old.handshake = nil
        monitor = LivenessMonitor(timeouts: old)
        monitor.outputArrived(at: .seconds(1))
        #expect(verdict(60) == .alive(next: .seconds(85)))
    }

    @Test func anOpenToolCallSuspendsTheStallButHasACapOfItsOwn() {
        var monitor = LivenessMonitor(timeouts: timeouts)
        monitor.outputArrived(at: .seconds(10))
        monitor.toolCallBegan("a", at: .seconds(10))
        #expect(monitor.verdict(at: .seconds(509)) == .alive(next: .seconds(510)))
        #expect(monitor.verdict(at: .seconds(510)) == .expired(.timeout(.toolCall)))
    }

    @Test func theEndOfAToolCallStartsTheStallAnew() {
        var monitor = LivenessMonitor(timeouts: timeouts)
        monitor.outputArrived(at: .seconds(1))
        monitor.toolCallBegan("a", at: .seconds(1))
        monitor.toolCallEnded("a", at: .seconds(300))
        #expect(monitor.verdict(at: .seconds(399)) == .alive(next: .seconds(400)))
        #expect(monitor.verdict(at: .seconds(400)) == .expired(.stall))
    }

    @Test func processorTimeIsASignOfLife() {
        var monitor = LivenessMonitor(timeouts: timeouts)
        monitor.outputArrived(at: .seconds(0))
        monitor.processorTimeSampled(.seconds(40), at: .seconds(80))
        #expect(monitor.verdict(at: .seconds(179)) == .alive(next: .seconds(180)))
        #expect(monitor.verdict(at: .seconds(180)) == .expired(.stall))
    }

    @Test func theProcessorTimeOfAnIdleEventLoopIsNot() {
        var monitor = LivenessMonitor(timeouts: timeouts)
        monitor.outputArrived(at: .seconds(0))
        monitor.processorTimeSampled(.milliseconds(800), at: .seconds(80))
        #expect(monitor.verdict(at: .seconds(100)) == .expired(.stall))
    }

    @Test func looksOftenEnoughToSampleTheProcessor() {
        var monitor = LivenessMonitor(timeouts: timeouts)
        monitor.outputArrived(at: .seconds(0))
        #expect(monitor.verdict(at: .seconds(1)) == .alive(next: .seconds(26)))
    }

    @Test func waitingForAPersonIsNoStallAndNotTheToolsTime() {
        var monitor = LivenessMonitor(timeouts: timeouts)
        monitor.outputArrived(at: .seconds(10))
        monitor.toolCallBegan("a", at: .seconds(10))
        monitor.permissionAsked("p", at: .seconds(20))
        #expect(monitor.verdict(at: .seconds(9000)) == .alive(next: .seconds(9025)))
        monitor.permissionDecided("other", at: .seconds(9000))
        #expect(monitor.verdict(at: .seconds(9000)) == .alive(next: .seconds(9025)))
        monitor.permissionDecided("p", at: .seconds(9000))
        #expect(monitor.verdict(at: .seconds(9499)) == .alive(next: .seconds(9500)))
        #expect(monitor.verdict(at: .seconds(9500)) == .expired(.timeout(.toolCall)))
        monitor.toolCallEnded("a", at: .seconds(9100))
        #expect(monitor.verdict(at: .seconds(9200)) == .expired(.stall))
    }
}
