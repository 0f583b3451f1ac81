import Domain
import Wire

/// The tasks of the server, for `makima list` and `makima report`.
enum QueueList {
    struct Tasks {
        var address: String
        var views: [TaskView]
    }

    /// Of so many tasks that wait it is asked why.
    private static let latest = 20

    /// `nil` where there is no server; that it cannot be asked, or does not run, is a warning that no option silences.
    static func read(in environment: CommandEnvironment) async throws -> Tasks? {
        do {
            guard let queue = try await environment.machine.openQueue() else {
                try await tellOfSleep(in: environment)
                return nil
            }
            let views = try await explained(try await queue.tasks(matching: nil), by: queue)
            return Tasks(address: queue.address, views: views)
        } catch let error as any ExplainedError {
            environment.complaints.print([
                StyledLine("Warning: ", .warning) + StyledLine("The server's tasks are not shown: \(error)"),
                StyledLine("Hint: ", .accent) + StyledLine(error.hint),
            ])
            return nil
        }
    }

    /// With why each that waits is not handed out, or not merged, which the server says of a single task only.
    private static func explained(_ views: [TaskView], by queue: any TaskQueue) async throws -> [TaskView] {
        var views = views
        var asked = 0
        for (index, task) in views.enumerated() where task.mayWait && asked < latest {
            asked += 1
            guard let id = TaskID(rawValue: task.taskId), let whole = try await queue.task(id) else { continue }
            views[index] = whole
        }
        return views
    }

    /// Tasks of a server that does not run are no tasks of nobody.
    private static func tellOfSleep(in environment: CommandEnvironment) async throws {
        guard let count = try await environment.machine.tasksOfSleepingServer(), count > 0 else { return }
        let verb = count == 1 ? "is" : "are"
        environment.complaints.print([
            StyledLine("Warning: ", .warning)
                + StyledLine("\(count.counted("task")) of this machine's server \(verb) not over, and it does not run."),
            StyledLine("Hint: ", .accent) + StyledLine("Start it with 'makima up'."),
        ])
    }
}

extension TaskView {
    fileprivate var mayWait: Bool { status == .pending || status == .done && contractId != nil && !merged }
}
