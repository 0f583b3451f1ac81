import ArgumentParser
import Domain
import Runner
import Wire

/// `makima attach`: follows a task of the server.
struct AttachTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Follow a task of the server until it stops",
        discussion: """
            Shows what has happened to it, and what happens. Ctrl-C ends the looking on only. Exit codes are those of \
            'makima run'.
            """
    )

    @OptionGroup var task: TaskArgument
    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        _ = try await environment.queue()
        guard let queued = try await environment.queued(task.task) else {
            // One of this machine alone is followed otherwise.
            let own = try await environment.machine.makeService().find(task.task)
            throw CommandError.notAtServer(task: own.id.short)
        }
        return try await queued.follow(in: environment, format, quiet)
    }
}

extension TaskStatus {
    /// Whether nothing goes on with the task until a person says so.
    var isAtRest: Bool { endsAttempt || self == .paused }
}

/// Finds tasks of a server by what they are called.
struct QueueLookup {
    let queue: any TaskQueue

    /// Finds the one task whose id or name begins with `name`, in upper or lower case; throws where there is none, or several.
    func find(_ name: String) async throws -> TaskView {
        let tasks = try await queue.tasks(matching: name)
        if let exact = tasks.first(where: { $0.taskId == name }) { return exact }
        let wanted = name.lowercased()
        let steps: [(TaskView) -> Bool] = [
            { $0.taskName == name }, { $0.taskName.lowercased() == wanted },
            { $0.taskId.hasPrefix(wanted) || $0.taskName.lowercased().hasPrefix(wanted) },
        ]
        let found = steps.lazy.map { tasks.filter($0) }.first { !$0.isEmpty } ?? []
        guard let task = found.first else { throw ServiceError.noSuchTask(name) }
        guard found.count == 1 else { throw ServiceError.ambiguous(name, found.map(\.taskId)) }
        return task
    }
}
