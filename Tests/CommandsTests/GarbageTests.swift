import Domain
import Runner
import Testing

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
