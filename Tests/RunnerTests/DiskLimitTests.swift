import Domain
import Glibc
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
