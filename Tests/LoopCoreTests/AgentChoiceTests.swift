import Domain
import LoopCore
import Testing

/// Which of several agents works next: every standing of the present one against every standing of another.
struct AgentChoiceTests {
    private static let now = Timestamp(millisecondsSince1970: 1_772_000_000_000)
    private static let long = hold(.usageLimit, .seconds(3600))
    private static let longer = hold(.usageLimit, .seconds(7200))
    private static let brief = hold(.network, .seconds(60))

    private static func hold(_ cause: WaitCause, _ left: Duration) -> AccountHold {
        AccountHold(cause, from: now, until: now + left, stated: nil)
    }

    private static func agent(_ name: String, _ turn: AccountTurn, own: TaskWait? = nil) -> AgentChoice.Candidate {
        AgentChoice.Candidate(name, own: own, turn: turn)
    }

    private static func waits(_ cause: WaitCause, _ left: Duration, since: Duration = .zero) -> TaskWait {
        TaskWait(cause, from: now + since, until: now + left)
    }

    private static func forAll(_ hold: AccountHold, _ agent: String) -> AccountHold {
        var hold = hold
        hold.agent = agent
        return hold
    }

    @Test(
        arguments: [
            // The first choice works.
            (AccountTurn.start, AccountTurn.start, "a", AgentChoice("a")),
            (.probe, .start, "a", AgentChoice("a")),
            (.hold(long), .start, "a", AgentChoice("b", obstacle: long)),
            (.hold(long), .probe, "a", AgentChoice("b", obstacle: long)),
            (.hold(long), .hold(longer), "a", AgentChoice("a", after: forAll(long, "a"), obstacle: long)),
            (.hold(longer), .hold(long), "a", AgentChoice("b", after: forAll(long, "b"), obstacle: longer)),
            (.hold(brief), .start, "a", AgentChoice("a", after: brief, obstacle: brief)),
            (.hold(brief), .hold(long), "a", AgentChoice("a", after: brief, obstacle: brief)),
            // The other one works in its place.
            (.start, .start, "b", AgentChoice("a")),
            (.probe, .start, "b", AgentChoice("a")),
            (.hold(long), .start, "b", AgentChoice("b")),
            (.hold(brief), .start, "b", AgentChoice("b")),
            (.start, .hold(long), "b", AgentChoice("a", obstacle: long)),
            (.start, .hold(brief), "b", AgentChoice("a", obstacle: brief)),
            (.hold(long), .hold(brief), "b", AgentChoice("b", after: brief, obstacle: brief)),
            (.hold(longer), .hold(long), "b", AgentChoice("b", after: forAll(long, "b"), obstacle: long)),
        ] as [(AccountTurn, AccountTurn, String, AgentChoice)]
    )
    func chooses(first: AccountTurn, second: AccountTurn, present: String, choice: AgentChoice) {
        let candidates = [Self.agent("a", first), Self.agent("b", second)]
        #expect(AgentChoice.among(candidates, present: present, at: Self.now) == choice)
    }

    /// Of all that a task may wait for, so long, and with what patience.
    @Test(arguments: [
        (WaitCause.usageLimit, 1, 60, true), (.rateLimited, 60, 60, false), (.rateLimited, 61, 60, true),
        (.overloaded, 60, 60, false), (.overloaded, 61, 60, true), (.network, 60, 60, false), (.network, 61, 60, true),
        (.network, 1, 0, true), (.dependency, 9999, 0, false), (.capacity, 9999, 0, false), (.answer, 9999, 0, false),
    ])
    func onlyALimitOrALongOutageIsWorthAnotherAgent(cause: WaitCause, seconds: Int, patience: Int, takesOver: Bool) {
        let choice = AgentChoice.among(
            [Self.agent("a", .hold(Self.hold(cause, .seconds(seconds)))), Self.agent("b", .start)],
            present: "a",
            patience: .seconds(patience),
            at: Self.now
        )
        #expect((choice.agent == "b" && choice.wait == nil) == takesOver)
    }

    @Test(arguments: [
        // Its own time is ahead, and the account is known to be free, to be tried, or at its limit.
        (waits(.network, .seconds(80)), AccountTurn.start, nil as AccountHold?),
        (waits(.network, .seconds(80)), .probe, hold(.network, .seconds(80))),
        (waits(.network, .seconds(80)), .hold(brief), hold(.network, .seconds(80))),
        (waits(.network, .seconds(80)), .hold(long), long),
        // It is over, or was told by a clock that was set back.
        (waits(.network, .zero), .probe, nil),
        (waits(.network, .zero), .hold(long), long),
        (waits(.network, .seconds(9999), since: .seconds(9999)), .probe, nil),
        // A person was waited for: that says nothing of the agent, whoever has answered.
        (waits(.answer, .seconds(9999)), .probe, nil),
        (waits(.permission, .seconds(9999)), .probe, nil),
        (waits(.answer, .seconds(9999)), .hold(long), long),
    ])
    func whatItWasToldItselfCounts(own: TaskWait, turn: AccountTurn, obstacle: AccountHold?) {
        let candidates = [Self.agent("a", turn, own: own), Self.agent("b", .start)]
        let choice = AgentChoice.among(candidates, present: "a", at: Self.now)
        #expect(choice == AgentChoice(obstacle == nil ? "a" : "b", obstacle: obstacle))
    }

    @Test func theBestOfSeveralTakesOver() {
        let candidates = ["a", "b", "c", "d"]
            .map { name in
                Self.agent(name, name < "c" ? .hold(Self.long) : .start)
            }
        #expect(AgentChoice.among(candidates, present: "a", at: Self.now).agent == "c")
        #expect(AgentChoice.among(candidates, present: "d", at: Self.now).agent == "c")
    }

    @Test func theOneThatStandsByIsNamed() {
        var probed = Self.long
        probed.isProbed = true
        let candidates = [Self.agent("a", .hold(Self.longer)), Self.agent("b", .hold(probed))]
        let wait = AgentChoice.among(candidates, present: "a", at: Self.now).wait
        #expect(wait?.agent == "b" && wait?.isProbed == true)
    }
}
