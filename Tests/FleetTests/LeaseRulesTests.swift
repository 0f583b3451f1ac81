import Domain
import Fleet
import Testing

struct LeaseRulesTests {
    private let rules = LeaseRules(timeToLive: .seconds(30), grace: .seconds(300))
    private let daemon = Sample.daemon()

    private func session(ended cause: SessionEnd? = nil, after seconds: Int = 10) -> DaemonSession {
        let open = rules.open(1, of: daemon, on: "s", after: nil, at: Sample.then).session
        return cause.map { rules.ended(open, $0, at: Sample.then + .seconds(seconds)) } ?? open
    }

    @Test func aSessionLivesAsLongAsItsLease() {
        #expect(rules.standing(of: session(), at: Sample.then + .seconds(30)) == .alive)
        #expect(rules.standing(of: session(), at: Sample.then + .milliseconds(30_001)) == .expired)
    }

    @Test(arguments: SessionEnd.allCases)
    func nothingBringsBackASessionThatHasEnded(cause: SessionEnd) {
        let over = session(ended: cause)
        #expect(rules.standing(of: over, at: Sample.then) == .ended(cause))
        #expect(rules.renewed(over, at: Sample.then + .seconds(1)) == nil)
        for other in SessionEnd.allCases { #expect(rules.ended(over, other, at: Sample.then + .seconds(99)) == over) }
    }

    @Test func aLeaseOnlyGetsLonger() {
        #expect(rules.renewed(session(), at: Sample.then + .seconds(20))?.leaseUntil == Sample.then + .seconds(50))
        #expect(rules.renewed(session(), at: Sample.then + .seconds(-20))?.leaseUntil == Sample.then + .seconds(30))
        #expect(rules.renewed(session(), at: Sample.then + .seconds(31)) == nil)
    }

    @Test func aSecondSessionFencesTheFirst() {
        let first = session()
        let (second, fenced) = rules.open(2, of: daemon, on: "t", after: first, at: Sample.then + .seconds(5))
        #expect(second.leaseUntil == Sample.then + .seconds(35) && second.end == nil && second.server == "t")
        #expect(fenced?.end == DaemonSession.End(.fenced, at: Sample.then + .seconds(5)))
    }

    @Test func whatWasOverBeforeHasItsOwnCause() {
        let late = rules.open(2, of: daemon, on: "t", after: session(), at: Sample.then + .seconds(60))
        #expect(late.fenced?.end == DaemonSession.End(.expired, at: Sample.then + .seconds(30)))
        #expect(rules.open(2, of: daemon, on: "t", after: session(ended: .closed), at: Sample.then).fenced == nil)
        #expect(rules.open(1, of: daemon, on: "t", after: nil, at: Sample.then).fenced == nil)
    }

    @Test func whoLooksLateDoesNotLengthenTheGrace() {
        let over = rules.ended(session(), .expired, at: Sample.then + .seconds(500))
        #expect(over.end?.at == Sample.then + .seconds(30))
    }

    @Test(arguments: SessionEnd.allCases)
    func anAttemptStaysForTheGrace(cause: SessionEnd) {
        let over = session(ended: cause, after: 10)
        let limit = Sample.then + .seconds(310)
        #expect(rules.rescue(Sample.assigned(), latest: over, at: limit + .milliseconds(-1)) == .wait(until: limit))
        #expect(rules.rescue(Sample.assigned(), latest: over, at: limit) == .rescue)
        #expect(rules.rescue(Sample.closed(.pending), latest: over, at: limit) == .leave)
    }

    @Test func theGraceBeginsAnewWithTheServer() {
        let (task, over) = (Sample.assigned(), session(ended: .closed, after: 10))
        let start = Sample.then + .seconds(5000)
        let limit = start + .seconds(300)
        func rescue(at time: Timestamp) -> LeaseRules.Rescue {
            rules.rescue(task, latest: over, watchedSince: start, at: time)
        }
        #expect(rescue(at: start + .seconds(1)) == .wait(until: limit))
        #expect(rescue(at: limit) == .rescue)
        let before = rules.rescue(task, latest: over, watchedSince: Sample.then, at: Sample.then + .seconds(310))
        #expect(before == .rescue, "it was watched all the time")
    }

    @Test func aBreakEndsAWatch() {
        var watch = LeaseWatch(longestBreak: .seconds(30))
        #expect(watch.look(at: Sample.then) == Sample.then)
        #expect(watch.look(at: Sample.then + .seconds(30)) == Sample.then)
        let later = Sample.then + .seconds(61)
        #expect(watch.look(at: later) == later)
        #expect(watch.look(at: later + .seconds(1)) == later)
        #expect(watch.look(at: later + .seconds(-5)) == later, "a clock that was set back is no break")
    }

    @Test func aDaemonThatIsThereKeepsWhatItHas() {
        #expect(rules.rescue(Sample.assigned(), latest: session(), at: Sample.then + .seconds(30)) == .leave)
    }

    @Test func nobodyHasToEndASessionForTheGraceToBegin() {
        let task = Sample.assigned()
        let limit = Sample.then + .seconds(330)
        #expect(rules.rescue(task, latest: session(), at: Sample.then + .seconds(31)) == .wait(until: limit))
        #expect(rules.rescue(task, latest: session(), at: limit) == .rescue)
    }

    @Test func withoutAnySessionTheGraceBeginsWithTheHandOver() {
        #expect(
            rules.rescue(Sample.assigned(), latest: nil, at: Sample.then) == .wait(until: Sample.then + .seconds(300))
        )
        #expect(rules.rescue(Sample.assigned(), latest: nil, at: Sample.then + .seconds(300)) == .rescue)
    }
}
