import Domain
import Runner
import Testing
import Workspaces

@testable import Commands

/// What `makima gc` says.
struct GarbageTests {
    private static let since = Sample.time

    private static var entries: [GarbageEntry] {
        [
            GarbageEntry(
                .workspace,
                of: Sample.id,
                path: "/state/tasks/k7/tree",
                bytes: 3_500_000,
                verdict: .remove(.retired(.done, since: since))
            ),
            GarbageEntry(
                .output,
                of: Sample.id,
                path: "/state/tasks/k7/runs/1",
                bytes: 900,
                verdict: .keep(.noRetention(.logs))
            ),
            GarbageEntry(.room, path: "/state/rooms/7", bytes: 0, verdict: .remove(.deadProcess)),
            GarbageEntry(
                .refs,
                of: Sample.id,
                path: "/home/me/project",
                bytes: 0,
                verdict: .keep(.foreignRefs)
            ),
        ]
    }

    private func bench(_ entries: [GarbageEntry] = entries) -> TestBench {
        let service = FakeTaskService()
        service.configure { $0.garbage = entries }
        return TestBench(service: service)
    }

    @Test func everythingIsExplained() async throws {
        let bench = bench()
        #expect(await bench.run("gc", "--dry-run") == .success)
        try expectSnapshot(bench.output.text + "---\n" + bench.errors.text, "gc-dry-run.txt")
    }

    /// Five workspaces of stopped tasks, four of which are alike in all, a failure and a loss.
    private static var many: [GarbageEntry] {
        let stopped: [(String, KeepCause)] = [
            ("a", .resumable(.stalled)), ("b", .resumable(.interrupted)), ("c", .resumable(.stalled)),
            ("d", .resumable(.stalled)), ("e", .failed(message: "no")),
        ]
        let kept = stopped.map { name, cause in
            GarbageEntry(.workspace, path: "/state/tasks/\(name)/tree", bytes: 1024, verdict: .keep(cause))
        }
        let rooms = (1...12)
            .map {
                GarbageEntry(.room, path: "/state/rooms/\($0)", bytes: 10, verdict: .remove(.deadProcess))
            }
        let refs = (1...4)
            .map { _ in
                GarbageEntry(
                    .refs,
                    of: TaskID(rawValue: "k7m2q9xw4t"),
                    path: "/home/me/project",
                    bytes: 0,
                    verdict: .keep(.foreignRefs)
                )
            }
        return kept + rooms + refs
    }

    @Test func manyThatAreAlikeHaveOneLine() async throws {
        let bench = bench(Self.many)
        #expect(await bench.run("gc") == .failure)
        let lines = bench.output.text.split(separator: "\n").map(String.init)
        #expect(lines.count == 6, "\(bench.output.text)")
        for words in [
            "rooms of 12 processes  The processes that they were made for are gone.",
            "4.0 KiB  4 workspaces           The tasks stopped and can go on, which they could not without their workspaces.",
            "could not be removed: no", "refs of 4 tasks",
        ] {
            #expect(lines.contains { $0.contains(words) }, "\(words)\n\(bench.output.text)")
        }
        #expect(lines.last == "Removed 12 items (120 B); kept 9 items (5.0 KiB).")
        #expect(bench.errors.text.contains("With '--verbose' each thing has a line."))
        let hint = "'git branch NAME REF' keeps it"
        #expect(bench.errors.text.occurrences(of: hint) == 1)
    }

    @Test func eachHasOneWhereThatIsWanted() async throws {
        let bench = bench(Self.many)
        #expect(await bench.run("gc", "--dry-run", "--verbose") == .failure)
        #expect(bench.output.text.split(separator: "\n").count == 21 + 2)
        #expect(!bench.errors.text.contains("--verbose"))
    }

    /// Files that are nowhere else are named, however many workspaces go.
    @Test func whatIsLostIsToldOfEach() async throws {
        let lost = IgnoredFiles(count: 1, bytes: 7, names: [".env"])
        let entries = (1...5)
            .map { number in
                GarbageEntry(
                    .workspace,
                    path: "/state/tasks/\(number)/tree",
                    bytes: 1,
                    verdict: .remove(.retired(.done, since: Self.since, losing: lost))
                )
            }
        let bench = bench(entries)
        #expect(await bench.run("gc") == .success)
        #expect(bench.output.text.occurrences(of: "1 ignored file (7 bytes): .env") == 5, "\(bench.output.text)")
    }

    @Test func whatWasDoneIsToldToPrograms() async throws {
        let bench = bench()
        #expect(await bench.run("gc", "--json") == .success)
        try expectSnapshot(bench.output.text, "gc.json")
        #expect(bench.errors.bytes.isEmpty)
    }

    @Test func optionsComeBeforeSettings() async throws {
        var bench = bench([])
        bench.machine.settings.retention = Retention(workspaces: .seconds(60), logs: .seconds(90))
        #expect(await bench.run("gc", "--older-than", "14d") == .success)
        let request = GarbageRequest(
            retention: Retention(workspaces: .seconds(14 * 86400), logs: .seconds(90)),
            repositories: ["/home/me/project"]
        )
        #expect(bench.machine.service.calls == [.collectGarbage(request)])
        #expect(bench.output.text == "There is nothing to remove.\n")
    }

    @Test func whatIsLetGoBeyondThatIsSaid() async throws {
        let bench = bench([])
        #expect(await bench.run("gc", "--stopped", "--ignored") == .success)
        var request = GarbageRequest(retention: Retention(), repositories: ["/home/me/project"])
        request.includesStopped = true
        request.includesIgnored = true
        #expect(bench.machine.service.calls == [.collectGarbage(request)])
    }

    @Test func aFailureIsOne() async throws {
        let bench = bench([GarbageEntry(.room, path: "/x", bytes: 0, verdict: .keep(.failed(message: "no")))])
        #expect(await bench.run("gc") == .failure)
    }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_048_575, "1023.9 KiB"), (1_048_576, "1.0 MiB"),
        (1_288_490_189, "1.2 GiB"), (5 << 42, "20.0 TiB"),
    ])
    func sizesAreReadable(bytes: Int, words: String) {
        #expect(bytes.byteWords == words)
    }
}

extension String {
    /// How often `text` is in it.
    fileprivate func occurrences(of text: String) -> Int { ranges(of: text).count }
}
