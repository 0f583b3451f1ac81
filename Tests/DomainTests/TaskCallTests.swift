import Domain
import Testing

struct TaskCallTests {
    @Test func aTaskWithIterationsLeftIsGoneOnWithAsItIs() {
        #expect(TaskCall("k3v9", used: 3, limit: 10, ceiling: 50).resume == "makima resume k3v9")
        #expect(TaskCall("k3v9").wayOn == "Go on with 'makima resume k3v9'.")
    }

    @Test(arguments: [(1, 1, 2), (3, 3, 6), (30, 30, 50), (4, 3, 6), (9, 3, 10)])
    func aTaskAtItsLimitNeedsAHigherOne(used: Int, limit: Int, next: Int) {
        let call = TaskCall("k3v9", used: used, limit: limit, ceiling: 50)
        #expect(call.resume == "makima resume k3v9 --max-iterations \(next)")
        #expect(call.wayOn == "Go on with '\(call.resume)'.")
    }

    @Test func atTheCeilingTheCeilingIsRaisedFirst() {
        let call = TaskCall("k3v9", used: 50, limit: 50, ceiling: 50)
        #expect(call.wayOn.contains("hard_limit"))
        #expect(call.wayOn.contains("'makima resume k3v9 --max-iterations 100'"))
    }

    @Test func anInterruptionInTheLastIterationNamesTheHigherLimit() {
        let call = TaskCall("k3v9", used: 1, limit: 1, ceiling: 50)
        let hint = Reason.interrupted(.ownerDied).explanation(task: call).hint
        #expect(hint == "Go on with 'makima resume k3v9 --max-iterations 2'.")
    }
}
