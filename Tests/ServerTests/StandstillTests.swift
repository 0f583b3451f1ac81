import Domain
import Fleet
import Logging
import Store
import TestSupport
import Testing
import Wire

@testable import Server

@Suite(.timeLimit(.minutes(15)))
struct StandstillTests {
    private let directory = TemporaryDirectory("makima-standstill")
    private let wallClock = ManualWallClock()

    private func task(_ number: Int, _ change: (inout FleetTask) -> Void = { _ in }) throws -> FleetTask {
        let id = try #require(TaskID(rawValue: "000000000\(number)"))
        var task = FleetTask(id: id, name: "task \(number)", createdAt: wallClock.now() + .milliseconds(number))
        change(&task)
        return task
    }

    @Test func whatDoesNotBeginByItselfIsNotedAndShown() async throws {
        let store = try await SQLiteTaskStore.open("\(directory.path)/store.sqlite")
        let surroundings = Surroundings(
            clock: ManualClock(),
            wallClock: wallClock,
            ids: SystemIDs(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let dispatch = DispatchService(
            store: store,
            lines: DaemonLines(),
            limits: DispatchLimits(),
            surroundings: surroundings
        )
        let stopped = try task(1) { ($0.status, $0.reason) = (.failed, .failed(.internalError(message: "x"))) }
        let after = try task(2) { $0.demands.dependencies = [Dependency(stopped.id)] }
        let free = try task(3)
        let later = try task(4) { $0.demands.notBefore = wallClock.now() + .seconds(86_400) }
        let made = [stopped, after, free, later].map { NewTask($0, document: "{}") }
        _ = try await store.create(made, key: nil, at: wallClock.now())
        let keeper = StandstillKeeper(store: store, dispatch: dispatch, surroundings: surroundings)
        var watch = StandstillWatch()
        for seconds in [0, 30, 60] {
            _ = try await dispatch.round()
            try await keeper.look(&watch)
            let codes = try await store.tasks(TaskFilter(), after: nil, limit: 9).tasks.map { $0.standstill?.code }
            #expect(codes == (seconds < 60 ? [nil, nil, nil, nil] : [nil, "no_daemon", "parent_stopped", nil]))
            wallClock.set(wallClock.now() + .seconds(30))
        }
        let shown = try #require(try await store.task(after.id)).view
        #expect(shown?.code == "parent_stopped" && shown?.hint.contains(stopped.id.short) == true)
    }

    @Test func tasksThatStandStillForTheSameAreToldAsOne() throws {
        let daemonless = try (1...3)
            .map { number in try task(number) { $0.standstill = Standstill(of: $0, [], .noDaemons) } }
        let gpu = try task(4) { $0.standstill = Standstill(of: $0, [], .labelsMissing(["gpu"])) }
        let other = try task(5)
        let gathered = ChangeWatch.gathered([other, daemonless[2], gpu, daemonless[0], daemonless[1]])
        #expect(gathered.map(\.task.id) == [other.id, gpu.id, daemonless[0].id])
        #expect(gathered.map(\.others) == [0, 0, 2])
        let moment = ChangeWatch(since: wallClock.now()).moment(of: gpu, [])
        #expect(moment.standstill?.code == "labels_missing")
        #expect(ChangeWatch(since: wallClock.now()).moment(of: other, []).standstill == nil)
    }
}

extension FleetTask {
    fileprivate var view: WireStandstill? { TaskView(self).standstill }
}
