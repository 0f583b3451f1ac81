package import Domain

/// Decides when a queued task may be handed out.
package enum Schedule {
    /// What keeps a task from being handed out; empty when nothing does.
    ///
    /// `parents` are the tasks it depends on, as far as there are any.
    package static func obstacles(
        of demands: TaskDemands,
        parents: [TaskID: ParentState],
        at time: Timestamp
    ) -> [ScheduleObstacle] {
        var obstacles = demands.dependencies.compactMap { obstacle($0, parents[$0.task]) }
        if let notBefore = demands.notBefore, time < notBefore { obstacles.append(.notBefore(notBefore)) }
        return obstacles
    }

    private static func obstacle(_ dependency: Dependency, _ parent: ParentState?) -> ScheduleObstacle? {
        guard let parent else { return .parentMissing(dependency.task) }
        if parent.status != .done {
            return parent.status.endsAttempt
                ? .parentStopped(dependency.task, parent.status) : .parentNotDone(dependency.task, parent.status)
        }
        return dependency.condition == .merged && !parent.isMerged ? .parentNotMerged(dependency.task) : nil
    }

    /// A circle of dependencies that `added` would close, each depending on the next and the last on the first; `nil`
    /// where there is none.
    ///
    /// `known` is what the tasks that are there already depend on; needed only of those that `added` leads to.
    package static func cycle(adding added: [TaskID: [TaskID]], to known: [TaskID: [TaskID]]) -> [TaskID]? {
        var search = CycleSearch(parents: known.merging(added) { _, new in new })
        for task in added.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            if let circle = search.circle(from: task) { return circle }
        }
        return nil
    }
}

/// What a dependency looks at.
package struct ParentState: Hashable, Sendable {
    package var status: TaskStatus
    package var isMerged: Bool

    package init(_ status: TaskStatus, isMerged: Bool = false) {
        self.status = status
        self.isMerged = isMerged
    }
}

/// Why a queued task is not handed out yet.
package enum ScheduleObstacle: Hashable, Sendable {
    case notBefore(Timestamp)
    /// It will go on by itself.
    case parentNotDone(TaskID, TaskStatus)
    /// Only a person, or a limit that is raised, lets it go on.
    case parentStopped(TaskID, TaskStatus)
    case parentNotMerged(TaskID)
    /// It was deleted: this will not come about.
    case parentMissing(TaskID)

    /// Whether somebody has to do something.
    package var needsPerson: Bool {
        switch self {
        case .notBefore, .parentNotDone: false
        case .parentStopped, .parentNotMerged, .parentMissing: true
        }
    }

    /// For people, with a full stop.
    package var sentence: String {
        switch self {
        case .notBefore(let time): "It is not to begin before \(time.formattedUTC)."
        case .parentNotDone(let task, .pending): "It waits for task \(task.short), which is queued."
        case .parentNotDone(let task, let status): "It waits for task \(task.short), which is '\(status.words)'."
        case .parentStopped(let task, let status):
            "It waits for task \(task.short), which has ended as '\(status.words)' and does not go on by itself: "
                + "resume that task, or stop this one."
        case .parentNotMerged(let task): "It waits for the work of task \(task.short) to be merged."
        case .parentMissing(let task):
            "It depends on task \(task.short), which is not there any more: stop this one, or remove it."
        }
    }
}

/// Walks along dependencies, in depth and without recursion: chains may be long.
private struct CycleSearch {
    let parents: [TaskID: [TaskID]]
    /// From these no circle is reached.
    var cleared: Set<TaskID> = []

    mutating func circle(from start: TaskID) -> [TaskID]? {
        var path: [(task: TaskID, next: Int)] = [(start, 0)]
        var onPath: Set<TaskID> = [start]
        while let top = path.last {
            let above = parents[top.task] ?? []
            guard top.next < above.count else {
                cleared.insert(top.task)
                onPath.remove(top.task)
                path.removeLast()
                continue
            }
            path[path.count - 1].next += 1
            let parent = above[top.next]
            if onPath.contains(parent) { return path.map(\.task).drop { $0 != parent }.map { $0 } }
            guard !cleared.contains(parent) else { continue }
            path.append((parent, 0))
            onPath.insert(parent)
        }
        return nil
    }
}
