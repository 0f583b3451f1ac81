import Domain
import Fleet
import Testing

/// The beginnings and ends of tasks in the timeline.
struct ContractMovesTests {
    private let leader = ContractStage.leader

    private func graph() -> (ContractStage, TaskID) {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one")
        return (stage, one)
    }

    private func accept(_ task: TaskID, in stage: inout ContractStage) {
        stage.set(task, .running)
        stage.tasks[task]?.assignment?.isAccepted = true
    }

    @Test func eachIsToldOnceHoweverOftenItIsLookedAt() {
        var (stage, one) = graph()
        stage.advance()
        stage.set(one, .running)
        stage.advance()
        #expect(stage.moves.isEmpty, "The daemon has not said that it has it.")
        accept(one, in: &stage)
        stage.advance()
        stage.advance()
        #expect(stage.moves == [.taskBegan(one, daemon: Sample.daemon(), attempt: 1)])
        stage.set(one, .blocked, .blocked(.question(text: "which?")))
        stage.advance()
        stage.advance()
        #expect(stage.moves.dropFirst() == [.taskEnded(one, .blocked, reason: "question")])
        accept(one, in: &stage)
        stage.advance()
        #expect(stage.moves.last == .taskBegan(one, daemon: Sample.daemon(), attempt: 2))
    }

    @Test func whatBeganAndEndedBetweenTwoLooksIsToldTogether() {
        var (stage, one) = graph()
        accept(one, in: &stage)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        #expect(stage.moves.count == 2 && stage.moves.last == .taskEnded(one, .done, reason: "verified"))
    }

    @Test func anAttemptThatNobodyTookIsNotTold() {
        var (stage, one) = graph()
        stage.set(one, .running)
        stage.set(one, .pending)
        stage.advance()
        #expect(stage.moves.isEmpty)
    }

    @Test func aLostDaemonIsToldOfTasksAndASupervisorIsBegunAnew() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        for task in [one, leader] { accept(task, in: &stage) }
        stage.advance()
        for task in [one, leader] {
            stage.set(task, .pending)
            stage.tasks[task]?.losses = 1
        }
        stage.moves = []
        stage.advance()
        stage.advance()
        #expect(stage.moves == [.taskLost(one, attempt: 1)])
        #expect(stage.notes == [.respawned(leader, attempt: 2)])
    }

    @Test func whoIsParkedHasNotEndedAndWhoClaimsIsTold() {
        var stage = ContractStage()
        _ = stage.add(2, "one")
        stage.park()
        stage.advance()
        #expect(stage.moves.count == 1, "\(stage.moves)")
        accept(leader, in: &stage)
        stage.park(leader, .acceptance, nil)
        stage.advance()
        #expect(stage.moves.last == .taskEnded(leader, .waiting, reason: "acceptance"))
    }

    @Test func ofAnEarlierVersionsContractOnlyWhatComesIsTold() {
        var (stage, one) = graph()
        accept(one, in: &stage)
        stage.contract.members[one]?.begun = nil
        stage.contract.members[one]?.ended = nil
        stage.advance()
        #expect(stage.moves.isEmpty && stage.contract.members[one]?.begun == 1)
        stage.set(one, .failed)
        stage.advance()
        #expect(stage.moves == [.taskEnded(one, .failed, reason: nil)])
    }

    @Test func whatEndsAfterItsContractIsTold() {
        var (stage, one) = graph()
        accept(one, in: &stage)
        stage.advance()
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        stage.set(one, .interrupted, .interrupted(.person))
        stage.advance()
        #expect(stage.moves.last == .taskEnded(one, .interrupted, reason: "person"))
        stage.tasks[one] = nil
        stage.contract.members[one]?.begun = 2
        stage.advance()
        #expect(stage.contract.members[one]?.ended == 2, "Nobody waits for what is forgotten.")
    }
}
