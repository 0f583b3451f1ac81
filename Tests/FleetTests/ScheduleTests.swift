import Domain
import Fleet
import Testing

struct ScheduleTests {
    private let parent = Sample.id(9)

    @Test(arguments: TaskStatus.allCases, Dependency.Condition.allCases)
    func aParentMustBeDone(status: TaskStatus, condition: Dependency.Condition) {
        let demands = TaskDemands(dependencies: [Dependency(parent, condition)])
        let obstacles = { (isMerged: Bool) in
            Schedule.obstacles(of: demands, parents: [parent: ParentState(status, isMerged: isMerged)], at: Sample.then)
        }
        switch status {
        case .done:
            #expect(obstacles(true).isEmpty)
            #expect(obstacles(false) == (condition == .done ? [] : [.parentNotMerged(parent)]))
        case .pending, .initializing, .starting, .running, .waiting:
            #expect(obstacles(false) == [.parentNotDone(parent, status)])
            #expect(obstacles(false).allSatisfy { !$0.needsPerson })
        case .blocked, .paused, .stalled, .iterationLimitReached, .budgetReached, .interrupted, .failed:
            #expect(obstacles(false) == [.parentStopped(parent, status)])
            #expect(obstacles(false).allSatisfy { $0.needsPerson && $0.sentence.contains(parent.short) })
        }
    }

    @Test func allParentsMustBeDone() {
        let demands = TaskDemands(dependencies: [
            Dependency(Sample.id(2)), Dependency(Sample.id(3)), Dependency(parent),
        ])
        let parents = [Sample.id(2): ParentState(.done), Sample.id(3): ParentState(.running)]
        #expect(
            Schedule.obstacles(of: demands, parents: parents, at: Sample.then)
                == [.parentNotDone(Sample.id(3), .running), .parentMissing(parent)]
        )
    }

    @Test func nothingBeginsBeforeItsTime() {
        let demands = TaskDemands(notBefore: Sample.then)
        #expect(
            Schedule.obstacles(of: demands, parents: [:], at: Sample.then + .milliseconds(-1)) == [
                .notBefore(Sample.then)
            ]
        )
        #expect(Schedule.obstacles(of: demands, parents: [:], at: Sample.then).isEmpty)
    }

    @Test(arguments: [
        ScheduleObstacle.notBefore(Sample.then), .parentNotDone(Sample.id(), .running),
        .parentStopped(Sample.id(), .iterationLimitReached), .parentNotMerged(Sample.id()), .parentMissing(Sample.id()),
    ])
    func eachObstacleIsASentence(obstacle: ScheduleObstacle) {
        #expect(obstacle.sentence.hasSuffix(".") && !obstacle.sentence.contains("_"))
    }

    // MARK: - Circles

    private func ids(_ numbers: [Int]) -> [TaskID] { numbers.map(Sample.id) }

    private func graph(_ edges: [Int: [Int]]) -> [TaskID: [TaskID]] {
        Dictionary(uniqueKeysWithValues: edges.map { (Sample.id($0.key), ids($0.value)) })
    }

    @Test func aTaskMayNotWaitForItself() {
        #expect(Schedule.cycle(adding: graph([1: [1]]), to: [:]) == ids([1]))
    }

    @Test func findsACircleAmongNewTasksOnly() throws {
        let circle = try #require(Schedule.cycle(adding: graph([1: [2], 2: [3], 3: [1], 4: [1]]), to: [:]))
        #expect(Set(circle) == Set(ids([1, 2, 3])))
    }

    @Test func findsACircleThroughTasksThatAreThere() throws {
        let circle = try #require(Schedule.cycle(adding: graph([1: [3]]), to: graph([3: [2], 2: [1], 7: [2]])))
        #expect(Set(circle) == Set(ids([1, 2, 3])))
    }

    @Test func aRhombusIsNoCircle() {
        #expect(Schedule.cycle(adding: graph([1: [2, 3], 2: [4], 3: [4], 4: []]), to: [:]) == nil)
        #expect(Schedule.cycle(adding: graph([1: [2, 2]]), to: [:]) == nil)
    }

    @Test func aLongChainIsNoTrouble() {
        let chain = Dictionary(uniqueKeysWithValues: (1..<20_000).map { (Sample.id($0), [Sample.id($0 + 1)]) })
        #expect(Schedule.cycle(adding: chain, to: [:]) == nil)
        #expect(Schedule.cycle(adding: graph([20_000: [1]]), to: chain)?.count == 20_000)
    }
}
