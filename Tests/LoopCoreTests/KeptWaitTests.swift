import Domain
import LoopCore
import Testing

/// Ends of waits, and what is left of them for a later process.
struct KeptWaitTests {
    private let now = Timestamp(millisecondsSince1970: 1_772_000_000_000)

    private func end(_ delay: WaitDelay, jitter: Double = 0) -> Duration { delay.end(from: now, jitter: jitter) - now }

    @Test func aWaitLastsUntilTheStatedTimeAndAtMostAMinuteMore() {
        let reset = WaitDelay.until(now + .seconds(3600), atLeast: .seconds(60))
        #expect(end(reset) == .seconds(3600))
        #expect(end(reset, jitter: 0.5) == .seconds(3630))
        #expect(end(.backoff(.seconds(100))) == .seconds(100))
        #expect(end(.backoff(.seconds(100)), jitter: 1) == .seconds(125))
        #expect(end(.at(now + .seconds(7), stated: nil), jitter: 1) == .seconds(7))
    }

    @Test(arguments: [Int64.min, -1, 0, 1_771_999_999_999, 1_772_000_000_000, 1_772_000_059_999])
    func aPastResetIsNotRushedAt(milliseconds: Int64) {
        let reset = Timestamp(millisecondsSince1970: milliseconds)
        #expect(end(.until(reset, atLeast: .seconds(60))) == .seconds(60))
    }

    @Test func aResetMoreThanEightDaysAheadIsNotBelieved() {
        let week = Duration.seconds(8 * 86_400)
        #expect(end(.until(now + week, atLeast: .zero)) == week)
        for far in [now + week + .milliseconds(1), Timestamp(millisecondsSince1970: .max)] {
            let delay = WaitDelay.until(far, atLeast: .seconds(60))
            #expect(end(delay) == .seconds(86_400))
            #expect(end(delay, jitter: 1) == .seconds(86_460))
            #expect(delay.until == far)
        }
    }

    // MARK: - The rest of a wait

    private func task(_ reason: Reason?, wait: TaskWait? = nil) -> TaskRecord {
        var task = TaskRecord(spec: .sample, createdAt: now)
        task.reason = reason
        task.wait = wait
        return task
    }

    /// Began a minute ago, and lasts a minute more.
    private var wait: TaskWait {
        TaskWait(
            .overloaded,
            from: now + .seconds(-60),
            until: now + .seconds(60),
            stated: now + .seconds(50),
            attempt: 3
        )
    }

    @Test(arguments: [InterruptCause.person, .ownerDied])
    func anInterruptedWaitGoesOnToItsTime(cause: InterruptCause) {
        let task = task(.interrupted(cause), wait: wait)
        let rest = KeptWait.rest(of: task, at: now, jitter: 1)
        #expect(
            rest
                == AccountHold(
                    .overloaded,
                    from: now + .seconds(-60),
                    until: now + .seconds(60),
                    stated: now + .seconds(50)
                )
        )
        #expect(KeptWait.rest(of: task, at: now + .seconds(60), jitter: 1) == nil)
        #expect(KeptWait.rest(of: task, at: now + .seconds(59), jitter: 1)?.until == now + .seconds(60))
        #expect(KeptWait.rest(of: self.task(.interrupted(cause)), at: now, jitter: 1) == nil)
    }

    @Test func aClockThatWasSetBackMakesNoWaitLonger() {
        let yesterday = now + .seconds(-86_400)
        let rest = KeptWait.rest(of: task(.interrupted(.ownerDied), wait: wait), at: yesterday, jitter: 0)
        #expect(rest?.until == yesterday + .seconds(120))
        #expect(rest?.since == yesterday)
    }

    @Test func aStatedResetIsHonouredByWhoeverDidNotWantToWait() {
        let task = task(.waiting(.usageLimit, until: now + .seconds(600)))
        let rest = KeptWait.rest(of: task, at: now, jitter: 0.5)
        #expect(rest?.until == now + .seconds(630))
        #expect(rest?.stated == now + .seconds(600))
        #expect(KeptWait.rest(of: task, at: now + .seconds(600), jitter: 0.5) == nil)
        #expect(KeptWait.rest(of: self.task(.waiting(.usageLimit, until: nil)), at: now, jitter: 0) == nil)
        let far = self.task(.waiting(.usageLimit, until: Timestamp(millisecondsSince1970: .max)))
        #expect(KeptWait.rest(of: far, at: now, jitter: 0)?.until == now + .seconds(86_400))
    }

    @Test func aClockThatWasSetBackMakesNoStatedWaitLonger() {
        let task = task(.waiting(.usageLimit, until: now + .seconds(3600)))
        let past = now + .seconds(-3 * 86_400)
        #expect(KeptWait.rest(of: task, at: past, jitter: 0)?.until == past + .seconds(3600))
        #expect(KeptWait.rest(of: task, at: past, jitter: 1)?.until == past + .seconds(3660))
        var late = task
        late.updatedAt = now + .seconds(3600)
        #expect(KeptWait.rest(of: late, at: past, jitter: 0) == nil)
    }

    @Test func otherStopsLeaveNothingToWaitFor() {
        #expect(KeptWait.rest(of: task(.stalled(.noChange(iterations: 3)), wait: wait), at: now, jitter: 0) == nil)
        #expect(KeptWait.rest(of: task(nil, wait: wait), at: now, jitter: 0) == nil)
    }
}
