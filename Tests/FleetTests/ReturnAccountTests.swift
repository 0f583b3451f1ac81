import Domain
import Fleet
import Testing

/// What is told of work that came back: which return it is, and what it is in conflict with.
struct ReturnAccountTests {
    private func returned(_ rivals: [MergeRival], _ outcome: MergeEntryOutcome = .conflict(paths: ["a"])) -> (
        ContractStage, TaskID
    ) {
        var stage = ContractStage(isGraph: true)
        let (one, two) = (stage.add(2, "one", merging: .whenDone), stage.add(3, "two"))
        stage.contract.members[two]?.merge = .merged(Sample.commit)
        stage.set(one, .running)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        let entry = MergeEntryReport(one, outcome, rivals: rivals)
        let report = MergeReport(.unchanged, before: Sample.commit, after: Sample.commit, entries: [entry])
        stage.advance(["main": .report(report, batch: 1)])
        return (stage, one)
    }

    @Test func theTimelineHasTheCountAndWhatChangedTheSame() {
        let rivals = [MergeRival(Sample.commit, task: Sample.id(3)), MergeRival(Sample.commit)]
        let (stage, one) = returned(rivals)
        let cause = ReturnCause.conflict(paths: ["a"], onto: Sample.commit)
        let account = ReturnAccount(number: 1, most: 3, rivals: rivals)
        #expect(stage.notes.contains(.returned(one, cause, account)))
        let words = ContractRules.standing(of: one, in: stage.contract, stage.view).joined(separator: " ")
        #expect(
            words.contains("in conflict with the branch in a, which 'two', commit \(Sample.commit.short) changed."),
            "\(words)"
        )
    }

    @Test func onlyAConflictHasRivals() {
        let (stage, one) = returned([MergeRival(Sample.commit)], .outside(paths: ["a"]))
        #expect(stage.notes.contains(.returned(one, .outside(paths: ["a"]), ReturnAccount(number: 1, most: 3))))
    }

    @Test func whoMendsItIsToldToCommitFirst() {
        let (stage, _) = returned([])
        guard case .wake(let text)? = stage.contract.due.first?.kind else { return #expect(Bool(false)) }
        let parts = text.split(separator: "'git merge \(Sample.commit.rawValue)'")
        #expect(parts.count == 2 && parts[0].contains("git status") && parts[0].contains("git commit -m"), "\(text)")
    }
}
