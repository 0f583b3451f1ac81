import Domain
import Fleet
import Testing

/// Where people are told that a task stands in its contract.
struct MemberStandingTests {
    private let leader = ContractStage.leader

    private func words(_ task: TaskID, _ stage: ContractStage) -> String {
        ContractRules.standing(of: task, in: stage.contract, stage.view).joined(separator: "\n")
    }

    private func expect(_ task: TaskID, _ stage: ContractStage, _ parts: String...) {
        let text = words(task, stage)
        for part in parts { #expect(text.contains(part), "\(text)") }
    }

    @Test func aParkedSupervisorSaysForWhomItWaitsAndUntilWhen() {
        var stage = ContractStage()
        let (one, two) = (stage.add(2, "one"), stage.add(3, "two"))
        stage.set(one, .running)
        stage.set(two, .done, .completed(.verified))
        stage.park(leader, .dependency, WaitWish(until: stage.now + .seconds(3600)))
        expect(
            leader,
            stage,
            "when all of these tasks have stopped",
            "costs nothing meanwhile: 'one' (running).",
            "1 of 2 have stopped.",
            "It is woken at \((stage.now + .seconds(3600)).formattedUTC) at the latest."
        )
        #expect(stage.call(.merge(task: "two")) == nil)
        stage.park(leader, .dependency, WaitWish([two], any: true))
        expect(leader, stage, "the first of these tasks has stopped", "'two' (done, in the merge queue)")
        #expect(!words(leader, stage).contains("'one'"))
        stage.set(leader, .running)
        #expect(words(leader, stage).isEmpty)
    }

    @Test func aClaimIsLookedAt() {
        var stage = ContractStage()
        stage.contract.limits.maxClaims = 2
        stage.park(leader, .acceptance, nil)
        expect(leader, stage, "runs the checks of the goal on 'main'", "costs nothing")
        stage.contract.members[leader]?.claims = 1
        expect(leader, stage, "in vain once; 2 are allowed")
        stage.contract.members[leader]?.claims = 2
        expect(leader, stage, "not asked any more", "makima contract resume")
    }

    private func returned(_ outcome: MergeEntryOutcome?, paths: [String] = []) -> (ContractStage, TaskID) {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        guard let outcome else {
            stage.answer(.checksFailed(targetFails: false))
            return (stage, one)
        }
        let entries = [MergeEntryReport(one, outcome)]
        let report = MergeReport(.unchanged, before: Sample.commit, after: Sample.commit, entries: entries)
        stage.advance(["main": .report(report, batch: 1)])
        return (stage, one)
    }

    @Test func whatCameBackSaysWhyAndHowOften() {
        for (outcome, why) in [
            (MergeEntryOutcome.conflict(paths: ["a", "b"]), "it is in conflict with the branch in a, b."),
            (.outside(paths: ["c"]), "it changes what the task must not touch: c."), (.missing, "it was not found"),
            (nil, "on top of 'main' these checks do not pass: test."),
        ] as [(MergeEntryOutcome?, String)] {
            let (stage, one) = returned(outcome)
            expect(one, stage, "came back from the merge into 'main' once, 3 are allowed: \(why)", "Its agent is told")
        }
        var (stage, one) = returned(nil)
        stage.set(one, .blocked, .blocked(.question(text: "which?")))
        expect(one, stage, "It stopped since")
        stage.contract.limits.maxReturns = 0
        expect(one, stage, "does not go on by itself", "--max-returns 2")
    }

    @Test func whatWaitsForTheQueueSaysForWhat() {
        var stage = ContractStage(isGraph: true)
        stage.contract.limits.maxBatch = 2
        let tasks = (2..<6).map { stage.add($0, "t\($0)", merging: .whenDone) }
        for task in tasks { stage.set(task, .done, .completed(.verified)) }
        stage.advance()
        let order = stage.contract.queues["main"].map { ($0.batch?.entries ?? []) + $0.waiting }?.map(\.task) ?? []
        #expect(order.count == 4)
        expect(
            order[0],
            stage,
            "being merged into 'main'",
            "together with that of '\(stage.contract.name(of: order[1]))'"
        )
        let batch = order.prefix(2).map { "'\(stage.contract.name(of: $0))'" }.joined(separator: ", ")
        expect(order[2], stage, "in the merge queue of 'main': it is next, after \(batch), which are being merged.")
        expect(order[3], stage, "1 is before it, after")
        stage.advance(["main": .report(.conflicts(order.prefix(2)), batch: 1)])
        expect(order[1], stage, "as that of '\(stage.contract.name(of: order[0]))' is, which is being mended")
        stage.answer(.checksFailed(targetFails: true))
        expect(order[2], stage, "That queue stands still. 'main' fails without any new work: test.", "Mend the branch")
    }

    @Test func whatIsMergedOrOverSaysSo() {
        var stage = ContractStage()
        let (one, two) = (stage.add(2, "one"), stage.add(3, "two"))
        stage.set(one, .done, .completed(.verified))
        expect(one, stage, "'lead', which leads it, decides whether its work is merged.")
        stage.contract.members[one]?.merge = .merged(Sample.commit)
        stage.contract.state = .stopped
        expect(one, stage, "Its work is in 'main' as \(Sample.commit.short).")
        expect(two, stage, "Its contract is 'stopped': A person stopped it.")
    }
}
