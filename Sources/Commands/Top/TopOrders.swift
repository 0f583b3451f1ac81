import Domain
import Runner
import Wire

/// Gives the orders of `makima top`, to the server where it has the task, else to this machine.
struct TopOrders: Sendable {
    private let environment: CommandEnvironment
    private let service: any TaskService

    init(_ environment: CommandEnvironment, _ service: any TaskService) {
        self.environment = environment
        self.service = service
    }

    /// Returns what came of it, or why nothing did.
    func give(_ order: TopOrder, to row: ListRow) async -> TopNotice {
        do {
            if let queue = try await environment.machine.openQueue() {
                if let queued = row.queued(at: queue) { return try await give(order, to: queued) }
                // Of many tasks only the latest are listed: the server may have this one all the same.
                if let id = TaskID(rawValue: row.id), let view = try await queue.task(id) {
                    return try await give(order, to: QueuedTask(queue: queue, view: view, id: id))
                }
            }
            guard row.record != nil else { throw CommandError.noServer(isAsleep: false) }
            return try await giveHere(order, to: row)
        } catch {
            return TopNotice(error)
        }
    }

    private func give(_ order: TopOrder, to task: QueuedTask) async throws -> TopNotice {
        let wanted: QueueOrder
        switch order {
        case .stop: wanted = .stop(force: false)
        case .pause: wanted = .pause
        case .say(let text): wanted = .say(text)
        case .answer(let question, let text): wanted = .answer(question: question, text)
        case .resume(let maxIterations):
            if let refusal = task.refusal(of: maxIterations) { throw refusal }
            var request = Wire.ResumeRequest()
            request.changes.maxIterations = maxIterations
            wanted = .resume(request)
        }
        let answer = try await task.queue.give(wanted, to: task.id)
        return TopNotice(task.words(for: wanted, answer))
    }

    private func giveHere(_ order: TopOrder, to row: ListRow) async throws -> TopNotice {
        guard let id = TaskID(rawValue: row.id) else { throw ServiceError.noSuchTask(row.id) }
        let resume = row.record?.call(row.callName).resume ?? "makima resume \(row.callName)"
        let wayOn = row.status.isActive ? nil : "Go on with '\(resume)' in a shell."
        switch order {
        case .stop: return notice(of: try await service.stop(id, force: false), .stop(force: false), row)
        case .pause: return notice(of: try await service.pause(id), .pause, row)
        case .say(let text):
            let said = try await service.say(text, to: id)
            return TopNotice("Message \(said.message.number) is queued.", hint: wayOn)
        case .answer(let question, let text):
            let answered = try await service.answer(text, to: id, question: question)
            return TopNotice("Answered: \(answered.asked.text.firstLine(upTo: 160))", hint: wayOn)
        case .resume:
            return TopNotice("Type 'makima resume \(row.callName)' in a shell.")
        }
    }

    private func notice(of came: StopAnswer, _ wish: LocalWish, _ row: ListRow) -> TopNotice {
        guard let task = row.record else {
            return TopNotice("Nothing runs task \(row.callName); it is '\(row.status.words)'.")
        }
        return TopNotice(StopWords(came, to: wish, of: task, called: row.callName).sentence)
    }
}
