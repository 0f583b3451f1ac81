import Domain
import Fleet
import TestSupport
import Testing

/// Every state of a task against every kind of message.
struct AttemptRulesTests {
    private let later = Sample.then + .seconds(5)
    private static let reports: [AttemptReport] =
        [.nothing, .accepted, .declined] + TaskStatus.allCases.map { .status(StatusReport($0)) }

    private func judge(
        _ report: AttemptReport,
        to task: FleetTask?,
        attempt: Int = 2,
        sequence: Int = 6,
        daemon: String = "anna"
    ) -> AttemptJudgement {
        let message = AttemptMessage(daemon: Sample.daemon(daemon), attempt: attempt, sequence: sequence)
        return AttemptRules.judge(report, of: message, to: task, at: later)
    }

    @Test(arguments: TaskStatus.allCases, reports)
    func aCurrentMessageHasItsEffect(status: TaskStatus, report: AttemptReport) throws {
        let task = Sample.assigned(status, isAccepted: false)
        switch (report, judge(report, to: task)) {
        case (.nothing, .noted(let after)):
            var expected = task
            expected.sequence = 6
            #expect(after == expected)
        case (.accepted, .changed(let after)):
            #expect(after.assignment?.isAccepted == true)
            #expect(after.home == Sample.daemon())
            #expect(after.status == status)
        case (.declined, .changed(let after)):
            #expect(after.isQueued)
            #expect(after.declines.map(\.at) == [later] && after.declines.first?.session == 7)
            #expect(after.attempt == 2)
            #expect(after.queuedAt == later)
        case (.status(let told), .changed(let after)):
            #expect(told.status != .pending)
            #expect(after.status == told.status)
            #expect((after.assignment == nil) == told.status.endsAttempt)
            #expect(after.home == Sample.daemon())
            #expect(after.updatedAt == later)
        case (.status(let told), .refused(.impossibleStatus)): #expect(told.status == .pending)
        case (_, let ruling): Issue.record("\(report) was answered by \(ruling)")
        }
    }

    @Test(arguments: TaskStatus.allCases, reports)
    func nothingElseHasAnEffect(status: TaskStatus, report: AttemptReport) {
        let task = Sample.assigned(status)
        #expect(judge(report, to: nil) == .refused(.unknownTask))
        #expect(judge(report, to: task, attempt: 1) == .refused(.staleAttempt))
        #expect(judge(report, to: task, attempt: 3) == .refused(.unknownAttempt))
        #expect(judge(report, to: task, daemon: "berta") == .refused(.foreignDaemon))
        for sequence in [0, 1, 5] { #expect(judge(report, to: task, sequence: sequence) == .repetition) }
    }

    @Test(arguments: TaskStatus.allCases, reports)
    func anAttemptThatHasItsEndTakesNothingMore(status: TaskStatus, report: AttemptReport) {
        let task = Sample.closed(status)
        #expect(judge(report, to: task) == .refused(.attemptEnded))
        #expect(judge(report, to: task, sequence: 5) == .repetition)
        #expect(judge(report, to: task, attempt: 1) == .refused(.staleAttempt))
    }

    @Test func whatADrainStopsIsQueuedAgainWhereItsFilesAre() throws {
        let report = AttemptReport.status(StatusReport(.interrupted, reason: .interrupted(.drained)))
        guard case .changed(let after) = judge(report, to: Sample.assigned()) else {
            Issue.record("It has no effect.")
            return
        }
        #expect(after.isQueued && after.reason == nil && after.queuedAt == later)
        #expect(after.home == Sample.daemon() && after.demands.daemon == Sample.daemon())
        #expect(after.declines.isEmpty && after.losses == 0)
        #expect(report.end == .stopped(.interrupted) && report.isDrained)
    }

    @Test func aTaskThatWasNeverHandedOutTakesNothing() {
        #expect(judge(.accepted, to: Sample.task(), attempt: 1, sequence: 1) == .refused(.unknownAttempt))
        #expect(judge(.accepted, to: Sample.task(), attempt: 0, sequence: 1) == .refused(.unknownAttempt))
    }

    @Test func iterationsNeverFallAndSpendingIsASum() {
        var task = Sample.assigned()
        task.iterations = 7
        task.usage = Usage(cost: USD(microdollars: 30), tokens: 3)
        let usage = Usage(cost: USD(microdollars: 34), tokens: 4)
        let report = StatusReport(.running, iterations: 2, usage: usage)
        guard case .changed(let after) = judge(.status(report), to: task) else { return #expect(Bool(false)) }
        #expect(after.iterations == 7)
        #expect(after.usage == usage)
        guard case .changed(let again) = judge(.status(StatusReport(.waiting)), to: after, sequence: 7) else {
            return #expect(Bool(false))
        }
        #expect(again.usage == usage, "who says nothing of it changes nothing")
    }

    @Test func progressLeavesTheStatus() {
        let usage = Usage(tokens: 5)
        let judgement = judge(.progress(iterations: 3, usage: usage), to: Sample.assigned(.waiting))
        guard case .changed(let after) = judgement else { return #expect(Bool(false)) }
        #expect(after.status == .waiting && after.iterations == 3 && after.usage == usage)
        #expect(after.assignment?.isAccepted == true)
    }

    @Test func aDaemonAcceptsItsOwnAttemptOnce() throws {
        var task = Sample.assigned()
        task.assignment?.isAccepted = false
        let after = try #require(AttemptRules.accepted(task, 2, by: Sample.daemon(), at: later))
        #expect(after.assignment?.isAccepted == true && after.home == Sample.daemon())
        #expect(after.sequence == task.sequence)
        #expect(AttemptRules.accepted(after, 2, by: Sample.daemon(), at: later) == nil)
        #expect(AttemptRules.accepted(task, 1, by: Sample.daemon(), at: later) == nil)
        #expect(AttemptRules.accepted(task, 2, by: Sample.daemon("berta"), at: later) == nil)
    }

    @Test func whoHasLostTheWorkspaceIsNotAskedForItAgain() throws {
        var task = Sample.assigned()
        (task.home, task.demands.daemon) = (Sample.daemon(), Sample.daemon())
        task.assignment?.homeBefore = Sample.daemon()
        let kept = try #require(AttemptRules.declined(task, 2, Decline(Sample.daemon(), at: later), isHomeless: false))
        #expect(kept.isQueued && kept.home == Sample.daemon() && kept.declines.map(\.daemon) == [Sample.daemon()])
        let lost = try #require(AttemptRules.declined(task, 2, Decline(Sample.daemon(), at: later), isHomeless: true))
        #expect(lost.isQueued && lost.home == nil && lost.demands.daemon == nil)
        #expect(AttemptRules.declined(task, 1, Decline(Sample.daemon(), at: later), isHomeless: true) == nil)
    }

    @Test func whatIsMergedStaysMerged() {
        var report = StatusReport(.done, reason: .completed(.verified), branch: "makima/x")
        report.isMerged = true
        guard case .changed(let after) = judge(.status(report), to: Sample.assigned()) else {
            return #expect(Bool(false))
        }
        #expect(after.isMerged && after.branch == "makima/x" && after.reason == .completed(.verified))
    }

    // MARK: - Handing over and taking back

    @Test(arguments: TaskStatus.allCases)
    func onlyAQueuedTaskIsHandedOut(status: TaskStatus) {
        let task = Sample.closed(status)
        let after = AttemptRules.assigned(task, to: Sample.daemon("berta"), session: 8, at: later)
        #expect((after != nil) == (status == .pending))
        #expect(AttemptRules.assigned(Sample.assigned(status), to: Sample.daemon(), session: 8, at: later) == nil)
        guard let after else { return }
        #expect(after.attempt == 3)
        #expect(after.sequence == 0)
        var expected = Assignment(daemon: Sample.daemon("berta"), session: 8, since: later)
        expected.homeBefore = task.home
        #expect(after.assignment == expected)
        #expect(after.status == .pending && !after.isQueued)
    }

    @Test(arguments: TaskStatus.allCases)
    func aLostAttemptIsQueuedAgain(status: TaskStatus) throws {
        #expect(AttemptRules.lost(Sample.closed(status), mostLosses: 3, at: later) == nil)
        var task = Sample.assigned(status)
        task.demands.daemon = Sample.daemon()
        let after = try #require(AttemptRules.lost(task, mostLosses: 3, at: later))
        #expect(after.isQueued && after.attempt == 2 && after.losses == 1)
        #expect(after.demands.daemon == nil, "the daemon that has its workspace is not there")
    }

    @Test func whatIsLostTooOftenWaitsForAPerson() throws {
        var task = Sample.assigned()
        task.losses = 1
        #expect(try #require(AttemptRules.lost(task, mostLosses: 3, at: later)).isQueued)
        task.losses = 2
        let after = try #require(AttemptRules.lost(task, mostLosses: 3, at: later))
        #expect(after.status == .interrupted && after.reason == .interrupted(.ownerDied) && after.assignment == nil)
    }

    @Test func anAttemptThatStopsResetsTheLosses() {
        var task = Sample.assigned()
        task.losses = 2
        guard case .changed(let going) = judge(.status(StatusReport(.running)), to: task) else {
            return #expect(Bool(false))
        }
        #expect(going.losses == 2)
        guard case .changed(let after) = judge(.status(StatusReport(.stalled)), to: task) else {
            return #expect(Bool(false))
        }
        #expect(after.losses == 0)
    }

    @Test func acceptingForgetsWhoDeclined() {
        var task = Sample.assigned()
        task.declines = [Decline(Sample.daemon("berta"), at: Sample.then)]
        guard case .changed(let after) = judge(.accepted, to: task) else { return #expect(Bool(false)) }
        #expect(after.declines.isEmpty)
        task.declines = [Decline(Sample.daemon(), at: Sample.then)]
        guard case .changed(let declined) = judge(.declined, to: task) else { return #expect(Bool(false)) }
        #expect(declined.declines.map(\.at) == [later] && declined.declines.first?.count == 2)
    }

    /// A daemon says that it has a task before it looks whether it can work on it.
    @Test func whatIsDeclinedIsWhereItWasBefore() throws {
        var task = Sample.assigned()
        task.declines = [Decline(Sample.daemon(), at: Sample.then)]
        let accepted = AttemptRules.accepted(task, 2, by: Sample.daemon(), at: later)
        let held = accepted ?? task
        #expect(held.declines.count == 1, "it is not known yet whether it can")
        var said = Decline(Sample.daemon(), at: later)
        (said.cause, said.session) = (.refusal, 7)
        let after = try #require(AttemptRules.declined(held, 2, said, isHomeless: false))
        #expect(after.isQueued && after.home == nil && after.declines.map(\.cause) == [.refusal])
        var elsewhere = Sample.task()
        elsewhere.home = Sample.daemon("berta")
        let assigned = try #require(AttemptRules.assigned(elsewhere, to: Sample.daemon(), session: 7, at: later))
        let told = try #require(AttemptRules.accepted(assigned, 1, by: Sample.daemon(), at: later))
        #expect(told.home == Sample.daemon())
        #expect(AttemptRules.declined(told, 1, said, isHomeless: false)?.home == Sample.daemon("berta"))
    }

    /// Whatever comes in whatever order, an attempt has one end, and attempts are only counted up.
    @Test(arguments: 1...200)
    func anAttemptHasOneEnd(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var task = Sample.task()
        var ends: [Int: Int] = [:]
        for step in 1...60 {
            let time = Sample.then + .seconds(step)
            let before = task
            let daemon = Sample.daemon(["anna", "berta"].randomElement(using: &random) ?? "anna")
            switch Int.random(in: 0..<8, using: &random) {
            case 0: task = AttemptRules.assigned(task, to: daemon, session: step, at: time) ?? task
            case 1: task = AttemptRules.lost(task, mostLosses: 3, at: time) ?? task
            case 2:
                if case .changed(let resumed) = OrderRules.resume(task, at: time) { task = resumed }
            default:
                let message = AttemptMessage(
                    daemon: daemon,
                    attempt: Int.random(in: 0...task.attempt + 1, using: &random),
                    sequence: Int.random(in: 1...task.sequence + 2, using: &random)
                )
                let report = Self.reports.randomElement(using: &random) ?? .nothing
                switch AttemptRules.judge(report, of: message, to: task, at: time) {
                case .changed(let after), .noted(let after):
                    #expect(message.attempt == before.attempt && before.assignment?.daemon == daemon)
                    task = after
                case .repetition, .refused: break
                }
            }
            #expect(task.attempt == before.attempt || task.attempt == before.attempt + 1)
            if before.assignment != nil, task.assignment == nil { ends[task.attempt, default: 0] += 1 }
        }
        #expect(ends.values.allSatisfy { $0 == 1 })
    }
}
