import Domain
import Fleet
import Logging
import Store

/// Notes of queued tasks that they do not begin until somebody does something: whoever sees the task sees that.
struct StandstillKeeper: Sendable {
    let store: any TaskStore
    let dispatch: DispatchService
    let surroundings: Surroundings
    /// How often it looks.
    var step = Duration.seconds(10)

    private static let page = 200
    /// So many of the queue are looked at, the newest first.
    private static let most = 5000

    func run() async {
        var watch = StandstillWatch()
        while true {
            do {
                try await surroundings.clock.sleep(for: step)
            } catch { return }
            do {
                try await look(&watch)
            } catch {
                surroundings.logger.error("The queue could not be looked at.", metadata: ["error": "\(error)"])
            }
        }
    }

    func look(_ watch: inout StandstillWatch) async throws {
        var found: [(task: FleetTask, standstill: Standstill?)] = []
        var filter = TaskFilter()
        filter.statuses = [.pending]
        var cursor: PageCursor?
        repeat {
            let page = try await store.tasks(filter, after: cursor, limit: Self.page)
            for task in page.tasks where task.isQueued { found.append((task, try await standstill(of: task))) }
            cursor = page.next
        } while cursor != nil && found.count < Self.most
        let time = surroundings.now()
        for task in watch.look(found, at: time) {
            // Whoever was faster has changed more than this; it is looked at again.
            _ = try await store.update(task, expecting: TaskExpectation(task), at: time)
        }
    }

    private func standstill(of task: FleetTask) async throws -> Standstill? {
        let parents = task.demands.dependencies.isEmpty ? [:] : try await store.parents(of: task.id)
        let schedule = Schedule.obstacles(of: task.demands, parents: parents, at: surroundings.now())
        return Standstill(of: task, schedule, dispatch.obstacle(of: task.id))
    }
}
