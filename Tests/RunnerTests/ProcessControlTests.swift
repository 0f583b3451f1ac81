import Domain
import Testing

@testable import Runner

/// Wishes to stop that come while no process runs.
@Suite(.timeLimit(.minutes(15)))
struct ProcessControlTests {
    private let control = ProcessControl()

    /// Work that only a cancellation ends; `begun` is called when it is under way.
    private func endless(_ begun: @escaping @Sendable () -> Void) -> @Sendable () async throws -> String {
        {
            begun()
            try await Task.sleep(for: .seconds(100_000))
            return "done"
        }
    }

    @Test(arguments: [StopRequest.gentle, .pause, .forced])
    func anyWishEndsWhatAnyMayEnd(_ wish: StopRequest) async {
        let control = control
        let stopped = await #expect(throws: RunStopped.self) {
            try await control.ending(at: .any, endless { control.stop(wish) })
        }
        #expect(stopped?.reason == (wish == .pause ? .paused : .interrupted(.person)))
    }

    @Test func aGentleOneLetsTheRestGoOnAndASecondDoesNot() async throws {
        let control = control
        let result = try await control.ending(at: .forced) {
            control.stop(.gentle)
            return Task.isCancelled
        }
        #expect(!result)
        await #expect(throws: RunStopped.self) {
            try await control.ending(at: .forced, endless { control.stop(.forced) })
        }
    }

    @Test func afterAWishNothingIsBegun() async throws {
        let control = control
        control.stop(.forced)
        for least in [ProcessControl.Insistence.any, .forced] {
            await #expect(throws: RunStopped.self) {
                try await control.ending(at: least) { Issue.record("It was begun.") }
            }
        }
        #expect(try await control.ending(at: .forced, onlyLater: true) { 1 } == 1)
        await #expect(throws: RunStopped.self) {
            try await control.ending(at: .forced, onlyLater: true, endless { control.stop(.forced) })
        }
    }

    @Test func whatIsDoneAllTheSameIsDone() async throws {
        let control = control
        let result = try await control.ending(at: .any) {
            control.stop(.forced)
            return "done"
        }
        #expect(result == "done")
    }

    @Test func anErrorWithoutAWishIsTold() async {
        await #expect(throws: DiskWrite.self) { try await control.ending(at: .any) { throw DiskWrite() } }
    }

    private struct DiskWrite: Error {}
}
