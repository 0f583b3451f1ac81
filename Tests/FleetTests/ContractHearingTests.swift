import Domain
import Fleet
import Testing

/// What is said to a supervisor that waits.
struct ContractHearingTests {
    private let leader = ContractStage.leader

    /// A contract whose one task is at work, and whose supervisor waits for that long.
    private func waiting(_ cause: WaitCause = .dependency) -> ContractStage {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        if cause == .acceptance {
            stage.set(one, .done, .completed(.verified))
            stage.contract.members[one]?.merge = .merged(nil)
        } else {
            stage.set(one, .running)
        }
        stage.park(leader, cause, cause == .dependency ? WaitWish([one]) : nil)
        stage.advance()
        return stage
    }

    private func wake(_ stage: ContractStage) -> String? {
        guard case .wake(let text)? = stage.contract.due.first(where: { $0.task == leader })?.kind else { return nil }
        return text
    }

    @Test func itIsWokenFromItsWait() throws {
        var stage = waiting()
        #expect(wake(stage) == nil)
        stage.words[leader] = ContractRules.Words(end: 7, areUnheard: true)
        stage.advance()
        let text = try #require(wake(stage))
        #expect(text.contains("said to you while you waited") && text.contains("one ("), "\(text)")
        #expect(stage.notes.last == .woken(leader) && stage.contract.members[leader]?.wait == nil)
    }

    /// A daemon that delivers nothing must not have it begun again and again.
    @Test func eachWordWakesOnce() {
        var stage = waiting()
        for (end, wakes) in [(7, true), (7, false), (8, true), (8, false)] {
            stage.words[leader] = ContractRules.Words(end: end, areUnheard: true)
            stage.advance()
            #expect((wake(stage) != nil) == wakes, "\(end)")
            stage.carryOutOrders()
            stage.set(leader, .running)
            stage.park(leader)
            stage.advance()
        }
    }

    @Test func whatItHasHeardDoesNotWakeIt() {
        var stage = waiting()
        stage.words[leader] = ContractRules.Words(end: 7, areUnheard: false)
        stage.advance()
        #expect(wake(stage) == nil && stage.contract.members[leader]?.heard == 7)
    }

    /// Its tasks are done, and the checks would pass: it is asked again all the same.
    @Test func theGoalIsNotReachedBeforeItHasHeard() throws {
        var stage = waiting(.acceptance)
        #expect(stage.contract.queues["main"]?.batch?.isVerification == true)
        stage.words[leader] = ContractRules.Words(end: 7, areUnheard: true)
        stage.advance()
        #expect(try #require(wake(stage)).contains("before that was decided"))
        #expect(stage.contract.verification == nil && stage.contract.state == .working)
        stage.answer(.unchanged)
        #expect(stage.contract.state == .working)
        stage.carryOutOrders()
        stage.set(leader, .running)
        stage.words[leader]?.areUnheard = false
        stage.park(leader, .acceptance, nil)
        stage.advance()
        stage.answer(.unchanged)
        #expect(stage.contract.state == .done(.verified))
    }

    /// Who has claimed in vain too often, and is then told what to do, may claim anew.
    @Test func aWordAllowsNewClaims() {
        var stage = waiting(.acceptance)
        stage.contract.members[leader]?.claims = stage.contract.limits.maxClaims
        stage.advance()
        #expect(stage.contract.state == .blocked(.claimsUsed(5)))
        stage.words[leader] = ContractRules.Words(end: 7, areUnheard: true)
        stage.advance()
        #expect(stage.contract.state == .working && wake(stage) != nil)
        #expect(stage.contract.members[leader]?.claims == 0)
    }

    @Test(arguments: [WaitCause.answer, .usageLimit])
    func whoWaitsForSomethingElseIsLeftAlone(cause: WaitCause) {
        var stage = waiting()
        stage.park(leader, cause)
        stage.words[leader] = ContractRules.Words(end: 7, areUnheard: true)
        stage.advance()
        #expect(wake(stage) == nil && stage.contract.members[leader]?.heard == nil)
    }

    @Test func inAContractThatIsStoppedNobodyIsWoken() {
        var stage = waiting()
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        stage.words[leader] = ContractRules.Words(end: 7, areUnheard: true)
        stage.advance()
        #expect(wake(stage) == nil)
    }
}
