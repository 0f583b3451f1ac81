import Domain
import TestSupport
import Testing
import Wire

@testable import Daemon

/// Work that is too large for the command that merges it.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct MergePartsTests {
    private let bench: DaemonBench
    private let entry: MergeEntry
    private let patch: WirePatch
    private let bytes: [UInt8]

    /// Another daemon has a task done, whose work does not fit into a message.
    init() async throws {
        bench = try await DaemonBench()
        let other = try await DaemonBench()
        other.turn(nil, "head -c 1500000 /dev/urandom > large; gate true")
        try await other.shell(
            "git fetch -q '\(bench.directory.path)/repository' main && git reset -q --hard FETCH_HEAD"
        )
        let spec = other.spec()
        other.server.send(other.spawn(spec))
        try await other.withDaemon { _ in await other.server.until { $0.completions.count == 1 } }
        entry = MergeEntry(spec.id, name: "Large")
        patch = try #require(other.server.heard.checkpoints.compactMap(\.patch).last)
        #expect(patch.data == nil && patch.size > 1_500_000)
        bytes = try #require(other.server.heard.parts[patch.sha256])
    }

    private func merge(_ id: String, checks: [String] = []) -> ToDaemon {
        let checks = checks.map { CheckDefinition(name: $0, command: $0) }
        var merge = MergeTasks(MergeBatch([entry], into: "main", checks: checks), command: id, lane: "queue")
        merge.targetRepoPath = "\(bench.directory.path)/repository"
        merge.entries[0].patch = patch
        return .mergeTasks(merge)
    }

    private func parts(of id: String, lane: String = "queue", butFor left: Int = 0) -> [ToDaemon] {
        PatchPart.ranges(of: bytes.count).enumerated().dropLast(left)
            .map { index, range in
                var part = MergePart()
                (part.id, part.lane) = ("\(id).0.\(index)", lane)
                (part.part.sha256, part.part.size, part.part.offset) = (patch.sha256, patch.size, range.lowerBound)
                part.part.data = Array(bytes[range])
                return .mergePart(part)
            }
    }

    private func answer(to id: String) throws -> CommandAnswer { try #require(bench.server.heard.answer(to: id)) }

    private func send(_ commands: [ToDaemon]) { for command in commands { bench.server.send(command) } }

    @Test func itComesBeforeInPartsAndGoesWithTheAnswer() async throws {
        send(parts(of: "merge") + [merge("merge", checks: ["test -s large"]), merge("again")])
        try await bench.withDaemon { _ in await bench.server.until { $0.answer(to: "again") != nil } }
        #expect(try answer(to: "merge").merge?.report?.verdict == .merged)
        #expect(try answer(to: "again").code == "patch", "what came for one merge is no other's")
        #expect(try await bench.shell("git log --format=%s main") == "Large\nbase\n")
        #expect(try await bench.shell("ls ../state/parcels/merges ../state/merges | grep -v :") == "\n")
        #expect(bench.server.heard.violations.isEmpty)
    }

    @Test func workThatHasNotComeWholeIsToldAndMayComeAgain() async throws {
        send(parts(of: "first", butFor: 1) + [merge("first")])
        send(parts(of: "elsewhere", lane: "other") + [merge("second")])
        send(parts(of: "third") + [merge("third")])
        try await bench.withDaemon { _ in await bench.server.until { $0.answer(to: "third") != nil } }
        for id in ["first", "second"] {
            #expect(try answer(to: id).code == "patch" && answer(to: id).outcome == .refused)
            #expect(try answer(to: id).message?.contains("'Large'") == true)
        }
        #expect(try answer(to: "third").merge?.report?.verdict == .merged)
    }

    /// The daemon ends when it has some of the parts, and once more while the check runs; everything is sent again after that.
    @Test func itOutlivesTheDaemon() async throws {
        let root = bench.directory.path
        let check = "echo run >> \(root)/runs; while [ ! -e \(root)/go ]; do sleep 0.02; done"
        send(parts(of: "merge", butFor: 1))
        try await bench.withDaemon { _ in await bench.server.until { $0.answers.count == 2 } }
        bench.server.plan { $0.commands = [] }
        send(parts(of: "merge") + [merge("merge", checks: [check])])
        try await bench.withDaemon { _ in
            while bench.directory.read("runs") == nil { await Task.yield() }
            bench.server.cut()
            await bench.server.until { $0.hellos.count == 3 }
        }
        #expect(bench.server.heard.answer(to: "merge") == nil)
        bench.directory.write("", to: "go")
        try await bench.withDaemon { _ in await bench.server.until { $0.answer(to: "merge") != nil } }
        #expect(try answer(to: "merge").merge?.report?.verdict == .merged)
        #expect(try await bench.shell("git log --format=%s main") == "Large\nbase\n")
        #expect(try await bench.shell("ls ../state/parcels/merges") == "")
    }
}
