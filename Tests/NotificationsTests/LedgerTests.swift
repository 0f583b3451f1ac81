import Domain
import TestSupport
import Testing

@testable import Notifications

struct LedgerTests {
    private let target = Sample.target { $0.mostPerHour = 3 }

    private func tell(
        _ event: NotificationEvent,
        _ ledger: inout NotificationLedger,
        after time: Duration = .zero
    ) -> NotificationLedger.Judgement {
        let now = Sample.time + time
        let judgement = ledger.judge(event, for: target, at: now)
        guard case .tell(let heldBack) = judgement else { return judgement }
        var event = event
        event.heldBack = heldBack
        ledger.noteTold(event, to: target, at: now)
        return judgement
    }

    @Test func theSameIsToldOnceAndTheNextAttemptAgain() {
        var ledger = NotificationLedger()
        #expect(tell(Sample.event(), &ledger) == .tell(heldBack: 0))
        #expect(tell(Sample.event(), &ledger) == .repetition)
        #expect(tell(Sample.event(attempt: 2), &ledger) == .tell(heldBack: 0))
        #expect(tell(Sample.event(attempt: 1), &ledger) == .repetition)
        #expect(tell(Sample.event(task: 2), &ledger) == .tell(heldBack: 0))
    }

    @Test func aTaskThatStandsStillIsToldOnceHoweverOftenItIsOffered() {
        var ledger = NotificationLedger()
        func still(_ code: String, attempt: Int) -> NotificationEvent {
            var moment = Sample.moment(nil, status: .pending, attempt: attempt)
            moment.standstill = .init(code: code, Explanation("x"))
            return Sample.event(moment)
        }
        #expect(tell(still("refused", attempt: 3), &ledger) == .tell(heldBack: 0))
        #expect(tell(still("refused", attempt: 4), &ledger) == .repetition)
        #expect(tell(still("no_daemon", attempt: 4), &ledger) == .tell(heldBack: 0))
        #expect(tell(Sample.event(attempt: 5), &ledger) == .tell(heldBack: 0))
        #expect(tell(still("refused", attempt: 6), &ledger) == .tell(heldBack: 0))
    }

    /// It has worked since, or another outage began: whoever was told of the one before does not know of this one.
    @Test func whoStandsStillOnceMoreIsToldOfAnew() {
        var ledger = NotificationLedger()
        func still(_ seconds: Int, iterations: Int = 0) -> NotificationEvent {
            var moment = Sample.moment(nil, status: .pending, attempt: 1)
            moment.iterations = iterations
            moment.standstill = .init(code: "no_daemon", Explanation("x"), since: Sample.time + .seconds(seconds))
            return Sample.event(moment)
        }
        #expect(tell(still(0), &ledger) == .tell(heldBack: 0))
        #expect(tell(still(0), &ledger) == .repetition)
        #expect(tell(still(60), &ledger) == .tell(heldBack: 0))
        #expect(tell(still(60, iterations: 3), &ledger) == .tell(heldBack: 0))
        #expect(tell(still(60, iterations: 3), &ledger) == .repetition)
    }

    @Test func anotherReasonOfTheSameAttemptIsTold() {
        var ledger = NotificationLedger()
        #expect(tell(Sample.event(.blocked(.question(text: "?"))), &ledger) == .tell(heldBack: 0))
        #expect(tell(Sample.event(.completed(.verified)), &ledger) == .tell(heldBack: 0))
        #expect(tell(Sample.event(.blocked(.question(text: "?"))), &ledger) == .repetition)
    }

    @Test(arguments: NotificationPriority.allCases)
    func whatIsLessImportantIsNotTold(least: NotificationPriority) {
        let target = Sample.target { $0.least = least }
        var ledger = NotificationLedger()
        for (reason, priority) in [
            (.paused, .low), (.completed(.verified), .normal), (.stalled(.oscillation(period: 2)), .high),
        ] as [(Reason, NotificationPriority)] {
            let judgement = ledger.judge(Sample.event(reason), for: target, at: Sample.time)
            #expect(judgement == (priority >= least ? .tell(heldBack: 0) : .unimportant))
        }
    }

    @Test func tooManyAreHeldBackUntilTheHourIsOver() {
        var ledger = NotificationLedger()
        for task in 1...3 {
            #expect(tell(Sample.event(task: UInt64(task)), &ledger, after: .seconds(task)) == .tell(heldBack: 0))
        }
        #expect(tell(Sample.event(task: 4), &ledger, after: .seconds(3600)) == .heldBack)
        #expect(tell(Sample.event(task: 4), &ledger, after: .seconds(3600)) == .repetition)
        #expect(tell(Sample.event(task: 5), &ledger, after: .seconds(3600)) == .heldBack)
        #expect(ledger.heldBackToTell(to: target, at: Sample.time + .seconds(3600)) == nil)
        #expect(ledger.heldBackToTell(to: target, at: Sample.time + .seconds(3601))?.count == 2)
        #expect(tell(Sample.event(task: 6), &ledger, after: .seconds(3601)) == .tell(heldBack: 2))
        #expect(ledger.heldBackToTell(to: target, at: Sample.time + .seconds(9000)) == nil)
        #expect(tell(Sample.event(task: 7), &ledger, after: .seconds(9000)) == .tell(heldBack: 0))
    }

    @Test func whatNeedsAPersonIsNotHeldBackForTheOthers() {
        var ledger = NotificationLedger()
        for task in 1...3 { _ = tell(Sample.event(task: UInt64(task)), &ledger) }
        #expect(tell(Sample.event(task: 4), &ledger) == .heldBack)
        let blocked = Reason.blocked(.environment(.diskFull(path: "/srv")))
        for task in 5...16 {
            #expect(tell(Sample.event(blocked, task: UInt64(task)), &ledger) == .tell(heldBack: task == 5 ? 1 : 0))
        }
        // Only what goes round in circles is that much.
        #expect(tell(Sample.event(blocked, task: 17), &ledger) == .heldBack)
        #expect(tell(Sample.event(task: 18), &ledger) == .heldBack)
        #expect(ledger.heldBackToTell(to: target, at: Sample.time + .seconds(3599)) == nil)
        let held = ledger.heldBackToTell(to: target, at: Sample.time + .seconds(3600))
        #expect(held == .init(count: 2, needing: [Sample.id(17)]))
        #expect(held == ledger.needingToTell(to: target, at: Sample.time + .seconds(3600)))
        // Another message does not tell of them beside its own.
        #expect(
            ledger.judge(Sample.event(task: 19), for: target, at: Sample.time + .seconds(3600)) == .tell(heldBack: 0)
        )
        let told = held.map { NotificationEvent.heldBack($0, at: Sample.time, from: Sample.origin) }
        #expect(told?.priority == .high && told?.sentence.contains(Sample.id(17).short) == true)
        #expect(told?.variables["MAKIMA_NOTIFY_HELD_BACK"] == "2")
        #expect(told?.variables["MAKIMA_NOTIFY_HELD_BACK_TASKS"] == "\(Sample.id(17))")
        if let told { ledger.noteTold(told, to: target, at: Sample.time + .seconds(3600)) }
        #expect(ledger.heldBackToTell(to: target, at: Sample.time + .seconds(9000)) == nil)
    }

    @Test func aLedgerOfAVersionBeforeIsRead() throws {
        let directory = TemporaryDirectory("makima-ledger")
        let text = #"{"version":1,"servedSince":null,"targets":{"phone":{"sent":[],"heldBack":2,"tasks":{}}}}"#
        let file = LedgerFile(directory.write(text, to: "notifications.json"))
        let held = try file.change { $0.heldBackToTell(to: target, at: Sample.time) }
        #expect(held == .init(count: 2, needing: []))
    }

    @Test func targetsAreCountedByThemselves() {
        var ledger = NotificationLedger()
        for task in 1...4 { _ = tell(Sample.event(task: UInt64(task)), &ledger) }
        var other = target
        other.name = "desk"
        #expect(ledger.judge(Sample.event(), for: other, at: Sample.time) == .tell(heldBack: 0))
    }

    @Test func aClockThatWasSetBackHoldsNothingBack() {
        var ledger = NotificationLedger()
        for task in 1...3 { _ = tell(Sample.event(task: UInt64(task)), &ledger, after: .seconds(90_000)) }
        #expect(tell(Sample.event(task: 4), &ledger) == .tell(heldBack: 0))
    }

    @Test func whatWasToldLongAgoIsForgotten() {
        var ledger = NotificationLedger()
        _ = tell(Sample.event(task: 1), &ledger)
        _ = tell(Sample.event(task: 2), &ledger, after: .seconds(89 * 86_400))
        #expect(ledger.pages["phone"]?.tasks.count == 2)
        _ = tell(Sample.event(task: 3), &ledger, after: .seconds(91 * 86_400))
        #expect(ledger.pages["phone"]?.tasks.count == 2)
        #expect(tell(Sample.event(task: 2), &ledger, after: .seconds(91 * 86_400)) == .repetition)
    }

    @Test func aLedgerOutlivesItsProcess() throws {
        let directory = TemporaryDirectory("makima-ledger")
        let file = LedgerFile("\(directory.path)/notifications.json")
        let before = try file.change { ledger in
            ledger.servedSince = Sample.time
            for task in 1...5 { _ = tell(Sample.event(task: UInt64(task)), &ledger) }
            for task in 6...20 {
                _ = tell(Sample.event(.stalled(.oscillation(period: 2)), task: UInt64(task)), &ledger)
            }
            return ledger
        }
        #expect(try LedgerFile(file.path).change { $0 } == before)
    }

    @Test(arguments: ["", "{", "{\"version\":2,\"targets\":{}}", "{\"version\":1,\"targets\":{\"a\":{}}}"])
    func aDamagedLedgerIsBegunAnew(text: String) throws {
        let directory = TemporaryDirectory("makima-ledger")
        let file = LedgerFile(directory.write(text, to: "notifications.json"))
        #expect(try file.change { $0 } == NotificationLedger())
        try file.change { _ = tell(Sample.event(), &$0) }
        #expect(try file.change { tell(Sample.event(), &$0) } == .repetition)
    }
}

struct RetryScheduleTests {
    private let schedule = RetrySchedule()

    @Test func pausesGrowAndEnd() {
        let pauses = (1...6).map { schedule.pause(after: $0, elapsed: .zero, wish: nil) }
        #expect(pauses == [.seconds(2), .seconds(4), .seconds(8), .seconds(16), .seconds(32), nil])
        #expect(schedule.pause(after: 0, elapsed: .zero, wish: nil) == nil)
    }

    @Test func whatTheReceiverAsksForIsKept() {
        #expect(schedule.pause(after: 1, elapsed: .zero, wish: .seconds(30)) == .seconds(30))
        #expect(schedule.pause(after: 4, elapsed: .zero, wish: .seconds(1)) == .seconds(16))
    }

    @Test func itIsGivenUpAfterTwoMinutes() {
        #expect(schedule.pause(after: 1, elapsed: .seconds(118), wish: nil) == .seconds(2))
        #expect(schedule.pause(after: 1, elapsed: .seconds(119), wish: nil) == nil)
        #expect(schedule.pause(after: 1, elapsed: .zero, wish: .seconds(121)) == nil)
    }
}

struct AddressRulesTests {
    private static let refused = [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "::", "::1",
        "fe80::1", "febf::1", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:7f00:1", "::ffff:a9fe:a9fe",
        "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1", "2001::1", "::7f00:1",
    ]
    private static let taken = ["8.8.8.8", "172.32.0.1", "100.128.0.1", "1.1.1.1", "2606:4700::1111", "::ffff:808:808"]

    private func judge(_ texts: [String], own: [String] = [], allowsPrivate: Bool = false) throws -> Int {
        try AddressRules.dialable(
            texts.map { try #require(IPAddress($0)) },
            own: Set(own.compactMap { IPAddress($0) }),
            allowsPrivate: allowsPrivate
        )
        .count
    }

    @Test(arguments: refused)
    func addressesThatAreNotPublicAreRefused(text: String) throws {
        #expect(throws: AddressRefusal.notPublic) { try judge([text]) }
        #expect(throws: AddressRefusal.notPublic) { try judge(["8.8.8.8", text]) }
    }

    @Test(arguments: taken)
    func publicAddressesAreTaken(text: String) throws {
        #expect(try judge([text]) == 1)
    }

    @Test func thisMachinesOwnAddressesAreRefused() {
        #expect(throws: AddressRefusal.notPublic) { try judge(["8.8.8.8"], own: ["8.8.8.8"]) }
        #expect(throws: AddressRefusal.ownAddressesUnknown) {
            try AddressRules.dialable([#require(IPAddress("8.8.8.8"))], own: nil, allowsPrivate: false)
        }
    }

    @Test func whoeverAllowsPrivateAddressesReachesThemButNoGroups() throws {
        #expect(try judge(["127.0.0.1", "10.0.0.1", "fd00::1"], allowsPrivate: true) == 3)
        #expect(try judge(["224.0.0.1", "ff02::1"], allowsPrivate: true) == 0)
    }

    @Test func aNameThatIsNotKnownIsSaidToBe() {
        #expect(throws: AddressRefusal.unknownHost) { try judge([]) }
    }

    @Test func onlyWhoAllowsItIsAskedInTheClear() throws {
        let address = try #require(WebhookAddress("http://example.org/"))
        #expect(throws: AddressRefusal.clear) { try AddressRules.check(address, allowsPrivate: false) }
        try AddressRules.check(address, allowsPrivate: true)
    }
}

struct WebhookAnswerTests {
    @Test(
        arguments: [
            (200, nil, Delivery.delivered), (204, nil, .delivered),
            (302, nil, .refused("it leads elsewhere (status 302), which is not followed")),
            (404, nil, .refused("it answers with status 404")),
            (429, "30", .failed("it answers with status 429", retryAfter: .seconds(30))),
            (503, "soon", .failed("it answers with status 503")), (500, nil, .failed("it answers with status 500")),
            (503, "-1", .failed("it answers with status 503")),
            (503, "99999999999", .failed("it answers with status 503")),
            (
                503, "Sun, 29 Nov 2026 13:00:00 GMT",
                .failed("it answers with status 503", retryAfter: .seconds(90))
            ),
        ] as [(Int, String?, Delivery)]
    )
    func eachStatusHasItsMeaning(status: Int, retryAfter: String?, delivery: Delivery) {
        // 2026-11-29T12:58:30Z
        let time = Timestamp(millisecondsSince1970: 1_795_957_110_000)
        #expect(WebhookAnswer(status: status, retryAfter: retryAfter).delivery(at: time) == delivery)
    }
}
