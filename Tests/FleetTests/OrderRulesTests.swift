import Domain
import Fleet
import Testing

struct OrderRulesTests {
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
            case .changed(let anywhere) = OrderRules.resume(task, elsewhere: true, at: later)
        else { return #expect(Bool(false)) }
        #expect(after.isQueued && after.queuedAt == later && after.losses == 0 && after.reason == nil)
        #expect(after.demands.daemon == Sample.daemon())
        #expect(anywhere.demands.daemon == nil)
    }
}
