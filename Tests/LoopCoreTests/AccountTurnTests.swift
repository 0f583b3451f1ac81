import Domain
import LoopCore
import Testing

/// Whether a task may start its agent, for every combination of what is known about the account.
struct AccountTurnTests {
    private static let now = Timestamp(millisecondsSince1970: 1_772_000_000_000)
    private static let task = TaskSpec.sample.id
    private static let second = Duration.seconds(1)

    /// A limit that was learned `ago` and lasts until `left` from now on.
    private static func wait(left: Duration, ago: Duration = .seconds(60), probed: Duration? = nil) -> AccountWait {
        let zero = Duration.zero
        var wait = AccountWait(
            .usageLimit,
            from: now + (zero - ago),
            until: now + left,
            stated: now + .seconds(99),
            learnedBy: task
        )
        wait.probe = probed.map { AccountWait.Probe(task: task, began: now + (zero - $0)) }
        return wait
    }

    private static func hold(_ left: Duration, ago: Duration = .seconds(60), isProbed: Bool = false) -> AccountTurn {
        let since = now + (Duration.zero - ago)
        var hold = AccountHold(.usageLimit, from: since, until: now + left, stated: now + .seconds(99))
        hold.isProbed = isProbed
        return .hold(hold)
    }

    @Test(
        arguments: [
            (nil, false, AccountTurn.start),
            (nil, true, .start),
            // Its time is ahead.
            (wait(left: second), false, hold(second)),
            (wait(left: second), true, hold(second)),
            (wait(left: .milliseconds(1), probed: .seconds(500)), true, hold(.milliseconds(1))),
            // Its time is over.
            (wait(left: .zero), false, .probe),
            (wait(left: .zero), true, hold(.seconds(120), isProbed: true)),
            (wait(left: .zero - second, probed: .zero), true, hold(.seconds(120), isProbed: true)),
            (wait(left: .zero, probed: .seconds(119)), true, hold(second, isProbed: true)),
            (wait(left: .zero, probed: .seconds(120)), true, .start),
            (wait(left: .zero, probed: .seconds(119)), false, .probe),
            (wait(left: .zero, probed: .seconds(7200)), false, .probe),
            // The clock was set back: in the probe, a little, and far.
            (wait(left: .zero, probed: .zero - .seconds(3600)), true, hold(.seconds(120), isProbed: true)),
            (wait(left: second, ago: .zero - .seconds(300)), false, hold(second, ago: .zero - .seconds(300))),
            (wait(left: .seconds(9999), ago: .zero - .seconds(301)), false, .probe),
            (
                wait(left: .seconds(9999), ago: .zero - .seconds(301)), true,
                hold(
                    .seconds(120),
                    ago: .zero - .seconds(301),
                    isProbed: true
                )
            ),
        ] as [(AccountWait?, Bool, AccountTurn)]
    )
    func decides(wait: AccountWait?, isProbed: Bool, turn: AccountTurn) {
        #expect(AccountTurn.decide(wait, isProbed: isProbed, at: Self.now) == turn)
    }

    // MARK: - What an end teaches

    private static let limits: [(IterationEnd, WaitCause, Int)] = [
        (.usageLimit(resetsAt: nil), .usageLimit, 300),
        (.usageLimit(resetsAt: now + .seconds(3600)), .usageLimit, 3600),
        (.usageLimit(resetsAt: now), .usageLimit, 60),
        (.rateLimited(retryAfter: nil), .rateLimited, 5),
        (.rateLimited(retryAfter: .seconds(700)), .rateLimited, 700),
        (.overloaded, .overloaded, 5),
        (.network(message: "x"), .network, 5),
    ]

    @Test(arguments: limits)
    func aLimitIsTold(end: IterationEnd, cause: WaitCause, seconds: Int) {
        for wasStopped in [false, true] {
            let lesson = AccountLesson.from(end, own: nil, wasStopped: wasStopped, at: Self.now)
            guard case .limited(cause, Self.now + .seconds(seconds), _) = lesson else {
                Issue.record("\(lesson)")
                continue
            }
        }
    }

    @Test func theOthersWaitAsThisOneDoesButNotLongForAServiceThatFails() {
        let own = TaskWait(.overloaded, from: Self.now, until: Self.now + .seconds(300))
        for (end, seconds) in [
            (IterationEnd.usageLimit(resetsAt: nil), 300), (.rateLimited(retryAfter: nil), 300), (.overloaded, 60),
            (.network(message: "x"), 60),
        ] {
            let lesson = AccountLesson.from(end, own: own, wasStopped: false, at: Self.now)
            guard case .limited(_, Self.now + .seconds(seconds), _) = lesson else {
                Issue.record("\(lesson)")
                continue
            }
        }
    }

    @Test(arguments: [
        IterationEnd.ok, .agentError(message: "x"), .authentication(message: "x"), .billing(message: "x"),
        .contextOverflow, .unusableSession, .permissionDenied(what: "x"), .question(text: "?"),
        .permissionAsked(question: 1, what: "x"), .timeout(.toolCall),
    ])
    func anAnswerIsOneUnlessAPersonWantedTheEnd(end: IterationEnd) {
        #expect(AccountLesson.from(end, own: nil, wasStopped: false, at: Self.now) == .answered)
        #expect(AccountLesson.from(end, own: nil, wasStopped: true, at: Self.now) == .nothing)
    }

    @Test(arguments: [
        IterationEnd.incomplete, .killed(signal: 9), .launchFailure(message: "x"), .silentLaunchFailure(message: "x"),
        .stall, .timeout(.firstOutput), .timeout(.iteration), .timeout(.timeBudget),
    ])
    func anEndWithoutAnAnswerSaysNothing(end: IterationEnd) {
        #expect(AccountLesson.from(end, own: nil, wasStopped: false, at: Self.now) == .nothing)
    }
}

/// What a waiting task does, for every role, turn and side of its time.
struct WaitStepTests {
    private static let then = Timestamp(millisecondsSince1970: 7)
    private static let timed = AccountHold(.usageLimit, from: then, until: then)
    private static let probed: AccountHold = {
        var hold = timed
        hold.isProbed = true
        return hold
    }()
    private static let ahead = Duration.milliseconds(1)

    @Test(arguments: [
        (TaskWait.Role.waits, ahead, AccountTurn.start, WaitStep.goOn(isSpread: true)),
        (.waits, ahead, .probe, .sleep(ahead)),
        (.waits, .seconds(61), .probe, .sleep(.seconds(60))),
        (.waits, ahead, .hold(timed), .sleep(ahead)),
        (.waits, .seconds(61), .hold(probed), .sleep(.seconds(60))),
        (.waits, .zero, .start, .goOn(isSpread: false)),
        (.waits, .zero, .probe, .goOn(isSpread: false)),
        (.waits, .zero - ahead, .probe, .goOn(isSpread: false)),
        (.waits, .zero, .hold(timed), .hold(timed)),
        (.waits, .zero, .hold(probed), .hold(probed)),
        (.probes, ahead, .start, .goOn(isSpread: true)),
        (.probes, ahead, .probe, .sleep(ahead)),
        (.probes, .zero, .probe, .goOn(isSpread: false)),
        (.probes, ahead, .hold(timed), .sleep(ahead)),
        (.probes, .zero, .hold(timed), .hold(timed)),
        (.standsBy, ahead, .start, .goOn(isSpread: true)),
        (.standsBy, .zero, .start, .goOn(isSpread: true)),
        (.standsBy, ahead, .probe, .goOn(isSpread: false)),
        (.standsBy, .zero, .probe, .goOn(isSpread: false)),
        (.standsBy, ahead, .hold(timed), .hold(timed)),
        (.standsBy, .zero, .hold(timed), .hold(timed)),
        (.standsBy, ahead, .hold(probed), .sleep(.seconds(2))),
        (.standsBy, .zero, .hold(probed), .sleep(.seconds(2))),
    ])
    func step(_ role: TaskWait.Role, left: Duration, turn: AccountTurn, then step: WaitStep) {
        #expect(WaitStep.next(role, left: left, turn: turn) == step)
    }
}
