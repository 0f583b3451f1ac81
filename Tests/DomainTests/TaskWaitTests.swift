import Domain
import Testing

/// What people are told about a wait, also when nobody waits any more.
struct TaskWaitTests {
    private let until = Timestamp(millisecondsSince1970: 1_772_373_909_000)
    private var wait: TaskWait { TaskWait(.usageLimit, from: until, until: until, attempt: 2) }

    @Test func saysWhatTheTaskDoes() {
        #expect(
            wait.sentence
                == "The account's allowance is used up; it goes on by itself at \(until.formattedUTC), with try 2 of the iteration."
        )
        #expect(wait.with(.standsBy).sentence.contains("another task of the same account tries now"))
        #expect(wait.with(.probes).sentence.contains("this task tries whether that is over"))
    }

    @Test func showsAResetThatIsNotBelieved() {
        var far = wait
        far.stated = until + .seconds(864_000)
        #expect(
            far.sentence.hasSuffix(
                "The service states \((until + .seconds(864_000)).formattedUTC), which is too far "
                    + "ahead to be believed."
            )
        )
        far.stated = until
        #expect(far.sentence == wait.sentence)
    }

    @Test func whoeverWaitedAndIsGoneIsNamedAsGone() {
        let call = TaskCall("k3v9", wait: wait)
        let died = Reason.interrupted(.ownerDied).explanation(task: call)
        #expect(
            died.sentence
                == "It was waiting until \(until.formattedUTC) (usage_limit); the makima process that waited is gone."
        )
        let hint = "Go on with 'makima resume k3v9', which waits for the rest of that; '--now' tries at once."
        #expect(died.hint == hint)
        let stopped = Reason.interrupted(.person).explanation(task: call)
        #expect(stopped.sentence.contains("while it was waiting until \(until.formattedUTC)"))
        #expect(Reason.interrupted(.person).explanation(task: "k3v9").sentence.contains("waiting") == false)
    }
}
