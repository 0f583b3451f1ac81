import Domain
import Runner
import Wire

/// A task of the server that commands go through.
struct QueuedTask: Sendable {
    let queue: any TaskQueue
    let view: TaskView
    let id: TaskID

    /// How it can be called on the command line.
    var name: String { id.short }

    /// Gives an order about it, and tells what came of that.
    func carryOut(
        _ order: QueueOrder,
        in environment: CommandEnvironment,
        _ format: FormatOptions
    ) async throws -> ExitStatus {
        let answer = try await queue.give(order, to: id)
        if format.json {
            environment.answers.print(json: try APIText.value(answer))
            return .success
        }
        let words =
            switch answer.outcome {
            case .changed: "Task \(name) is now '\(answer.task.status.words)'."
            case .told: "The daemon '\(answer.task.daemonId ?? view.daemonId ?? "")' of task \(name) is told."
            case .nothing: "Nothing is to be done: task \(name) is '\(answer.task.status.words)'."
            }
        environment.answers.print(StyledLine(words))
        return .success
    }

    /// Follows the task until it stops; the exit status is that of its end.
    func follow(in environment: CommandEnvironment, _ format: FormatOptions, _ quiet: QuietOptions, after: Int = 0)
        async throws -> ExitStatus
    {
        let printer = format.json ? environment.answers : environment.notes(quiet)
        let isJSON = format.json
        let (queue, id) = (queue, id)
        try await queue.follow(id, after: after) { event in
            if isJSON {
                printer.print(json: try APIText.value(event))
            } else {
                printer.print(EventNarrator.lines(for: event))
            }
            guard event.kind == "status", let now = try await queue.task(id) else { return true }
            // What is past may have been any status: the task rests where the last one is told.
            return
                !(now.status.isAtRest && event.body["status"]?.string == now.status.rawValue
                && now.attempt == event.attempt)
        }
        guard let ended = try await queue.task(id) else { throw ServiceError.noSuchTask(id.rawValue) }
        if !isJSON { environment.answers.print(EventNarrator.summary(of: ended)) }
        return ended.reason?.reason(of: ended.status).map { ExitStatus($0) } ?? .failure
    }
}

extension CommandEnvironment {
    /// The task of the server that `name` stands for; `nil` where there is no server, or where it knows none of that name.
    func queued(_ name: String) async throws -> QueuedTask? {
        guard let queue = try await machine.openQueue() else { return nil }
        do {
            let view = try await QueueLookup(queue: queue).find(name)
            return TaskID(rawValue: view.taskId).map { QueuedTask(queue: queue, view: view, id: $0) }
        } catch ServiceError.noSuchTask {
            return nil
        }
    }
}
