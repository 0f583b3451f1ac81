import Domain
import Fleet
import Store

/// How far the queue was looked at, and what keeps the tasks that were.
///
/// Each round begins with the most urgent tasks, and then goes on where the one before ended: however many of them cannot
/// be placed, all are looked at in time, and no round takes long.
struct QueueWalk: Sendable {
    /// So many pages are looked at in one round at most, and the first one always.
    static let pages = 10

    private var obstacles: [TaskID: DispatchObstacle] = [:]
    /// Those that the walk under way has found: what was found before counts until it has ended.
    private var found: [TaskID: DispatchObstacle] = [:]
    /// Where the next round goes on after the first page; `nil` is behind it.
    private(set) var mark: ReadyCursor?
    /// Whether there are queued tasks that no round has looked at.
    private var hasMore = false

    /// Begins a round.
    mutating func begin() { if mark == nil { found = [:] } }

    /// Notes what has come of a page.
    mutating func note(_ plan: DispatchPlan) {
        for placement in plan.placements {
            obstacles[placement.task] = nil
            found[placement.task] = nil
        }
        obstacles.merge(plan.obstacles) { _, new in new }
        found.merge(plan.obstacles) { _, new in new }
    }

    /// Ends a round before `next`; where no daemon has room, the next one begins anew.
    mutating func end(before next: ReadyCursor?, hasRoom: Bool) {
        hasMore = next != nil
        mark = hasRoom ? next : nil
        if mark == nil { obstacles = found }
    }

    func obstacle(of task: TaskID) -> DispatchObstacle? { obstacles[task] ?? (hasMore ? .behindOthers : nil) }
}
