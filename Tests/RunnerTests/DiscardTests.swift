import Domain
import Journal
import Testing
import Workspaces

@testable import Runner

struct DiscardTests {
    @Test func aTaskOfADaemonStaysUntilItsEndIsToldOrSomebodyInsists() async throws {
        let bench = try await RunBench()
        let task = try await bench.service.create(bench.spec())
        var parts = bench.service.parts
        parts.isHeldByDaemon = { $0 == task.id }
        let service = LocalTaskService(parts)
        await #expect(throws: ServiceError.heldByDaemon(task.id, isAlive: false)) {
            try await service.discard(task.id, force: false)
        }
        let lock = try #require(try OwnerLock.acquire(parts.state.daemonLock))
        for force in [false, true] {
            await #expect(throws: ServiceError.heldByDaemon(task.id, isAlive: true)) {
                try await service.discard(task.id, force: force)
            }
        }
        lock.release()
        #expect(try await bench.journal.task(task.id) != nil)
        try await service.discard(task.id, force: true)
        #expect(try await bench.journal.task(task.id) == nil)
    }

    @Test func theDaemonItselfAndMachinesWithoutOneAreNotKeptFromIt() async throws {
        let bench = try await RunBench()
        let task = try await bench.service.create(bench.spec())
        try await bench.service.discard(task.id, force: false)
        #expect(try await bench.journal.task(task.id) == nil)
    }
}
