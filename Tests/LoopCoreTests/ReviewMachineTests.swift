import Domain
import LoopCore
import Testing

struct ReviewMachineTests {
    private static let begin = Timestamp(millisecondsSince1970: 1_772_000_000_000)
    private static let deadline = begin + .seconds(3600)
    private static let comment = ReviewItem(id: "comment:1", kind: .comment, author: "ada", text: "x")
    private static let failure = ReviewItem(id: "check:1", kind: .checkFailed, author: "ci", text: "x")

    private static func machine(rounds: Int = 2, used: Int = 0, told: Set<String> = []) -> ReviewMachine {
        var spec = ForgeSpec()
        spec.rounds = rounds
        var record = ForgeRecord(remote: "origin", branch: "makima/x")
        record.rounds = used
        record.told = told
        return ReviewMachine(spec, record, deadline: deadline)
    }

    private static func snapshot(_ change: (inout ReviewSnapshot) -> Void = { _ in }) -> ReviewSnapshot {
        var snapshot = ReviewSnapshot()
        change(&snapshot)
        return snapshot
    }

    private static func watching(_ machine: ReviewMachine = machine()) -> ReviewMachine {
        var machine = machine
        #expect(machine.handle(.opened) == .look(after: .zero))
        return machine
    }

    private static func looked(_ snapshot: ReviewSnapshot, _ seconds: Int = 0) -> ReviewMachine.Event {
        .looked(snapshot, at: begin + .seconds(seconds))
    }

    /// Every state with every event; `nil` is an event without a meaning there.
    @Test func theTableIsComplete() {
        let quiet = Self.looked(Self.snapshot())
        let failed = ReviewMachine.Event.lookFailed(.unavailable(message: "x"), at: Self.begin)
        let said = ReviewMachine.Event.said(Self.snapshot(), at: Self.begin)
        let events: [ReviewMachine.Event] = [.opened, quiet, failed, .stopRequested, said]
        var working = Self.watching()
        _ = working.handle(Self.looked(Self.snapshot { $0.items = [Self.comment] }))
        var ended = Self.watching()
        _ = ended.handle(.stopRequested)
        let table: [(ReviewMachine, [ReviewMachine.Effect?])] = [
            (Self.machine(), [.look(after: .zero), nil, nil, .end(.stopped), nil]),
            (
                Self.watching(),
                [nil, .look(after: .seconds(60)), .look(after: .seconds(60)), .end(.stopped), .goOn([])]
            ),
            (working, [nil, nil, nil, nil, nil]),
            (ended, [nil, nil, nil, nil, nil]),
        ]
        for (machine, effects) in table {
            for (event, effect) in zip(events, effects) {
                var after = machine
                #expect(after.handle(event) == effect, "\(machine.state) \(event)")
                if effect == nil { #expect(after == machine) }
            }
        }
    }

    /// With what came back, where something did; not where no round is left, or nothing is open any more.
    @Test func whatPeopleSayIsARoundOfItsOwn() {
        let green = Self.snapshot { $0.passed = 1 }
        func handle(_ machine: ReviewMachine, _ snapshot: ReviewSnapshot) -> ReviewMachine.Effect? {
            var machine = machine
            return machine.handle(.said(snapshot, at: Self.begin))
        }
        #expect(handle(Self.watching(), green) == .goOn([]))
        #expect(handle(Self.watching(), Self.snapshot { $0.items = [Self.comment] }) == .goOn([Self.comment]))
        #expect(handle(Self.watching(Self.machine(used: 2)), green) == .look(after: .seconds(60)))
        #expect(handle(Self.watching(), Self.snapshot { $0.standing = .merged }) == .end(.merged))
    }

    @Test(arguments: [(ReviewSnapshot.Standing.merged, ReviewEnd.merged), (.closed, .closed)])
    func whatIsNotOpenIsOver(standing: ReviewSnapshot.Standing, end: ReviewEnd) {
        var machine = Self.watching()
        let seen = Self.snapshot {
            $0.standing = standing
            $0.items = [Self.comment]
        }
        #expect(machine.handle(Self.looked(seen)) == .end(end))
    }

    @Test func aCommentIsTakenAtOnceAndAFailureWhenNoCheckRuns() {
        var machine = Self.watching()
        var seen = Self.snapshot {
            $0.pending = 1
            $0.failing = ["ci"]
            $0.items = [Self.failure]
        }
        #expect(machine.handle(Self.looked(seen)) == .look(after: .seconds(60)))
        seen.items.append(Self.comment)
        var other = machine
        #expect(other.handle(Self.looked(seen)) == .goOn([Self.comment]))
        seen.pending = 0
        #expect(machine.handle(Self.looked(seen)) == .goOn([Self.failure, Self.comment]))
    }

    @Test func nothingIsToldTwiceAndNoRoundIsTakenThatIsNotLeft() {
        let seen = Self.snapshot { $0.items = [Self.comment] }
        var told = Self.watching(Self.machine(told: ["comment:1"]))
        #expect(told.handle(Self.looked(seen)) == .look(after: .seconds(60)))
        var used = Self.watching(Self.machine(rounds: 2, used: 2))
        #expect(used.handle(Self.looked(seen)) == .end(.roundsUsed(open: 1)))
    }

    @Test func aFloodIsToldInParts() {
        var machine = Self.watching()
        let flood = (1...50).map { ReviewItem(id: "comment:\($0)", kind: .comment, author: "eve", text: "x") }
        #expect(machine.handle(Self.looked(Self.snapshot { $0.items = flood })) == .goOn(Array(flood.prefix(20))))
    }

    @Test func greenIsBelievedWhenItIsSeenTwice() {
        var machine = Self.watching()
        let green = Self.snapshot { $0.passed = 1 }
        #expect(machine.handle(Self.looked(green)) == .look(after: .seconds(60)))
        var interrupted = machine
        #expect(interrupted.handle(Self.looked(Self.snapshot { $0.pending = 1 })) == .look(after: .seconds(60)))
        #expect(interrupted.handle(Self.looked(green)) == .look(after: .seconds(60)))
        #expect(machine.handle(Self.looked(green)) == .end(.green))
    }

    /// Whoever has no checks waits for people.
    @Test func nothingAtAllIsNotGreen() {
        var machine = Self.watching()
        for second in 1...10 {
            #expect(machine.handle(Self.looked(Self.snapshot(), second)) == .look(after: .seconds(60)))
        }
        let approved = Self.snapshot { $0.isApproved = true }
        #expect(machine.handle(Self.looked(approved, 11)) == .look(after: .seconds(60)))
        #expect(machine.handle(Self.looked(approved, 12)) == .end(.green))
    }

    @Test func checksThatFailStillAreLeft() {
        var machine = Self.watching(Self.machine(used: 1, told: ["check:1"]))
        let seen = Self.snapshot {
            $0.failing = ["ci"]
            $0.items = [Self.failure]
        }
        #expect(machine.handle(Self.looked(seen)) == .look(after: .seconds(60)))
        #expect(machine.handle(Self.looked(seen)) == .end(.leftFailing(["ci"])))
    }

    @Test func patienceEnds() {
        var machine = Self.watching()
        let open = Self.snapshot { $0.pending = 1 }
        #expect(machine.handle(Self.looked(open, 3590)) == .look(after: .seconds(10)))
        #expect(machine.handle(Self.looked(open, 3600)) == .end(.patienceOver))
    }

    @Test func troubleIsBorneWithLongerAndLongerPauses() {
        var machine = Self.watching()
        let failed = ReviewMachine.Event.lookFailed(.unavailable(message: "x"), at: Self.begin)
        let pauses = (1...6).map { _ in machine.handle(failed) }
        #expect(pauses == [60, 120, 240, 480, 900, 900].map { .look(after: .seconds($0)) })
        let limited = ReviewMachine.Event.lookFailed(.limited(wait: .seconds(300)), at: Self.begin)
        #expect(machine.handle(limited) == .look(after: .seconds(300)))
        #expect(machine.handle(Self.looked(Self.snapshot())) == .look(after: .seconds(60)))
        #expect(machine.handle(failed) == .look(after: .seconds(60)))
    }

    @Test func aNoIsFinal() {
        var machine = Self.watching()
        let no = ForgeFailure.refused(status: 401, message: "Bad credentials")
        #expect(machine.handle(.lookFailed(no, at: Self.begin)) == .end(.refused(no)))
    }
}

struct PushPlanTests {
    private static func commit(_ digit: Character) throws -> CommitID {
        try #require(CommitID(rawValue: String(repeating: digit, count: 40)))
    }

    @Test func nothingOfAnybodyElseIsOverwritten() throws {
        let (new, old, begun, other) = (
            try Self.commit("1"), try Self.commit("2"), try Self.commit("3"), try Self.commit("4")
        )
        let fresh = ForgeRecord(remote: "origin", branch: "b")
        #expect(PushPlan.decide(new, tip: nil, own: fresh) == .push(lease: nil))
        #expect(PushPlan.decide(new, tip: new, own: fresh) == .upToDate)
        #expect(PushPlan.decide(new, tip: other, own: fresh) == .taken)
        var known = fresh
        known.pushed = old
        #expect(PushPlan.decide(new, tip: nil, own: known) == .moved)
        #expect(PushPlan.decide(new, tip: old, own: known) == .push(lease: old))
        #expect(PushPlan.decide(new, tip: other, own: known) == .moved)
        // makima died between the push and its record.
        known.pushing = begun
        #expect(PushPlan.decide(new, tip: begun, own: known) == .push(lease: begun))
        var first = fresh
        first.pushing = begun
        #expect(PushPlan.decide(new, tip: begun, own: first) == .push(lease: begun))
        #expect(PushPlan.decide(new, tip: nil, own: first) == .push(lease: nil))
    }
}
