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
        let shown: [TaskView]
        let address: String
        do {
            guard let queue = try await environment.machine.openQueue() else { return }
            address = queue.address
            shown = try await others(of: queue)
        } catch let error as any ExplainedError {
            environment.complaints.print([
                StyledLine("Warning: ", .warning) + StyledLine("\(error)"),
                StyledLine("Hint: ", .accent) + StyledLine(error.hint),
            ])
            return
        }
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
        let reasons = shown.flatMap { task in task.waitsFor.map { "\(task.taskId.prefix(6)) waits: \($0)" } }
        environment.notes(quiet).print(reasons.map { StyledLine($0) })
    }

    /// Those that this machine has not, with why each that waits is not handed out.
    private func others(of queue: any TaskQueue) async throws -> [TaskView] {
        let others = try await queue.tasks()
            .filter { TaskID(rawValue: $0.taskId).map { !known.contains($0) } ?? true }
        var shown = all ? others : others.enumerated().filter { $0 < Self.latest || !$1.status.isAtRest }.map(\.element)
        var asked = 0
        for (index, task) in shown.enumerated() where task.status == .pending && asked < Self.latest {
            asked += 1
            guard let id = TaskID(rawValue: task.taskId), let whole = try await queue.task(id) else { continue }
            shown[index] = whole
        }
        return shown
    }
}
