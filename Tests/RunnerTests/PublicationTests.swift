import Domain
import Journal
import Synchronization
import TestSupport
import Testing

@testable import Runner

/// Work that is put to review, on a real repository with a bare one as its remote; the forge is a double.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct PublicationTests {
    private func bench(_ forge: ForgeDouble, time: any Clock<Duration> = ContinuousClock()) async throws -> RunBench {
        let bench = try await RunBench(time: time, forge: forge)
        try await bench.shell("git clone -q --bare . ../ada.git && git remote add origin ../ada.git")
        bench.turn(nil, "work; begin s$number; say s$number \"$ready\"")
        return bench
    }

    private func spec(_ bench: RunBench, rounds: Int = 0) -> TaskSpec {
        bench.spec {
            $0.completion = .pullRequest
            $0.checks = [CheckDefinition(name: "works", command: "test -s work.txt")]
            var forge = ForgeSpec()
            forge.rounds = rounds
            $0.forge = forge
        }
    }

    private func tip(_ bench: RunBench, _ branch: String) async throws -> String {
        try await bench.shell("git --git-dir ../ada.git rev-parse '\(branch)'").filter { $0 != "\n" }
    }

    @Test func whatIsPushedIsRememberedWithThePullRequest() async throws {
        let forge = ForgeDouble()
        let bench = try await bench(forge)
        let task = try await bench.run(spec(bench))
        let record = try #require(try await bench.journal.task(task.id)?.forge)
        #expect(task.reason == .completed(.verified) && record == task.forge)
        #expect(record.pullRequest == ForgeDouble.pullRequest && record.pushing == nil)
        #expect(try await tip(bench, record.branch) == record.pushed?.rawValue)
        let draft = try #require(forge.drafts.first)
        #expect(draft.title == "parser" && draft.base == "main" && draft.head == record.branch)
        #expect(draft.body.contains("- `works`: passed") && draft.body.contains("1 iteration"))
    }

    @Test func eachRoundMovesTheBranchThatMakimaPushedAndTellsEachThingOnce() async throws {
        let forge = ForgeDouble()
        let first = ReviewItem(id: "comment:1", kind: .comment, author: "ada", place: "work.txt:1", text: "Say `more`.")
        let second = ReviewItem(id: "comment:2", kind: .changesRequested, author: "bob", text: "And less.")
        forge.script([.items([first]), .items([first, second]), .items([first, second]), .standing(.merged)])
        let bench = try await bench(forge)
        var spec = spec(bench, rounds: 5)
        // It looks twice for the same.
        spec.forge?.interval = .milliseconds(10)
        let task = try await bench.run(spec)
        #expect(task.reason == .completed(.verified) && task.iterations == 3 && task.wait == nil)
        #expect(bench.starts == 3 && forge.drafts.count == 3)
        #expect(try bench.prompt(2).contains("'ada' comments on `work.txt:1`:\n\n```text\nSay `more`.\n```"))
        #expect(try bench.prompt(3).contains("'bob' asks for changes") && !bench.prompt(3).contains("Say `more`."))
        let record = try #require(task.forge)
        #expect(record.rounds == 2 && record.told == ["comment:1", "comment:2"] && record.feedback.isEmpty)
        #expect(try await tip(bench, record.branch) == record.pushed?.rawValue)
    }

    @Test func noMoreRoundsAreTakenThanAreAllowed() async throws {
        let forge = ForgeDouble()
        forge.script((1...9).map { .items([ReviewItem(id: "note:\($0)", kind: .comment, author: "eve", text: "no")]) })
        let bench = try await bench(forge)
        let witness = Witness()
        let task = try await bench.run(spec(bench, rounds: 2), observer: witness)
        #expect(task.reason == .completed(.verified) && task.iterations == 3 && task.forge?.rounds == 2)
        #expect(witness.notices.contains { $0.sentence.contains("all 2 rounds are used") })
    }

    @Test func whatSomebodyElsePushedIsNotOverwritten() async throws {
        let forge = ForgeDouble()
        forge.script([.items([ReviewItem(id: "note:1", kind: .comment, author: "ada", text: "x")])])
        let bench = try await bench(forge)
        let other = "\(bench.directory.path)/ada.git"
        bench.turn(
            2,
            """
            unset GIT_DIR GIT_WORK_TREE
            for branch in $(git --git-dir '\(other)' for-each-ref --format='%(refname)' refs/heads/makima); do
                git --git-dir '\(other)' update-ref "$branch" main
            done
            work; begin t; say t "$ready"
            """
        )
        let task = try await bench.run(spec(bench, rounds: 2))
        guard case .blocked(.forge(let obstacle)) = task.reason else {
            Issue.record("\(String(describing: task.reason))")
            return
        }
        #expect(obstacle.kind == .branchMoved && obstacle.remote == "origin")
        #expect(try await tip(bench, task.forge?.branch ?? "") == tip(bench, "main"))
    }

    @Test func aPushThatIsRefusedSaysWhy() async throws {
        let bench = try await bench(ForgeDouble())
        try await bench.shell(
            "printf '#!/bin/sh\\necho not today >&2\\nexit 1\\n' > ../ada.git/hooks/pre-receive; chmod +x ../ada.git/hooks/pre-receive"
        )
        let task = try await bench.run(spec(bench))
        guard case .blocked(.forge(let obstacle)) = task.reason else {
            Issue.record("\(String(describing: task.reason))")
            return
        }
        #expect(obstacle.kind == .pushRejected && obstacle.detail?.contains("not today") == true)
        #expect(task.forge?.pushed == nil && task.branch != nil)
        // What was begun to be pushed did not arrive, and is makima's own all the same.
        try await bench.shell("rm ../ada.git/hooks/pre-receive")
        let done = try await bench.resume(task)
        #expect(done.reason == .completed(.verified) && done.iterations == 1)
    }

    @Test(arguments: [false, true])
    func aWishToStopEndsThePushToARemoteThatIsSilent(isForced: Bool) async throws {
        let bench = try await bench(ForgeDouble())
        let remote = SilentPort()
        defer { withExtendedLifetime(remote) {} }
        try await bench.shell("git remote set-url origin http://127.0.0.1:\(remote.number)/ada.git")
        let stops = StopRequests()
        remote.onContact { if isForced { stops.requestForced() } else { stops.request() } }
        let task = try await bench.run(spec(bench), stops: stops)
        #expect(task.reason == .interrupted(.person) && task.status == .interrupted)
        #expect(task.branch != nil && task.iterations == 1)
        try await bench.shell("git remote set-url origin ../ada.git")
        let done = try await bench.resume(task)
        #expect(done.reason == .completed(.verified) && done.iterations == 1 && bench.starts == 1)
        #expect(try await tip(bench, done.forge?.branch ?? "") == done.forge?.pushed?.rawValue)
    }

    @Test func aWishToStopEndsTheTalkWithAForge() async throws {
        let forge = ForgeDouble()
        let bench = try await bench(forge)
        let stops = StopRequests()
        forge.onPublish { stops.request() }
        let task = try await bench.run(spec(bench), stops: stops)
        #expect(task.reason == .interrupted(.person) && task.forge?.pushed != nil && task.forge?.pullRequest == nil)
        forge.onPublish(nil)
        let done = try await bench.resume(task)
        #expect(done.reason == .completed(.verified) && done.iterations == 1)
        #expect(done.forge?.pullRequest == ForgeDouble.pullRequest)
    }

    @Test func aLoginInAnAddressIsNeverShown() async throws {
        let bench = try await bench(ForgeDouble())
        try await bench.shell("git remote set-url origin https://ada:s3cretS3cret@127.0.0.1:9/ada/engine.git")
        let witness = Witness()
        let task = try await bench.run(spec(bench), observer: witness)
        guard case .blocked(.forge(let obstacle)) = task.reason else {
            Issue.record("\(String(describing: task.reason))")
            return
        }
        #expect(obstacle.kind == .pushFailed)
        #expect(!"\(task) \(witness.notices)".contains("s3cretS3cret"))
    }

    @Test func aForgeThatSaysNoLeavesTheBranchThere() async throws {
        let forge = ForgeDouble()
        forge.refuse(.refused(status: 422, message: "base is invalid"))
        let bench = try await bench(forge)
        let task = try await bench.run(spec(bench))
        #expect(
            task.reason
                == .blocked(
                    .forge(
                        ForgeObstacle(
                            .refused,
                            remote: "origin",
                            branch: task.forge?.branch,
                            detail: "it answers with status 422: base is invalid"
                        )
                    )
                )
        )
        #expect(try await tip(bench, task.forge?.branch ?? "") == task.forge?.pushed?.rawValue)
        forge.refuse(nil)
        let done = try await bench.resume(task)
        #expect(done.reason == .completed(.verified) && done.forge?.pushed == task.forge?.pushed)
    }

    @Test(arguments: [nil, "origin"])
    func withoutTheRemoteNothingIsMade(name: String?) async throws {
        let bench = try await RunBench(forge: ForgeDouble())
        if name != nil { try await bench.shell("git remote add upstream ../nowhere.git") }
        var spec = spec(bench)
        spec.forge?.remote = name
        do {
            _ = try await bench.run(spec)
            Issue.record("It was made.")
        } catch ServiceError.noReview(_, let obstacle) {
            #expect(obstacle == ForgeObstacle(.remoteMissing, remote: name ?? ""))
        }
        let made = try await bench.journal.tasks().tasks
        #expect(made.isEmpty)
    }
}

/// A forge that knows every remote, and is seen as a test says.
final class ForgeDouble: ForgeGateway, PullRequestDesk {
    enum Look: Sendable {
        case items([ReviewItem])
        case standing(ReviewSnapshot.Standing)
        /// Nothing new, and somebody does something at that moment.
        case meanwhile(@Sendable () async -> Void)
    }

    private struct State {
        var drafts: [PullRequestDraft] = []
        var looks: [Look] = []
        var refusal: ForgeFailure?
        var publishing: (@Sendable () -> Void)?
    }

    static let pullRequest = PullRequest(number: 7, url: "https://forge.example.com/7", author: "makima-user")
    private let state = Mutex(State())

    var drafts: [PullRequestDraft] { state.withLock(\.drafts) }

    /// What each look shows, in their order; the last again and again.
    func script(_ looks: [Look]) { state.withLock { $0.looks = looks } }

    func refuse(_ failure: ForgeFailure?) { state.withLock { $0.refusal = failure } }

    func desk(of url: String, spec: ForgeSpec) async throws -> (any PullRequestDesk)? { self }
    func gitVariables() -> [String: String] { ["PATH": "/usr/local/bin:/usr/bin:/bin"] }

    /// Calls `body` when a pull request is to be opened, and never answers.
    func onPublish(_ body: (@Sendable () -> Void)?) { state.withLock { $0.publishing = body } }

    func publish(_ draft: PullRequestDraft, known: PullRequest?) async throws -> PullRequest {
        if let publishing = state.withLock(\.publishing) {
            publishing()
            try await Task.sleep(for: .seconds(100_000))
        }
        return try answer(draft)
    }

    private func answer(_ draft: PullRequestDraft) throws -> PullRequest {
        try state.withLock { state in
            if let refusal = state.refusal { throw refusal }
            state.drafts.append(draft)
            return Self.pullRequest
        }
    }

    func look(at pullRequest: PullRequest, commit: CommitID) async throws -> ReviewSnapshot {
        let look = state.withLock { $0.looks.count > 1 ? $0.looks.removeFirst() : $0.looks.first }
        var snapshot = ReviewSnapshot()
        switch look {
        case .items(let items)?: snapshot.items = items
        case .standing(let standing)?: snapshot.standing = standing
        case .meanwhile(let act)?: await act()
        case nil: snapshot.standing = .closed
        }
        return snapshot
    }
}
