import Glibc
import Journal
import Runner
import Testing

@testable import Daemon

/// What another process does; see `OtherProcess`.
struct OtherProcessParts {
    private let path = getenv("MAKIMA_TEST_PATH").map { String(cString: $0) } ?? ""

    private struct Nowhere: DaemonTransport {
        struct Unreachable: Error {}

        func connect(_ body: @Sendable (any DaemonConnection) async throws -> Void) async throws { throw Unreachable() }
    }

    /// Does nothing in the process that runs all tests: there nobody asks for a part.
    @Test func playsThePartItIsAskedFor() async throws {
        guard getenv("MAKIMA_TEST_PART").map({ String(cString: $0) }) == "daemon" else { return }
        let place = BenchPlace(root: path)
        let tasks = try await SQLiteJournal.open(place.state.journal)
        let stops = StopRequests()
        let parts = try await place.parts(
            tasks,
            Nowhere(),
            fault: { _ in
                // Each write, before it and after it.
                var byte = UInt8(ascii: "w")
                _ = Glibc.write(3, &byte, 1)
            }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await MakimaDaemon(parts).run(stops: stops) }
            group.addTask {
                while try await parts.journal.heldTasks().allSatisfy({ $0.phase != .reported }) {
                    try await Task.sleep(for: .milliseconds(20))
                }
                // Nothing is to come any more that whoever waits for could hear of.
                exit(0)
            }
            try await group.waitForAll()
        }
    }
}
