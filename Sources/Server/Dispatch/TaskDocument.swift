import Domain
import Fleet
import Wire

/// What a daemon is told of a task, as the store keeps it: a `spawnTask` without anything of an attempt.
enum TaskDocument {
    static func make(_ request: TaskRequest, id: TaskID) throws(WireError) -> String {
        var spawn = request.spawn
        spawn.head = CommandHead(HandOver.prefix + id.rawValue, task: id, attempt: 1)
        return String(decoding: try Frame.encode(spawn), as: UTF8.self)
    }

    /// `nil` for a document of a later version.
    static func read(_ text: String) -> SpawnTask? {
        do throws(WireError) {
            guard case .spawnTask(let spawn) = try Frame.decode(Array(text.utf8), as: ToDaemon.self) else { return nil }
            return spawn
        } catch { return nil }
    }

    /// What the dispatcher looks at.
    static func task(_ request: TaskRequest, id: TaskID, at time: Timestamp) -> FleetTask {
        var demands = TaskDemands(
            labels: Set(request.labels),
            priority: request.priority,
            keys: request.keys.map { ConcurrencyKey($0.name, limit: $0.limit) },
            dependencies: request.dependencies.compactMap(\.dependency),
            notBefore: request.notBefore
        )
        demands.repository = request.spawn.repoUrl ?? request.spawn.targetRepoPath
        demands.share = request.share
        demands.memoryMiB = request.memoryMiB
        demands.diskMiB = request.diskMiB
        demands.parent = request.spawn.parentTaskId.flatMap(TaskID.init(rawValue:))
        demands.contract = request.spawn.contractId
        demands.agent = request.spawn.agent.name.isEmpty ? nil : request.spawn.agent.name
        return FleetTask(id: id, name: request.spawn.taskName, demands: demands, createdAt: time)
    }
}

extension WireDependency {
    var dependency: Dependency? {
        TaskID(rawValue: taskId).map { Dependency($0, condition == .merged ? .merged : .done) }
    }

    init(_ dependency: Dependency) {
        self.init()
        taskId = dependency.task.rawValue
        condition = dependency.condition == .merged ? .merged : .done
    }
}
