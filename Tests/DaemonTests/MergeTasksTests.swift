import Domain
import TestSupport
import Testing
import Wire
import Workspaces

@testable import Daemon

@Suite(.serialized, .timeLimit(.minutes(15)))
struct MergeTasksTests {
    private let bench: DaemonBench

    init() async throws { bench = try await DaemonBench() }

    /// Has tasks of these scripts done, one after the other, each with its work on a branch.
    private func done(_ scripts: String..., change: (inout SpawnTask) -> Void = { _ in }) async throws -> [MergeEntry] {
        var entries: [MergeEntry] = []
        for script in scripts {
            bench.turn(nil, "\(script); gate true")
            let spec = bench.spec { $0.name = "Task \(entries.count + 1)" }
            bench.server.send(bench.spawn(spec, change))
            let count = bench.server.heard.completions.count + 1
            try await bench.withDaemon { _ in await bench.server.until { $0.completions.count == count } }
            #expect(bench.server.heard.completions.last?.status == .done)
            entries.append(MergeEntry(spec.id, name: spec.name))
        }
        return entries
    }

    private func command(
        _ id: String,
        _ entries: [MergeEntry],
        checks: [String] = [],
        lane: String = "queue",
        _ change: (inout MergeTasks) -> Void = { _ in }
    ) -> ToDaemon {
        let checks = checks.map { CheckDefinition(name: $0, command: $0) }
        var merge = MergeTasks(MergeBatch(entries, into: "main", checks: checks), command: id, lane: lane)
        merge.targetRepoPath = "\(bench.directory.path)/repository"
        change(&merge)
        return .mergeTasks(merge)
    }

    private func report(_ id: String) throws -> MergeReport {
        let answer = try #require(bench.server.heard.answer(to: id))
        #expect(answer.outcome == .done, "\(answer.code ?? "") \(answer.message ?? "")")
        return try #require(answer.merge?.report)
    }

    private func answer(to id: String) async throws -> MergeReport {
        await bench.server.until { $0.answer(to: id) != nil }
        return try report(id)
    }

    @Test func theWorkOfTasksIsMergedCheckedAndAnswered() async throws {
        let entries = try await done("echo x > x", "echo y > y")
        bench.server.send(
            command("merge", entries, checks: ["test -f x && cat x y", "git log -1 --format=%s"]),
            command("fails", entries, checks: ["test -f x && exit 3"])
        )
        try await bench.withDaemon { _ in
            let report = try await answer(to: "merge")
            #expect(report.verdict == .merged)
            #expect(report.receipts.map(\.verdict) == [.passed, .passed])
            #expect(report.receipts.map(\.outputTail) == ["x\ny\n", "Merge 2 tasks\n"])
            // What was merged is merged: nothing has to be checked.
            #expect(try await answer(to: "fails").verdict == .unchanged)
        }
        let tip = try await bench.shell("git rev-parse main").filter { !$0.isWhitespace }
        #expect(try report("merge").after?.rawValue == tip)
        #expect(try await bench.shell("cat x y && git status --porcelain") == "x\ny\n")
        #expect(try await bench.shell("ls ../state/merges") == "")
        #expect(bench.server.heard.violations.isEmpty)
    }

    @Test func whatDoesNotPassIsAnsweredWithItsReceipts() async throws {
        let entries = try await done("echo x > x")
        bench.server.send(
            command("red", entries, checks: ["echo said; test ! -f x"]),
            command("empty", [], checks: ["false"])
        )
        try await bench.withDaemon { _ in
            let red = try await answer(to: "red")
            #expect(red.verdict == .checksFailed(targetFails: false))
            #expect(red.receipts.map(\.verdict) == [.failed(exitCode: 1), .passed])
            #expect(red.receipts.first?.outputTail == "said\n")
            #expect(try await answer(to: "empty").verdict == .checksFailed(targetFails: true))
        }
        #expect(try await bench.shell("git log --format=%s main") == "base\n")
    }

    /// The check sees a clean checkout, and nothing else of the machine.
    @Test func checksAreConfinedAsTheCommandSays() async throws {
        let entries = try await done("echo x > x")
        var sandbox = WireSandbox()
        sandbox.mode = .required
        sandbox.network = NetworkMode.none
        let check = "pwd; cat x; git status --porcelain; test ! -e \(bench.directory.path)/agent"
        bench.server.send(
            command("merge", entries, checks: [check]) { $0.sandbox = sandbox },
            command("slow", [], checks: ["sleep 600"]) { $0.checkTimeoutMilliseconds = .milliseconds(50) }
        )
        try await bench.withDaemon { _ in await bench.server.until { $0.answer(to: "slow") != nil } }
        let report = try report("merge")
        #expect(report.verdict == .merged)
        #expect(report.receipts.map(\.outputTail) == ["/workspace\nx\n"])
        let slow = try self.report("slow")
        #expect(slow.verdict == .notEvaluated)
        #expect(slow.receipts.map(\.verdict) == [.notEvaluated(.timedOut(after: .milliseconds(50)))])
    }

    /// The check of the first merge lasts until the task is done, that comes after it.
    @Test func aMergeHoldsUpOnlyThoseOfItsLane() async throws {
        let entries = try await done("echo x > x")
        let root = bench.directory.path
        let wait = "while [ ! -e \(root)/go ]; do sleep 0.02; done"
        bench.turn(nil, "work; gate true")
        try await bench.withDaemon { _ in
            bench.server.send(
                command("first", entries, checks: [wait]),
                command("second", []),
                command("other", [], lane: "other"),
                bench.spawn(bench.spec())
            )
            await bench.server.until { $0.answer(to: "other") != nil && $0.completions.count == 2 }
            #expect(bench.server.heard.answer(to: "first") == nil)
            #expect(bench.server.heard.answer(to: "second") == nil)
            bench.directory.write("", to: "go")
            let second = try await answer(to: "second")
            #expect(second.verdict == .unchanged)
        }
        #expect(try report("first").verdict == .merged)
    }

    /// The daemon ends while a check runs, and the command has no answer.
    @Test func aMergeIsTakenUpAgainAfterAnEnd() async throws {
        let entries = try await done("echo x > x")
        let root = bench.directory.path
        let check = "echo run >> \(root)/runs; while [ ! -e \(root)/go ]; do sleep 0.02; done"
        bench.server.send(command("merge", entries, checks: [check]))
        try await bench.withDaemon { _ in
            while bench.directory.read("runs") == nil { await Task.yield() }
        }
        #expect(bench.server.heard.answer(to: "merge") == nil)
        // The server does not say it again: it is on the daemon's disk.
        bench.server.plan { $0.commands = [] }
        bench.directory.write("", to: "go")
        try await bench.withDaemon { _ in await bench.server.until { $0.answer(to: "merge") != nil } }
        #expect(try report("merge").verdict == .merged)
        #expect(bench.directory.read("runs") == "run\nrun\n")
        #expect(try await bench.shell("git for-each-ref refs/makima/merges") == "")
        #expect(try await bench.shell("git log --format=%s main") == "Task 1\nbase\n")
    }

    @Test func aRepositoryWithAURLIsPushedToAndAgainWhereItMoved() async throws {
        try await bench.shell("git clone -q --bare ../repository ../origin.git && git clone -q ../origin.git ../other")
        let root = bench.directory.path
        let url = "file://\(root)/origin.git"
        let entries = try await done("echo x > x", "echo y > y") {
            $0.targetRepoPath = nil
            $0.repoUrl = url
        }
        let git = "git -C \(root)/other -c user.name=Other -c user.email=other@example.com"
        let move = "\(git) commit -q --allow-empty -m other && \(git) push -q"
        let check = "echo run >> \(root)/runs; [ $(wc -l < \(root)/runs) -gt 1 ] || { \(move); }"
        func merge(_ id: String, _ checks: [String]) -> ToDaemon {
            command(id, entries, checks: checks) {
                $0.targetRepoPath = nil
                $0.repoUrl = url
            }
        }
        bench.server.send(merge("merge", [check]), merge("again", [check]))
        try await bench.withDaemon { _ in await bench.server.until { $0.answer(to: "again") != nil } }
        #expect(try report("merge").verdict == .merged)
        #expect(try report("again").verdict == .unchanged)
        let log = try await bench.shell("git --git-dir=../origin.git log --first-parent --format=%s main")
        #expect(log == "Merge 2 tasks\nother\nbase\n")
        #expect(bench.directory.read("runs") == "run\nrun\n")
        #expect(try await bench.shell("git log --format=%s main") == "base\n", "It is another repository.")
    }

    /// What the remote refuses for another reason is told, and nothing is forced.
    @Test func aRefusedPushIsToldAndTriedByNobody() async throws {
        try await bench.shell("git clone -q --bare ../repository ../origin.git")
        bench.directory.write("#!/bin/sh\nexit 1\n", to: "origin.git/hooks/update", mode: 0o755)
        let url = "file://\(bench.directory.path)/origin.git"
        let entries = try await done("echo x > x") {
            $0.targetRepoPath = nil
            $0.repoUrl = url
        }
        let merge = command("merge", entries) {
            $0.targetRepoPath = nil
            $0.repoUrl = url
        }
        bench.server.send(merge)
        try await bench.withDaemon { _ in await bench.server.until { $0.answer(to: "merge") != nil } }
        let answer = try #require(bench.server.heard.answer(to: "merge"))
        #expect(answer.outcome == .failed)
        #expect(answer.code == "repository")
        #expect(answer.message?.contains("push 'main'") == true, "\(answer.message ?? "")")
        #expect(try await bench.shell("git --git-dir=../origin.git log --format=%s main") == "base\n")
    }

    @Test func workThatIsNotHereComesWithTheCommand() async throws {
        let other = try await DaemonBench()
        other.turn(nil, "echo x > x; gate true")
        let base = try await bench.shell("git rev-parse main").filter { !$0.isWhitespace }
        try await other.shell(
            "git fetch -q '\(bench.directory.path)/repository' main && git reset -q --hard FETCH_HEAD"
        )
        let spec = other.spec()
        other.server.send(other.spawn(spec))
        try await other.withDaemon { _ in await other.server.until { $0.completions.count == 1 } }
        let patch = try #require(other.server.heard.checkpoints.compactMap(\.patch).last)
        #expect(patch.baseSha == base)
        let entry = MergeEntry(spec.id, name: "From elsewhere")
        bench.server.send(
            command("without", [entry]),
            command("hollow", [entry]) {
                $0.entries[0].patch = patch
                $0.entries[0].patch?.data = nil
            },
            command("with", [entry]) { $0.entries[0].patch = patch }
        )
        try await bench.withDaemon { _ in await bench.server.until { $0.answer(to: "with") != nil } }
        #expect(try report("without").entries.map(\.outcome) == [.missing])
        #expect(try report("with").verdict == .merged)
        #expect(bench.server.heard.answer(to: "hollow")?.code == "patch")
        #expect(try await bench.shell("cat x; git log --format=%s main") == "x\nFrom elsewhere\nbase\n")
    }

    @Test func whatIsNotAllowedIsRefused() async throws {
        var sandbox = WireSandbox()
        sandbox.mode = .off
        sandbox.read = ["/etc"]
        bench.server.send(
            command("outside", []) { $0.targetRepoPath = "/tmp" },
            command("foreign", []) {
                $0.targetRepoPath = nil
                $0.repoUrl = "https://127.0.0.1/x.git"
            },
            command("missing", []) { $0.targetBranch = "nowhere" },
            command("weaker", []) { $0.sandbox = sandbox }
        )
        let required = DaemonBench.Trial(change: {
            $0.defaults = {
                var defaults = TaskDefaults()
                defaults.sandbox = SandboxSpec(mode: .required)
                return defaults
            }
        })
        try await bench.withDaemon(required) { _ in await bench.server.until { $0.answers.count == 4 } }
        let heard = bench.server.heard
        #expect(heard.answer(to: "outside")?.code == "not_allowed")
        #expect(heard.answer(to: "foreign")?.code == "not_allowed")
        #expect(heard.answer(to: "weaker")?.code == "not_allowed")
        #expect(try report("missing").verdict == .obstructed(.branchMissing))
    }
}
