import Domain
import Fleet
import Store
import Wire

/// Carries out what people order about tasks.
struct TaskOrders: Sendable {
    let store: any TaskStore
    let lines: DaemonLines
    let surroundings: Surroundings

    /// An order, who gives it, and what it is called, so that it has one effect however often it is sent.
    struct Order: Sendable {
        var task: TaskID
        var person: PersonOrder
        var commandID: String
    }

    /// What has come of an order.
    struct Outcome: Sendable {
        var outcome: OrderOutcome
        var commandID: String?
        var task: FleetTask
    }

    // MARK: - Orders that stop

    func stop(_ order: Order, force: Bool) async throws -> Outcome {
        try await hold(order, decide: OrderRules.stop) { head in
            var command = StopTask()
            (command.head, command.force, command.by) = (head, force, order.person.by.asLabel)
            return command
        }
    }

    func pause(_ order: Order) async throws -> Outcome {
        try await hold(order, decide: OrderRules.pause) { head in
            var command = PauseTask()
            (command.head, command.by) = (head, order.person.by.asLabel)
            return command
        }
    }

    private func hold(
        _ order: Order,
        decide: (FleetTask, Timestamp) -> OrderRules.Step,
        command: (CommandHead) -> any TaskCommand
    ) async throws -> Outcome {
        var current = try await task(order.task)
        while true {
            let time = surroundings.now()
            switch decide(current, time) {
            case .nothing: return Outcome(outcome: .nothing, task: current)
            case .tell(let daemon, let attempt):
                let head = CommandHead(order.commandID, task: order.task, attempt: attempt)
                return try await tell(daemon, command(head), order, current)
            case .changed(let changed):
                switch try await store.update(changed, expecting: TaskExpectation(current), at: time) {
                case .updated(let saved):
                    try await note(order.person, about: order.task)
                    return Outcome(outcome: .changed, task: saved)
                case .outdated(let other): current = other
                case .unknown: throw APIError.missing("task", order.task.rawValue)
                }
            }
        }
    }

    // MARK: - Orders to a task at work

    func interrupt(_ order: Order, message: String?) async throws -> Outcome {
        let task = try await task(order.task)
        guard let daemon = task.assignment?.daemon else { throw notAtWork(task) }
        var command = InterruptTask()
        command.head = CommandHead(order.commandID, task: order.task, attempt: task.attempt)
        (command.message, command.by) = (message, order.person.by.asLabel)
        return try await tell(daemon, command, order, task)
    }

    /// Said at once where the task is at work, and when it goes on where it is not.
    func say(_ text: String, _ order: Order) async throws -> Outcome {
        let before = try await task(order.task)
        var person = order.person
        (person.text, person.orderID) = (text, order.commandID)
        var message = try await message(order)
        if message == nil {
            guard before.assignment != nil || before.status != .done else { throw notAtWork(before) }
            try await note(person, about: order.task)
            message = try await self.message(order)
        }
        // It may have been handed over while that was written down: whoever has it now is told.
        let task = try await task(order.task)
        guard let message, !message.isDelivered else { return Outcome(outcome: .nothing, task: task) }
        guard let daemon = task.assignment?.daemon else { return Outcome(outcome: .changed, task: task) }
        let command = try message.newCommand(about: AttemptKey(task.id, task.attempt), to: daemon)
        let queued = try await store.enqueue(command, at: surroundings.now())
        lines.ring(daemon)
        return Outcome(outcome: .told, commandID: queued.command.id, task: task)
    }

    /// What was said by an order, where that is written down.
    private func message(_ order: Order) async throws -> StandingMessage? {
        try await OrderHistory(store: store).messages(of: order.task).first { $0.order.orderID == order.commandID }
    }

    func answer(_ request: AnswerRequest, _ order: Order) async throws -> Outcome {
        let task = try await task(order.task)
        let attempt = request.attempt ?? task.attempt
        let time = surroundings.now()
        var command: NewCommand?
        if let daemon = task.assignment?.daemon, attempt == task.attempt {
            var message = AnswerQuestion()
            message.head = CommandHead(order.commandID, task: order.task, attempt: attempt)
            (message.question, message.text) = (request.question, request.text)
            (message.by, message.answeredAt) = (order.person.by.asLabel, time)
            command = try new(message, to: daemon)
        }
        let key = QuestionKey(AttemptKey(order.task, attempt), request.question)
        let answer = QuestionEntry.Answer(request.text, by: order.person.by, at: time)
        switch try await store.answer(key, answer, command: command) {
        case .unknown: throw APIError.missing("question", "\(request.question)")
        case .closedBefore(let entry):
            guard entry.answer?.text == request.text else {
                throw APIError(409, "question_closed", "The question was answered or taken back before.")
            }
            return Outcome(outcome: .nothing, task: task)
        case .answered:
            if let command { lines.ring(command.daemon) }
            return Outcome(outcome: command == nil ? .changed : .told, commandID: command?.id, task: task)
        }
    }

    // MARK: - Orders to a task that does not run

    func restore(_ checkpoint: Int, _ order: Order) async throws -> Outcome {
        try await atHome(order) { head in
            var command = RestoreCheckpoint()
            (command.head, command.checkpoint) = (head, checkpoint)
            return command
        }
    }

    func deleteWorkspace(_ order: Order, force: Bool) async throws -> Outcome {
        try await atHome(order) { head in
            var command = DeleteWorkspace()
            (command.head, command.force) = (head, force)
            return command
        }
    }

    private func atHome(_ order: Order, command: (CommandHead) -> any TaskCommand) async throws -> Outcome {
        let task = try await task(order.task)
        guard task.assignment == nil else {
            throw APIError(409, "at_work", "The task is at work.", hint: "Stop it first.")
        }
        guard let home = task.home else {
            throw APIError(409, "no_workspace", "No daemon has a workspace of the task.")
        }
        let head = CommandHead(order.commandID, task: order.task, attempt: task.attempt)
        return try await tell(home, command(head), order, task)
    }

    func resume(_ request: ResumeRequest, _ order: Order) async throws -> Outcome {
        var current = try await task(order.task)
        var order = order
        order.person.changes = request.changes
        order.person.changes?.head = CommandHead()
        while true {
            let time = surroundings.now()
            guard case .changed(let changed) = OrderRules.resume(current, elsewhere: request.elsewhere, at: time) else {
                if current.status == .done { throw APIError(409, "done", "The task is done.") }
                return Outcome(outcome: .nothing, task: current)
            }
            // First what is to be otherwise: once it is queued it may be handed out.
            try await note(order.person, about: order.task)
            switch try await store.update(changed, expecting: TaskExpectation(current), at: time) {
            case .updated(let saved): return Outcome(outcome: .changed, task: saved)
            case .outdated(let other): current = other
            case .unknown: throw APIError.missing("task", order.task.rawValue)
            }
        }
    }

    func change(_ patch: TaskPatch, _ id: TaskID, condition: ETag.Condition, by author: String) async throws
        -> FleetTask
    {
        var current = try await task(id)
        while true {
            try condition.check(current.revision)
            var changed = current
            let time = surroundings.now()
            changed.name = patch.taskName ?? changed.name
            changed.demands.priority = patch.priority ?? changed.demands.priority
            changed.demands.labels = patch.labels.map { Set($0) } ?? changed.demands.labels
            if let notBefore = patch.notBefore {
                changed.demands.notBefore = notBefore.millisecondsSince1970 == 0 ? nil : notBefore
            }
            changed.updatedAt = time
            switch try await store.update(changed, expecting: TaskExpectation(current), at: time) {
            case .updated(let saved):
                try await note(PersonOrder(.change, by: author), about: id)
                return saved
            case .outdated(let other): current = other
            case .unknown: throw APIError.missing("task", id.rawValue)
            }
        }
    }

    // MARK: - Telling

    private func task(_ id: TaskID) async throws -> FleetTask {
        guard let task = try await store.task(id) else { throw APIError.missing("task", id.rawValue) }
        return task
    }

    private func notAtWork(_ task: FleetTask) -> APIError {
        APIError(409, "not_at_work", "The task is '\(task.status.words)': no daemon has it.")
    }

    private func new(_ command: any TaskCommand, to daemon: DaemonID) throws -> NewCommand {
        let head = command.head
        let text = String(decoding: try Frame.encode(command), as: UTF8.self)
        let attempt = TaskID(rawValue: head.taskId).map { AttemptKey($0, head.attempt) }
        return NewCommand(head.id, to: daemon, about: attempt, document: text)
    }

    /// Queues a command; what is told is in the task's history before.
    private func tell(_ daemon: DaemonID, _ command: any TaskCommand, _ order: Order, _ task: FleetTask) async throws
        -> Outcome
    {
        if try await store.command(order.commandID) == nil {
            var person = order.person
            person.commandID = order.commandID
            try await note(person, about: order.task)
        }
        let queued = try await store.enqueue(try new(command, to: daemon), at: surroundings.now())
        lines.ring(daemon)
        return Outcome(outcome: .told, commandID: queued.command.id, task: task)
    }

    private func note(_ person: PersonOrder, about task: TaskID) async throws {
        _ = try await store.append([try person.event(at: surroundings.now())], to: task)
    }
}

extension String {
    /// As the wire takes a name.
    var asLabel: String? { isEmpty ? nil : String(prefix(128)) }
}
