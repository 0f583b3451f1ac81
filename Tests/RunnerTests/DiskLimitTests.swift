import Domain
import Glibc
import Journal
import TestSupport
import Testing

@testable import Runner

struct DiskLimitTests {
    private let directory = TemporaryDirectory("makima-disk")

    @Test func whatFilesTakeIsCounted() async {
        directory.write(String(repeating: "x", count: 3 << 20), to: "a/b/file")
        let once = await DiskUsage.bytes(beneath: ["\(directory.path)/a"])
        #expect((3 << 20..<4 << 20).contains(once))
        link("\(directory.path)/a/b/file", "\(directory.path)/a/again")
        symlink("\(directory.path)/a", "\(directory.path)/a/round")
        #expect(await DiskUsage.bytes(beneath: ["\(directory.path)/a"]) - once < 1 << 20)
        #expect(await DiskUsage.bytes(beneath: ["\(directory.path)/nowhere"]) == 0)
        #expect(await DiskUsage.bytes(beneath: ["\(directory.path)/a/round"]) == 0)
    }

    @Test func anAgentThatTakesTooMuchIsEnded() async throws {
        let bench = try await RunBench()
        bench.turn(nil, "head -c 5000000 /dev/zero >big; sleep 1000")
        let task = try await bench.run(bench.spec(.command) { $0.sandbox.limits.diskMiB = 3 })
        try expectDiskLimit(task)
        #expect(bench.starts == 1)
        let end = try #require(try await bench.iterations(of: task).last?.outcome?.agent.end)
        guard case .agentError(let words) = end else {
            Issue.record("\(end)")
            return
        }
        #expect(words.contains("'max_disk_mib' allows 3 MiB"))
    }

    @Test func aResumeStartsNothingBeforeThereIsRoom() async throws {
        let bench = try await RunBench()
        bench.turn(1, "head -c 5000000 /dev/urandom >big; sleep 1000")
        bench.turn(nil, #"echo small >small; printf "$ready""#)
        let stopped = try await bench.run(bench.spec(.command) { $0.sandbox.limits.diskMiB = 3 })
        let again = try await bench.resume(stopped)
        try expectDiskLimit(again)
        #expect(again.iterations == 1 && bench.starts == 1)
        var request = ResumeRequest()
        request.resources.disk = 64
        let done = try await bench.resume(again, request)
        #expect(done.status == .done && done.iterations == 2)
    }

    @Test func ofACheckThatIsEndedNoCheckoutIsLeft() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"echo small >small; printf "$ready""#)
        let task = try await bench.run(
            bench.spec(.command) {
                $0.sandbox.limits.diskMiB = 3
                let command = "head -c 5000000 /dev/zero | tr '\\0' x; sleep 1000"
                $0.checks = [CheckDefinition(name: "c", command: command, clean: true)]
            }
        )
        try expectDiskLimit(task)
        #expect(Directory.names(in: bench.service.parts.state.task(task.id).checkouts).isEmpty)
    }

    @Test func norAreChecksStarted() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"head -c 5000000 /dev/zero >big; printf "$ready""#)
        let task = try await bench.run(
            bench.spec(.command) {
                $0.sandbox.limits.diskMiB = 3
                $0.checks = [CheckDefinition(name: "c", command: "echo ran >>../../checked")]
            }
        )
        try expectDiskLimit(task)
        #expect(try await bench.iterations(of: task).last?.outcome?.receipts.isEmpty == true)
    }

    /// What is too much is nowhere but in the task's own store, and nothing that comes later stands on it.
    @Test func whatIsTooMuchDoesNotComeIntoTheRepository() async throws {
        let bench = try await RunBench()
        bench.turn(1, #"echo one >small; printf "$unready""#)
        bench.turn(2, "head -c 5000000 /dev/urandom >big; sleep 1000")
        bench.turn(3, #"echo three >small; printf "$ready""#)
        let witness = Witness()
        let stopped = try await bench.run(bench.spec(.command) { $0.sandbox.limits.diskMiB = 3 }, observer: witness)
        try expectDiskLimit(stopped)
        let refs = "git for-each-ref --format='%(refname:lstrip=4)' refs/makima/checkpoints"
        let kept = try await bench.shell(refs)
        let all = try await bench.journal.checkpoints(of: stopped.id)
        let heavy = try #require(all.last?.number)
        #expect(kept.split(separator: "\n").contains("1"))
        #expect(!kept.split(separator: "\n").contains("\(heavy)"))
        let sizes = try await bench.shell("git cat-file --batch-all-objects --batch-check='%(objectsize)'")
        let largest = try #require(sizes.split(separator: "\n").compactMap { Int($0) }.max())
        #expect(largest < 5_000_000)
        let seen = try await bench.service.diff(stopped.id, .total)
        #expect(seen.missing.contains(heavy) && seen.upTo < heavy)
        #expect(String(decoding: seen.text, as: UTF8.self).contains("+one"))
        #expect(witness.notices.contains { $0.sentence.contains("stays in the task's own store") })

        await #expect(throws: WorkspaceTrouble.self) { try await bench.service.discard(stopped.id, force: false) }
        #expect(unlink("\(bench.service.parts.state.task(stopped.id).tree)/big") == 0)
        let done = try await bench.resume(stopped)
        #expect(done.status == .done)
        let last = try #require(try await bench.journal.checkpoints(of: done.id).last)
        #expect(try await bench.shell("git show \(last.commit):small") == "three\n")
        #expect(try await !bench.shell(refs).split(separator: "\n").contains("\(heavy)"))
        #expect(try await !bench.service.diff(done.id, .total).text.isEmpty)
        let refusal = try #require(
            await #expect(throws: WorkspaceTrouble.self) { try await bench.service.discard(done.id, force: false) }
        )
        #expect(refusal.description.contains("checkpoint \(heavy) (5 MiB)"))
        #expect(refusal.hint.contains("--force") && !refusal.hint.contains("makima resume"))
        let discarded = try await bench.service.discard(done.id, force: true)
        #expect(discarded.letGo.contains(heavy))
        let left = try #require(discarded.last)
        #expect(try await bench.shell("git show refs/makima/checkpoints/\(done.id)/\(left):small") == "three\n")
    }

    /// What an agent leaves at its very end, after anybody looked.
    @Test func aTaskOverItsLimitIsNotDone() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"echo x >small; printf "$ready""#)
        let task = try await bench.run(
            bench.spec(.command) {
                $0.sandbox.limits.diskMiB = 3
                $0.completion = .branch
            },
            observer: Filler(bench)
        )
        try expectDiskLimit(task)
        #expect(task.branch == nil)
        var request = ResumeRequest()
        request.resources.disk = 64
        let done = try await bench.resume(task, request)
        #expect(done.status == .done && done.branch != nil)
        #expect(done.iterations == 1 && bench.starts == 1)
    }

    @Test func soIsACheck() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"printf "$ready""#)
        let task = try await bench.run(
            bench.spec(.command) {
                $0.sandbox.limits.diskMiB = 3
                $0.checks = [CheckDefinition(name: "fill", command: "head -c 5000000 /dev/zero >big; sleep 1000")]
            }
        )
        try expectDiskLimit(task)
    }

    @Test func whoStaysBelowNoticesNothing() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"echo x >small; printf "$ready""#)
        let task = try await bench.run(bench.spec(.command) { $0.sandbox.limits.diskMiB = 64 })
        #expect(task.status == .done)
    }

    private func expectDiskLimit(_ task: TaskRecord) throws {
        guard case .blocked(.environment(.diskLimit(let used, let limit))) = task.reason else {
            Issue.record("\(String(describing: task.reason))")
            return
        }
        #expect(limit == 3)
        #expect(used >= 4)
    }
}

/// Fills the agent's home once its iteration has ended.
private struct Filler: RunObserver {
    private let bench: RunBench

    init(_ bench: RunBench) {
        self.bench = bench
    }

    func observe(_ event: RunEvent) {
        guard case .iterationEnded(_, let task) = event else { return }
        let path = "\(bench.service.parts.state.task(task.id).home)/big"
        do {
            try writeFile(Array(repeating: 120, count: 5_000_000), to: path)
        } catch {
            Issue.record(error)
        }
    }
}
