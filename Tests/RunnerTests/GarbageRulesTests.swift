import Domain
import Testing
import Workspaces

@testable import Runner

/// What is garbage: every kind of thing in every state.
struct GarbageRulesTests {
    private static let now = Timestamp(millisecondsSince1970: 1_772_000_000_000)
    private static let day = Duration.seconds(86400)
    private static let old = Timestamp(millisecondsSince1970: now.millisecondsSince1970 - 14 * 86_400_000)
    private static let young = old + .milliseconds(1)
    private static let until = now + .milliseconds(1)

    private static func rules(_ kept: Duration? = day * 14, isAnyoneAtWork: Bool = false) -> GarbageRules {
        GarbageRules(
            retention: Retention(workspaces: kept, logs: kept),
            now: now,
            isAnyoneAtWork: isAnyoneAtWork
        )
    }

    private static func workspace(
        _ condition: WorkspaceCondition,
        _ hasCheckpoints: Bool = true,
        _ status: TaskStatus = .done,
        isRecorded: Bool = true
    ) -> GarbageFacts {
        .workspace(
            GarbageFacts.WorkspaceFacts(
                status,
                condition,
                hasCheckpoints: hasCheckpoints,
                isRecorded: isRecorded,
                lastUse: old
            )
        )
    }

    private static func output(_ lastUse: Timestamp, isRecorded: Bool = true) -> GarbageFacts {
        .output(lastUse: lastUse, isRecorded: isRecorded)
    }

    private static func unknown(_ condition: WorkspaceCondition, hasOutput: Bool = true) -> GarbageFacts {
        .unknownTask(condition, hasOutput: hasOutput, lastUse: old)
    }

    private static func refs(_ owner: GarbageFacts.RefFacts.Owner, isPinned: Bool) -> GarbageFacts {
        .refs(GarbageFacts.RefFacts(owner: owner, isPinned: isPinned))
    }

    private static let conditions: [WorkspaceCondition] = [
        .absent, .unfinished, .intact, .broken(detail: "gone"), .beingRemoved(checkpoint: 3), .removed(checkpoint: 3),
    ]

    private static let broken = GarbageVerdict.keep(.broken(detail: "gone"))
    private static let unmarked = GarbageVerdict.keep(.broken(detail: "what says that it was made is missing"))

    @Test(
        arguments: [
            (workspace(.absent), .keep(.directoryGone)), (workspace(.absent, false), nil),
            (workspace(.unfinished), unmarked), (workspace(.unfinished, false), .remove(.unfinished)),
            (workspace(.intact), .remove(.retired(.done, since: old))),
            (workspace(.intact, false), .remove(.retired(.done, since: old))),
            (workspace(.broken(detail: "gone")), broken), (workspace(.broken(detail: "gone"), false), broken),
            (workspace(.beingRemoved(checkpoint: 3)), .remove(.interruptedRemoval)),
            (workspace(.beingRemoved(checkpoint: 3), false), .remove(.interruptedRemoval)),
            (workspace(.removed(checkpoint: 3)), nil), (workspace(.removed(checkpoint: 3), false), nil),
            (unknown(.absent), nil), (unknown(.absent, hasOutput: false), .remove(.empty)),
            (unknown(.removed(checkpoint: 3)), nil),
            (unknown(.removed(checkpoint: 3), hasOutput: false), .remove(.empty)),
            (unknown(.unfinished), .keep(.unknown)), (unknown(.broken(detail: "gone")), .keep(.unknown)),
            (unknown(.beingRemoved(checkpoint: 3)), .remove(.interruptedRemoval)),
            (unknown(.intact), .remove(.unknownRetired(since: old))),
            (.unreadableTask(message: "{"), .keep(.unreadableRow(message: "{"))), (.foreign, .keep(.foreign)),
            (output(old), .remove(.oldOutput(since: old))),
            (output(young), .keep(.young(until: until))),
            (.leftover, .remove(.leftover)),
            (.room(isAlive: false), .remove(.deadProcess)), (.room(isAlive: true), .keep(.owned)),
            (.otherVersion(lastUse: old), .remove(.otherVersion)),
            (.otherVersion(lastUse: now), .keep(.mayBeInUse)),
            (refs(.known(.intact), isPinned: true), nil), (refs(.known(.removed(checkpoint: 3)), isPinned: false), nil),
            (refs(.known(.removed(checkpoint: 3)), isPinned: true), .remove(.unneededPin)),
            (refs(.known(.beingRemoved(checkpoint: 3)), isPinned: true), nil),
            (refs(.directoryOnly, isPinned: true), .keep(.goesWithDirectory)),
            (refs(.directoryOnly, isPinned: false), .keep(.goesWithDirectory)),
            (refs(.nobody, isPinned: true), .keep(.pinned)),
            (refs(.nobody, isPinned: false), .keep(.foreignRefs)),
        ] as [(GarbageFacts, GarbageVerdict?)]
    )
    func whatIsOldGoesUnlessSomethingHoldsIt(facts: GarbageFacts, verdict: GarbageVerdict?) {
        #expect(Self.rules().verdict(on: facts, isOwned: false) == verdict)
    }

    @Test(arguments: conditions, [true, false])
    func nothingOfATaskGoesThatSomebodyOwns(condition: WorkspaceCondition, flag: Bool) {
        let rules = Self.rules(.zero)
        let own: [GarbageFacts] = [
            Self.workspace(condition, flag), Self.unknown(condition, hasOutput: flag), Self.output(Self.old),
            .leftover,
            .room(isAlive: flag),
        ]
        for facts in own {
            if case .remove(let cause) = rules.verdict(on: facts, isOwned: true) { Issue.record("\(facts): \(cause)") }
        }
        #expect(rules.verdict(on: Self.workspace(condition, flag), isOwned: true) == .keep(.owned))
    }

    /// What goes all the same is what no agent has worked in, and what was proven to be in the repository before.
    @Test(arguments: conditions, [true, false])
    func withoutARetentionNoWorkGoes(condition: WorkspaceCondition, flag: Bool) {
        let rules = Self.rules(nil)
        for facts in [Self.workspace(condition, flag), Self.unknown(condition, hasOutput: flag)] {
            switch rules.verdict(on: facts, isOwned: false) {
            case .remove(.interruptedRemoval), .remove(.empty), .keep, nil: break
            case .remove(.unfinished): #expect(!flag)
            case .remove(let cause): Issue.record("\(facts): \(cause)")
            }
        }
        #expect(rules.verdict(on: Self.output(Self.old), isOwned: false) == .keep(.noRetention(.logs)))
        #expect(rules.verdict(on: Self.workspace(.intact), isOwned: false) == .keep(.noRetention(.workspaces)))
    }

    /// However old it is: it could not go on without its workspace.
    @Test(arguments: TaskStatus.allCases)
    func onlyWhatIsDoneGoesUnasked(status: TaskStatus) {
        var rules = Self.rules(.zero)
        let facts = Self.workspace(.intact, true, status)
        let retired = GarbageVerdict.remove(.retired(status, since: Self.old))
        #expect(
            rules.verdict(on: facts, isOwned: false) == (status == .done ? retired : .keep(.resumable(status)))
        )
        rules.includesStopped = true
        #expect(rules.verdict(on: facts, isOwned: false) == retired)
    }

    @Test(arguments: [true, false])
    func nothingGoesOfARunThatIsNotRecorded(includesStopped: Bool) {
        var rules = Self.rules(.zero)
        rules.includesStopped = includesStopped
        for status in TaskStatus.allCases {
            let facts = Self.workspace(.intact, true, status, isRecorded: false)
            #expect(rules.verdict(on: facts, isOwned: false) == .keep(.unrecorded))
        }
        #expect(rules.verdict(on: Self.output(Self.old, isRecorded: false), isOwned: false) == nil)
    }

    @Test func theTwoRetentionsAreTwo() {
        var rules = Self.rules()
        rules.retention = Retention(workspaces: .zero)
        #expect(rules.verdict(on: Self.output(Self.old), isOwned: false) == .keep(.noRetention(.logs)))
        rules.retention = Retention(logs: .zero)
        #expect(rules.verdict(on: Self.workspace(.intact), isOwned: false) == .keep(.noRetention(.workspaces)))
        #expect(rules.verdict(on: Self.output(Self.now), isOwned: false) == .remove(.oldOutput(since: Self.now)))
    }

    @Test func whatSomebodyMayUseStays() {
        let rules = Self.rules(isAnyoneAtWork: true)
        #expect(rules.verdict(on: .otherVersion(lastUse: Self.old), isOwned: false) == .keep(.mayBeInUse))
        let edge = Timestamp(millisecondsSince1970: Self.now.millisecondsSince1970) + (.zero - GarbageRules.startTime)
        #expect(Self.rules().verdict(on: .otherVersion(lastUse: edge), isOwned: false) == .remove(.otherVersion))
        #expect(
            Self.rules().verdict(on: .otherVersion(lastUse: edge + .milliseconds(1)), isOwned: false)
                == .keep(.mayBeInUse)
        )
    }
}
