import Domain
import Fleet
import Testing

struct OrderRulesTests {
    @Test func whoWaitsForItsTasksIsStopped() {
        var task = Sample.closed(.waiting)
        task.reason = .waiting(.dependency, until: nil)
        guard case .changed(let stopped) = OrderRules.stop(task, at: Sample.then) else { return #expect(Bool(false)) }
        #expect(stopped.status == .interrupted)
        task.reason = .waiting(.usageLimit, until: nil)
        #expect(OrderRules.stop(task, at: Sample.then) == .nothing)
    }

    @Test func onlyWhatIsQueuedFailsWithoutADaemon() {
        let reason = Reason.failed(.internalError(message: "It is too large."))
        let failed = OrderRules.fail(Sample.closed(.pending), reason, at: Sample.then)
        #expect(failed?.status == .failed && failed?.reason == reason)
        #expect(OrderRules.fail(Sample.assigned(), reason, at: Sample.then) == nil)
        #expect(OrderRules.fail(Sample.closed(.paused), reason, at: Sample.then) == nil)
    }

    private let later = Sample.then + .seconds(5)

    @Test(arguments: TaskStatus.allCases)
    func whoHasTheTaskIsToldToStopOrPause(status: TaskStatus) {
        let task = Sample.assigned(status)
        #expect(OrderRules.stop(task, at: later) == .tell(Sample.daemon(), attempt: 2))
        #expect(OrderRules.pause(task, at: later) == .tell(Sample.daemon(), attempt: 2))
        #expect(OrderRules.resume(task, at: later) == .nothing)
    }

    @Test(arguments: TaskStatus.allCases)
    func aTaskThatNobodyHasIsStoppedOnlyWhileItIsQueued(status: TaskStatus) {
        let task = Sample.closed(status)
        guard status == .pending else {
            #expect(OrderRules.stop(task, at: later) == .nothing)
            #expect(OrderRules.pause(task, at: later) == .nothing)
            return
        }
        guard case .changed(let stopped) = OrderRules.stop(task, at: later),
            case .changed(let paused) = OrderRules.pause(task, at: later)
        else { return #expect(Bool(false)) }
        #expect(stopped.status == .interrupted && stopped.reason == .interrupted(.person))
        #expect(paused.status == .paused && paused.reason == .paused)
    }

    @Test(arguments: TaskStatus.allCases)
    func aTaskThatHasStoppedGoesBackToItsWorkspace(status: TaskStatus) {
        var task = Sample.closed(status)
        task.losses = 3
        let step = OrderRules.resume(task, at: later)
        guard status.isResumable, status != .pending else { return #expect(step == .nothing) }
        guard case .changed(let after) = step,
            case .changed(let anywhere) = OrderRules.resume(task, ResumeWish(elsewhere: true), at: later)
        else { return #expect(Bool(false)) }
        #expect(after.isQueued && after.queuedAt == later && after.losses == 0 && after.reason == nil)
        #expect(after.demands.daemon == Sample.daemon())
        #expect(anywhere.demands.daemon == nil)
    }

    @Test func aTaskAtItsLimitNeedsAHigherOne() {
        var task = Sample.closed(.iterationLimitReached)
        task.reason = .iterationLimit(used: 2, limit: 2, ceiling: 5)
        task.iterations = 2
        func step(_ most: Int?, elsewhere: Bool = false) -> OrderRules.Step {
            OrderRules.resume(task, ResumeWish(elsewhere: elsewhere, maxIterations: most), at: later)
        }
        #expect(step(nil) == .refused(.iterationsUsed(limit: 2, used: 2)))
        #expect(step(2) == .refused(.iterationsUsed(limit: 2, used: 2)))
        #expect(step(6) == .refused(.aboveCeiling(6, ceiling: 5)))
        guard case .changed = step(3), case .changed = step(5), case .changed = step(6, elsewhere: true) else {
            return #expect(Bool(false))
        }
        // Also where something else has stopped it.
        task.reason = .interrupted(.person)
        task.status = .interrupted
        #expect(step(1) == .refused(.iterationsUsed(limit: 1, used: 2)))
        guard case .changed = step(nil) else { return #expect(Bool(false)) }
    }

    @Test func aQueuedTaskThatWasTurnedDownIsOfferedAnew() {
        var task = Sample.closed(.pending)
        #expect(OrderRules.resume(task, at: later) == .nothing)
        guard case .changed(let other) = OrderRules.resume(task, ResumeWish(maxIterations: 9), at: later) else {
            return #expect(Bool(false))
        }
        #expect(other.isQueued)
        task.declines = [Decline(Sample.daemon(), at: Sample.then)]
        guard case .changed(let after) = OrderRules.resume(task, at: later) else { return #expect(Bool(false)) }
        #expect(after.isQueued && after.declines.isEmpty)
        #expect(
            after.home == Sample.daemon() && after.demands.daemon == task.demands.daemon,
            "Any daemon may have it still."
        )
    }

    @Test(arguments: [
        (ResumeRefusal.iterationsUsed(limit: 2, used: 2), "Allow it 3 or more."),
        (
            .aboveCeiling(9, ceiling: 5),
            "Allow it 5 at most, or raise 'hard_limit' under [autonomous_loop] on the daemon's machine."
        ),
    ])
    func aRefusalSaysWhatToDo(_ refusal: ResumeRefusal, _ hint: String) {
        #expect(refusal.hint == hint)
        #expect(refusal.sentence.hasSuffix("."))
    }
}
