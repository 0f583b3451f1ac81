import Domain
import Wire

/// The tasks of the server that this machine has not.
struct QueueList {
    /// Those that are shown already.
    let known: Set<TaskID>
    /// Also those that rest.
    let all: Bool

    private static let latest = 20

    /// Prints nothing where there is no server, or where it has no others; that it cannot be reached is a warning.
    func print(in environment: CommandEnvironment, _ quiet: QuietOptions) async throws {
        let tasks: [TaskView]
        let address: String
        do {
            guard let queue = try await environment.machine.openQueue() else { return }
            (tasks, address) = (try await queue.tasks(), queue.address)
        } catch let error as any ExplainedError {
            environment.complaints.print([
                StyledLine("Warning: ", .warning) + StyledLine("\(error)"),
                StyledLine("Hint: ", .accent) + StyledLine(error.hint),
            ])
            return
        }
        let others = tasks.filter { TaskID(rawValue: $0.taskId).map { !known.contains($0) } ?? true }
        let shown = all ? others : others.enumerated().filter { $0 < Self.latest || !$1.status.isAtRest }.map(\.element)
        guard !shown.isEmpty else { return }
        environment.notes(quiet).print(StyledLine("At \(address):", .strong))
        var table = Table(header: ["TASK", "STATUS", "ITER", "DAEMON", "NAME"], flexibleColumn: 4)
        table.dispensable = [3]
        for task in shown {
            let isQueued = task.status == .pending
            table.add([
                StyledLine(String(task.taskId.prefix(6)), .strong),
                StyledLine(isQueued ? "queued" : task.status.words), StyledLine("\(task.iterations)"),
                StyledLine(task.daemonId ?? "–"), StyledLine(task.taskName),
            ])
        }
        environment.answers.print(table.lines(columns: environment.answers.columns))
    }
}
