import Domain
import Fleet
import Store
import Testing
import Wire

@testable import Server

/// Why something happened is in the sentence of a timeline, not only that it did.
struct NoteWordsTests {
    private static let time = Timestamp(millisecondsSince1970: 1_772_000_000_000)

    /// A contract of two tasks, the first of which leads, and them.
    private static func contract() throws -> (Contract, leader: TaskID, one: TaskID) {
        let id = try #require(ContractID(rawValue: "q3w8xk2m5p"))
        var contract = Contract(
            id,
            name: "goal",
            goal: "reach it",
            place: ContractPlace(path: "/repository", targets: ["main"]),
            at: time
        )
        let leader = try #require(TaskID(rawValue: "k7m2q9xw4t"))
        let one = try #require(TaskID(rawValue: "k8m2q9xw4t"))
        contract.members[leader] = ContractMember("lead", role: .supervisor, target: "main")
        contract.members[one] = ContractMember("one", parent: leader, depth: 1, target: "main")
        return (contract, leader, one)
    }

    private static func entry(_ note: ContractNote, _ contract: Contract) -> TimelineEntryView {
        TimelineEntryView(ContractEvent(1, at: time, note), of: contract)
    }

    @Test func workThatCameBackNamesPathsAndChecks() throws {
        let (contract, _, one) = try Self.contract()
        let paths = (1...7).map { "file\($0)" }
        for (cause, why, detail) in [
            (.conflict(paths: ["a", "b"], onto: nil), "it is in conflict with the branch in a, b", nil),
            (
                .outside(paths: paths),
                "it changes what the task must not touch: file1, file2, file3, file4, file5 and 2 more",
                paths.joined(separator: "\n")
            ),
            (.missing, "it was not found in the repository", nil),
            (.checksFailed([], onto: nil), "on top of 'main' these checks do not pass: ", ""),
        ] as [(ReturnCause, String, String?)] {
            let entry = Self.entry(.returned(one, cause, nil), contract)
            #expect(entry.sentence == "The work of 'one' came back: \(why).")
            #expect(entry.detail == detail)
        }
    }

    @Test func whichReturnItIsAndWhomItIsInConflictWithIsTold() throws {
        let (contract, leader, one) = try Self.contract()
        let commit = try #require(CommitID(rawValue: String(repeating: "a", count: 40)))
        let account = ReturnAccount(number: 2, most: 3, rivals: [MergeRival(commit, task: leader), MergeRival(commit)])
        let entry = Self.entry(.returned(one, .conflict(paths: ["a"], onto: nil), account), contract)
        #expect(
            entry.sentence
                == "The work of 'one' came back (return 2 of 3 that are allowed): it is in conflict with the branch in a, which "
                + "'lead', commit \(commit.short) changed."
        )
        #expect(entry.returns == 2 && entry.maxReturns == 3)
        #expect(entry.rivals.map(\.taskId) == [leader.rawValue, nil] && entry.rivals[0].commit == commit.rawValue)
    }

    @Test func aClaimInVainSaysWhatIsMissing() throws {
        let (contract, leader, one) = try Self.contract()
        let claim = "'lead' said that the goal is reached, and it is not"
        for (fault, why) in [
            (.tasksOpen([one]), ": these tasks are neither merged nor stopped: 'one'"),
            (.checksFail(["test", "lint"], isKnown: false), ": these checks do not pass: test, lint"),
            (
                .checksFail(["test"], isKnown: true),
                ": these checks do not pass: test (not run again: nothing has changed since)"
            ), (nil, ""),
        ] as [(ClaimFault?, String)] {
            #expect(Self.entry(.claimRefused(leader, fault), contract).sentence == "\(claim)\(why).")
        }
    }

    @Test func aQueueThatStandsStillSaysWhy() throws {
        let (contract, _, _) = try Self.contract()
        #expect(
            Self.entry(.halted(target: "main", .targetFails(["test"])), contract).sentence
                == "The queue of 'main' stands still. 'main' fails without any new work: test."
        )
    }
}
