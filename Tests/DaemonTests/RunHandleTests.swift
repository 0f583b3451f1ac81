import Domain
import Runner
import TestSupport
import Testing

@testable import Daemon

struct RunHandleTests {
    private func handle() throws -> RunHandle {
        let task = try #require(TaskID(rawValue: "0123456789"))
        return RunHandle(HeldTask(task, attempt: 1, phase: .working), wallClock: ManualWallClock()) {}
    }

    /// What the next run of the handle hears before it has begun.
    private func heard(by handle: RunHandle) async -> [StopRequest] {
        let stops = handle.open()
        stops.finish()
        return await stops.stream.reduce(into: []) { $0.append($1) }
    }

    @Test func aStopThatWasFulfilledIsForgotten() async throws {
        let handle = try handle()
        handle.stop(.gentle)
        handle.forgetStop()
        #expect(await heard(by: handle) == [])
    }

    /// Whoever insists once more means what hangs since the first time.
    @Test func aForcedStopIsHeardAsOftenAsItIsWished() async throws {
        let handle = try handle()
        let stops = handle.open()
        for _ in 0..<3 { handle.stop(.forced) }
        handle.stop(.gentle)
        stops.finish()
        #expect(await stops.stream.reduce(into: []) { $0.append($1) } == [.forced, .forced, .forced])
    }

    /// The daemon's end may come when the next run is about to be prepared.
    @Test func theEndOfTheDaemonIsNotForgotten() async throws {
        let handle = try handle()
        handle.leave()
        handle.forgetStop()
        #expect(await heard(by: handle) == [.gentle])
    }
}
