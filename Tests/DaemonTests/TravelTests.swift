import Domain
import TestSupport
import Testing
import Wire

@testable import Daemon

@Suite(.serialized, .timeLimit(.minutes(15)))
struct TravelTests {
    /// Runs a task that stops at its limit of one iteration, and returns what the server has of it.
    private func work(_ bench: DaemonBench, _ script: String) async throws -> (TaskSpec, FakeServer.Heard) {
        bench.turn(1, script)
        let spec = bench.spec { $0.limits.maxIterations = 1 }
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon { _ in await bench.server.until { $0.completions.count == 1 } }
        #expect(bench.server.heard.violations.isEmpty)
        #expect(bench.server.heard.completions.map(\.status) == [.iterationLimitReached])
        return (spec, bench.server.heard)
    }

    @Test func workGoesOnAtAnotherDaemon() async throws {
        let first = try await DaemonBench()
        let (spec, heard) = try await work(first, "printf 'a\\0b' > binary; work; gate false")
        let patch = try #require(heard.checkpoints.compactMap(\.patch).last)
        let complete = try #require(heard.completions.first)

        let second = try await DaemonBench()
        try await second.shell(
            "git fetch -q '\(first.directory.path)/repository' main && git reset -q --hard FETCH_HEAD"
        )
        second.turn(nil, "test -f binary && work; gate true")
        var next = second.spec { $0.limits.maxIterations = 5 }
        next.id = spec.id
        second.server.send(
            second.spawn(next, attempt: 2) {
                $0.patch = patch
                $0.standing = complete.standing
            }
        )
        try await second.withDaemon { _ in await second.server.until { $0.completions.count == 1 } }
        let end = try #require(second.server.heard.completions.first)
        #expect(second.server.heard.violations.isEmpty)
        #expect(second.server.heard.iterations.map(\.iteration) == [2])
        #expect(end.status == .done)
        #expect(end.standing.iterations == 2)
        let branch = try #require(end.branch)
        #expect(try await second.shell("git show \(branch):work.txt") == "1\n1\n")
        #expect(try await second.shell("git show \(branch):binary | od -An -c | tr -d ' \n'") == "a\\0b")
        #expect(try await second.shell("git rev-list --count main..\(branch)") == "1\n")
    }

    @Test func largeWorkTravelsInParts() async throws {
        let first = try await DaemonBench()
        let (spec, heard) = try await work(first, "head -c 2000000 /dev/urandom > large; cksum < large; gate false")
        let patch = try #require(heard.checkpoints.compactMap(\.patch).last)
        #expect(patch.data == nil && patch.size > 2_000_000)
        let bytes = try #require(heard.parts[patch.sha256])
        #expect(bytes.count == patch.size && SHA256Digest(of: bytes).description == patch.sha256)

        let second = try await DaemonBench()
        try await second.shell(
            "git fetch -q '\(first.directory.path)/repository' main && git reset -q --hard FETCH_HEAD"
        )
        second.turn(nil, "cksum < large; gate true")
        var next = second.spec()
        next.id = spec.id
        for (index, range) in PatchPart.ranges(of: bytes.count).enumerated() {
            var part = DeliverPart()
            part.head = CommandHead("part-\(index)", task: spec.id, attempt: 2)
            (part.part.sha256, part.part.size, part.part.offset) = (patch.sha256, patch.size, range.lowerBound)
            part.part.data = Array(bytes[range])
            second.server.send(.checkpointPart(part))
        }
        second.server.send(second.spawn(next, attempt: 2) { $0.patch = patch })
        try await second.withDaemon { _ in await second.server.until { $0.completions.count == 1 } }
        let sum = first.server.heard.output["\(spec.id)/1/1/stdout/"]?.split(separator: "\n").first
        #expect(second.server.heard.output["\(spec.id)/1/1/stdout/"]?.split(separator: "\n").first == sum)
        #expect(second.server.heard.completions.map(\.status) == [.done])
    }

    @Test func aPatchOfGitIsTakenInToo() async throws {
        let bench = try await DaemonBench()
        let base = try await bench.shell("git rev-parse HEAD").filter { !$0.isWhitespace }
        try await bench.shell("printf 'x\\0y' > new && echo two > a.txt && git add -A")
        let diff = Array(try await bench.shell("git diff --binary --full-index --cached HEAD").utf8)
        try await bench.shell("git reset -q --hard")
        bench.turn(nil, "cat a.txt; od -An -c new; work; gate true")
        let spec = bench.spec()
        bench.server.send(bench.spawn(spec) { $0.patch = WirePatch(.patch, base: base, bytes: diff) })
        try await bench.withDaemon { _ in await bench.server.until { $0.completions.count == 1 } }
        #expect(bench.server.heard.output["\(spec.id)/1/1/stdout/"]?.hasPrefix("two\n   x  \\0   y\n") == true)
    }

    /// As an owner whose work came back from a merge by another daemon.
    @Test func whoGoesOnGetsWhatCameIntoTheRepositorySince() async throws {
        let bench = try await DaemonBench()
        try await bench.shell("git clone -q --bare ../repository ../origin.git")
        bench.turn(1, "work; gate false")
        bench.turn(nil, "git merge -q $(cat \(bench.directory.path)/tip) && cat b.txt; work; gate true")
        let spec = bench.spec { $0.limits.maxIterations = 1 }
        bench.server.send(
            bench.spawn(spec) {
                $0.targetRepoPath = nil
                $0.repoUrl = "file://\(bench.directory.path)/origin.git"
            }
        )
        try await bench.withDaemon { _ in
            await bench.server.until { $0.completions.count == 1 }
            try await bench.shell(
                "echo two > b.txt && git add b.txt && git commit -qm two && git push -q ../origin.git main"
                    + " && git rev-parse HEAD > ../tip"
            )
            var resume = ResumeTask()
            resume.head = CommandHead("resume", task: spec.id, attempt: 2)
            (resume.previousAttempt, resume.maxIterations) = (1, 3)
            bench.server.send(.resumeTask(resume))
            await bench.server.until { $0.completions.count == 2 }
        }
        let heard = bench.server.heard
        #expect(heard.completions.last?.status == .done, "\(heard.answers)")
        #expect(heard.output["\(spec.id)/2/1/stdout/"]?.hasPrefix("two\n") == true, "\(heard.output)")
    }

    @Test func workThatIsNotWhatItSaysIsRefused() async throws {
        let bench = try await DaemonBench()
        let base = try await bench.shell("git rev-parse HEAD").filter { !$0.isWhitespace }
        let spec = bench.spec()
        let other = bench.spec()
        bench.server.send(
            bench.spawn(spec) { $0.patch = WirePatch(.bundle, base: base, bytes: Array("no bundle".utf8)) },
            bench.spawn(other) {
                var patch = WirePatch(.bundle, base: base, bytes: [1, 2, 3])
                patch.data = nil
                $0.patch = patch
            }
        )
        try await bench.withDaemon { _ in await bench.server.until { $0.answers.count == 2 } }
        #expect(bench.server.heard.answers.map(\.code) == ["patch", "patch"])
        #expect(bench.server.heard.answers.map(\.outcome) == [.refused, .refused])
    }

    @Test func aRepositoryIsClonedByItsURLAndFollowed() async throws {
        let bench = try await DaemonBench()
        try await bench.shell("git clone -q --bare ../repository ../origin.git")
        bench.turn(nil, "cat a.txt; work; gate true")
        let first = bench.spec()
        let second = bench.spec()
        let url = "file://\(bench.directory.path)/origin.git"
        func spawn(_ spec: TaskSpec) -> ToDaemon {
            bench.spawn(spec) {
                $0.targetRepoPath = nil
                $0.repoUrl = url
            }
        }
        bench.server.send(spawn(first))
        try await bench.withDaemon { _ in
            await bench.server.until { $0.completions.count == 1 }
            try await bench.shell("echo two > a.txt && git commit -qam two && git push -q ../origin.git main")
            bench.server.send(spawn(second))
            await bench.server.until { $0.completions.count == 2 }
            bench.server.cut()
            await bench.server.until { $0.hellos.count == 2 }
        }
        let heard = bench.server.heard
        #expect(heard.completions.map(\.status) == [.done, .done], "\(heard.answers)")
        #expect(heard.output["\(first.id)/1/1/stdout/"]?.hasPrefix("one\n") == true)
        #expect(heard.output["\(second.id)/1/1/stdout/"]?.hasPrefix("two\n") == true)
        #expect(heard.hellos.last?.repositories.contains { $0.repoUrl == url } == true)
    }
}
