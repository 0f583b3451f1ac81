import Domain
import Fleet
import Testing

@testable import Server

struct QueueWalkTests {
    private func plan(_ obstacles: [TaskID: DispatchObstacle]) -> DispatchPlan {
        var plan = DispatchPlan()
        plan.obstacles = obstacles
        return plan
    }

    /// Else who looks while a round is under way sees no obstacle, where there is one all the time.
    @Test func whatARoundHasFoundCountsUntilTheNextOneEnds() throws {
        let task = try #require(TaskID(rawValue: "0123456789"))
        var walk = QueueWalk()
        walk.begin()
        walk.note(plan([task: .noDaemons]))
        walk.end(before: nil, hasRoom: false)
        walk.begin()
        #expect(walk.obstacle(of: task) == .noDaemons)
        walk.note(plan([:]))
        #expect(walk.obstacle(of: task) == .noDaemons)
        walk.end(before: nil, hasRoom: false)
        #expect(walk.obstacle(of: task) == nil)
    }
}
