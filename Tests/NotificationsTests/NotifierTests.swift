import Domain
import TestSupport
import Testing

@testable import Notifications

struct NotifierTests {
    private let directory = TemporaryDirectory("makima-notifier")
    private let clock = ManualClock()
    private let wallClock = ManualWallClock(Sample.time)
    private let reports = Reports()

    private func notifier(
        _ senders: [(String, ScriptedSender)],
        _ change: (inout NotificationTarget) -> Void = { _ in }
    ) -> Notifier {
        Notifier(
            routes: senders.map { name, sender in
                var target = NotificationTarget(name: name)
                target.url = "https://hooks.example.org/secret"
                change(&target)
                return Notifier.Route(target, by: sender)
            },
            ledger: LedgerFile("\(directory.path)/notifications.json"),
            surroundings: .init(clock: clock, wallClock: wallClock, origin: Sample.origin)
        )
    }

    private func tell(_ moments: [TaskMoment], by notifier: Notifier, patience: Duration? = .seconds(6)) async {
        let stream = AsyncStream { line in
            for moment in moments { line.yield(moment) }
            line.finish()
        }
        let reports = reports
        await notifier.tell(stream, patience: patience) { reports.add($0) }
    }

    @Test func eachTargetIsToldOnceAlsoByAnotherProcess() async {
        let (phone, desk) = (ScriptedSender(), ScriptedSender())
        let done = Sample.moment(.completed(.verified))
        await tell([Sample.moment(nil), done, done], by: notifier([("phone", phone), ("desk", desk)]))
        await tell([done], by: notifier([("phone", phone), ("desk", desk)]))
        #expect(phone.sent == [Sample.event(done)])
        #expect(desk.sent == [Sample.event(done)])
        #expect(reports.all.isEmpty)
    }

    @Test func whatDidNotArriveIsSentAgainWithGrowingPauses() async {
        let sender = ScriptedSender([.failed("status 503"), .failed("status 429", retryAfter: .seconds(9))])
        async let telling: Void = tell(
            [Sample.moment(.completed(.verified))],
            by: notifier([("phone", sender)]),
            patience: nil
        )
        // The pulse of the target sleeps too.
        await clock.sleepers(2)
        #expect(sender.sent.count == 1)
        clock.advance(by: .seconds(2))
        await clock.sleepers(2)
        #expect(sender.sent.count == 2)
        clock.advance(by: .seconds(9))
        await telling
        #expect(sender.sent.count == 3)
        #expect(Set(sender.sent.map(\.id)).count == 1)
        #expect(reports.all.isEmpty)
    }

    @Test func whatIsRefusedIsNotSentAgainAndReportedWithoutTheURL() async {
        let sender = ScriptedSender([.refused("it answers with status 404")])
        let done = Sample.moment(.completed(.verified))
        await tell([done, done], by: notifier([("phone", sender)]))
        #expect(sender.sent.count == 1)
        #expect(
            reports.all
                == ["The target 'phone' (https://hooks.example.org) was not told: it answers with status 404."]
        )
    }

    @Test func aTargetThatIsDownHoldsUpNoOther() async {
        let (down, up) = (ScriptedSender([.failed("down")]), ScriptedSender())
        let done = Sample.moment(.completed(.verified))
        async let telling: Void = tell([done], by: notifier([("down", down), ("up", up)]), patience: nil)
        while up.sent.isEmpty { await Task.yield() }
        while down.sent.count < 2 {
            clock.advance(by: .seconds(1))
            await Task.yield()
        }
        await telling
        #expect(up.sent.count == 1)
    }

    @Test func aTargetThatIsDownDoesNotHoldUpTheEnd() async {
        let down = ScriptedSender([Delivery](repeating: .failed("down"), count: 10))
        let done = Sample.moment(.completed(.verified))
        async let telling: Void = tell([done], by: notifier([("phone", down)]))
        // The pause before the next try, the pulse, and the patience.
        await clock.sleepers(3)
        clock.advance(by: .seconds(6))
        await telling
        #expect(reports.all == ["The target 'phone' could not be told in time, and was given up."])
        // Whoever hears of it next tells it.
        let up = ScriptedSender()
        await tell([done], by: notifier([("phone", up)]))
        #expect(up.sent == [Sample.event(done)])
    }

    @Test func whatIsHeldBackIsCounted() async {
        let sender = ScriptedSender()
        let moments = (1...4).map { Sample.moment(.completed(.verified), task: UInt64($0)) }
        await tell(moments, by: notifier([("phone", sender)]) { $0.mostPerHour = 2 })
        #expect(sender.sent.count == 2)
        wallClock.set(Sample.time + .seconds(3601))
        let next = Sample.moment(.completed(.verified), task: 5)
        await tell([next], by: notifier([("phone", sender)]) { $0.mostPerHour = 2 })
        #expect(sender.sent.last?.heldBack == 2)
        #expect(sender.sent.last?.subject?.task == next.id)
    }

    @Test func aServerSaysWhatWasHeldBackOnceThereIsRoom() async {
        let sender = ScriptedSender()
        let (stream, line) = AsyncStream.makeStream(of: TaskMoment.self)
        for task in 1...4 { line.yield(Sample.moment(.completed(.verified), task: UInt64(task))) }
        let notifier = notifier([("phone", sender)]) { $0.mostPerHour = 2 }
        let reports = reports
        async let telling: Void = notifier.tell(stream, patience: nil) { reports.add($0) }
        await clock.sleepers(1)
        // Both that were held back are in the ledger: else they would be told in the next hour.
        while !(directory.read("notifications.json") ?? "").contains(#""heldBack":2"#) { await Task.yield() }
        wallClock.set(Sample.time + .seconds(3601))
        clock.advance(by: .seconds(60))
        while sender.sent.count < 3 { await Task.yield() }
        line.finish()
        await telling
        #expect(sender.sent.last?.kind == .heldBack)
        #expect(sender.sent.last?.heldBack == 2)
    }

    @Test func tasksThatNeedAPersonAndWereHeldBackAreNamedBeforeAnythingElse() async {
        let sender = ScriptedSender()
        let moments = (1...6).map { Sample.moment(.stalled(.oscillation(period: 2)), task: UInt64($0)) }
        await tell(moments, by: notifier([("phone", sender)]) { $0.mostPerHour = 1 })
        #expect(sender.sent.count == 4)
        wallClock.set(Sample.time + .seconds(3601))
        let next = Sample.moment(.completed(.verified), task: 7)
        await tell([next], by: notifier([("phone", sender)]) { $0.mostPerHour = 1 })
        #expect(sender.sent.suffix(2).map(\.kind) == [.heldBack, .done])
        #expect(sender.sent.dropLast().last?.needing == [Sample.id(5), Sample.id(6)])
        #expect(sender.sent.last?.heldBack == 0)
    }
}
