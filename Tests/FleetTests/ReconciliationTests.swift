import Domain
import Fleet
import Testing

/// Every view of the server against every view of the daemon.
struct ReconciliationTests {
    private let daemon = Sample.daemon()

    private func settle(_ stage: HeldAttempt.Stage?, attempt: Int = 2, _ task: FleetTask?) -> Settlement? {
        let held = stage.map { [HeldAttempt(Sample.id(), attempt: attempt, $0)] } ?? []
        let settled = Reconciliation.settle(daemon: daemon, held: held, tasks: task.map { [$0] } ?? [])
        #expect(settled.count <= 1)
        return settled.first
    }

    private func expect(
        _ settlement: Settlement?,
        _ step: Settlement.DaemonStep?,
        _ server: Settlement.ServerStep = .nothing,
        attempt: Int = 2,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let expected = Settlement(AttemptKey(Sample.id(), attempt), daemon: step, server: server)
        #expect(settlement == expected, sourceLocation: location)
    }

    @Test func whatBothHaveGoesOn() {
        expect(settle(.working, Sample.assigned()), .goOn)
        expect(settle(.working, Sample.assigned(isAccepted: false)), .goOn, .accept)
        expect(settle(.ended, Sample.assigned()), .goOn)
    }

    @Test func anEndThatTheServerHasLostIsReportedAnew() {
        expect(settle(.reported, Sample.assigned()), .reportAnew)
    }

    @Test func aCommandThatDidNotArriveIsSentAgain() {
        expect(settle(nil, Sample.assigned(isAccepted: false)), nil, .sendAgain)
    }

    @Test func whatTheDaemonHasForgottenIsLost() {
        expect(settle(nil, Sample.assigned()), nil, .lose)
    }

    @Test(arguments: TaskStatus.allCases)
    func anAttemptThatHasItsEndIsStopped(status: TaskStatus) {
        expect(settle(.working, Sample.closed(status)), .stop(.attemptEnded))
        expect(settle(.ended, Sample.closed(status)), .forget)
        expect(settle(.reported, Sample.closed(status)), .forget)
        #expect(settle(nil, Sample.closed(status)) == nil)
    }

    @Test(arguments: [HeldAttempt.Stage.working, .ended])
    func anAttemptThatIsNotItsOwnIsStopped(stage: HeldAttempt.Stage) {
        expect(settle(stage, nil), .stop(.unknownTask))
        expect(settle(stage, attempt: 1, foreign()), .stop(.staleAttempt), attempt: 1)
        expect(settle(stage, attempt: 3, foreign()), .stop(.unknownAttempt), attempt: 3)
        expect(settle(stage, foreign()), .stop(.foreignDaemon))
    }

    @Test func whatWasReportedNeedsNoStop() {
        expect(settle(.reported, nil), .forget)
        expect(settle(.reported, attempt: 1, foreign()), .forget, attempt: 1)
        expect(settle(.reported, foreign()), .forget)
    }

    /// After a hand-over to the same daemon it may still have the attempt before.
    @Test func twoAttemptsOfOneTaskAreTwoThings() {
        let held = [HeldAttempt(Sample.id(), attempt: 1, .working)]
        let settled = Reconciliation.settle(daemon: daemon, held: held, tasks: [Sample.assigned(isAccepted: false)])
        #expect(
            settled == [
                Settlement(AttemptKey(Sample.id(), 1), daemon: .stop(.staleAttempt), server: .nothing),
                Settlement(AttemptKey(Sample.id(), 2), daemon: nil, server: .sendAgain),
            ]
        )
    }

    @Test func whatOthersHaveIsNotItsAffair() {
        #expect(settle(nil, foreign()) == nil)
        #expect(settle(nil, Sample.task()) == nil)
    }

    private func foreign() -> FleetTask {
        var task = Sample.assigned()
        task.assignment?.daemon = Sample.daemon("berta")
        return task
    }
}
