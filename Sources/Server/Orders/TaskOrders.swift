import Domain
import Fleet
import Store
import Wire

/// Carries out what people order about tasks.
struct TaskOrders: Sendable {
    let store: any TaskStore
    let lines: DaemonLines
    let surroundings: Surroundings

    /// An order, who gives it, what it is called, and by what it is known when it is sent again.
    struct Order: Sendable {
        var task: TaskID
        var person: PersonOrder
        var id: String
        var key: RequestKey?
    }

    /// What has come of an order.
    struct Outcome: Sendable {
        var reply: OrderReply
        var task: FleetTask
        /// It was carried out before.
        var isRepetition = false
    }

    /// What of it is done to the task.
    private enum Step {
        case nothing
        /// Only its history has one more entry.
        case said
        case changed(FleetTask)
        case tell(DaemonID, any TaskCommand)
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
        try await perform(order) { task, time in
            switch decide(task, time) {
            case .nothing, .refused: .nothing
            case .changed(let changed): .changed(changed)
            case .tell(let daemon, let attempt):
                .tell(daemon, command(CommandHead(order.id, task: order.task, attempt: attempt)))
            }
        }
    }

    // MARK: - Orders to a task at work

    func interrupt(_ order: Order, message: String?) async throws -> Outcome {
        try await perform(order) { task, _ in
            guard let daemon = task.assignment?.daemon else { throw notAtWork(task) }
            var command = InterruptTask()
            command.head = CommandHead(order.id, task: order.task, attempt: task.attempt)
            (command.message, command.by) = (message, order.person.by.asLabel)
            return .tell(daemon, command)
        }
    }

    /// Said at once where the task is at work, and when it goes on where it is not.
    func say(_ text: String, _ order: Order) async throws -> Outcome {
        var order = order
        (order.person.text, order.person.orderID) = (text, order.id)
        let outcome = try await perform(order) { task, _ in
            guard task.assignment != nil || task.status != .done else { throw notAtWork(task) }
            return .said
        }
        return outcome.isRepetition ? outcome : try await told(.message(order.id), outcome)
    }

    func answer(_ request: AnswerRequest, _ order: Order) async throws -> Outcome {
        let task = try await task(order.task)
        let time = surroundings.now()
        let key = QuestionKey(AttemptKey(order.task, request.attempt ?? task.attempt), request.question)
        if let permission = try await permission(asked: key), PermissionAnswer(request.text) == nil {
            throw APIError.unclear(permission)
        }
        let answer = QuestionEntry.Answer(request.text, by: order.person.by, at: time)
        var person = order.person
        (person.text, person.number) = (request.text, request.question)
        let reply = OrderReply(.changed, question: key)
        let outcome = try await store.answer(
            key,
            answer,
            events: [try person.event(at: time)],
            reply: order.key.map { KeyedReply($0, reply.text) }
        )
        switch outcome {
        case .unknown: throw APIError.missing("question", "\(request.question)")
        case .closedBefore(let entry):
            guard entry.answer?.text == request.text else {
                throw APIError(409, "question_closed", "The question was answered or taken back before.")
            }
            return Outcome(reply: OrderReply(.nothing), task: task)
        case .answered: return try await told(.answer(key), Outcome(reply: reply, task: task))
        case .repeated(let text): return try await again(order, text)
        }
    }

    /// What an open question asks to be allowed; `nil` also where there is none.
    private func permission(asked key: QuestionKey) async throws -> PermissionRequest? {
        let questions = try await store.questions(of: key.attempt.task)
        guard let entry = questions.first(where: { $0.key == key }), entry.answer == nil, !entry.isWithdrawn else {
            return nil
        }
        do throws(WireError) {
            let report = try APIText.decode(Array(entry.document.utf8), as: QuestionReport.self)
            return report.permission?.request
        } catch {
            // Of a later version: its daemon says what it thinks of the answer.
            return nil
        }
    }

    /// Tells whoever has the task what nobody has heard; whether that was `standing` is in the outcome.
    private func told(_ standing: StandingTalk.Name, _ outcome: Outcome) async throws -> Outcome {
        // It may have been handed over while that was written down: whoever has it now is told.
        let task = try await task(outcome.task.id)
        var outcome = outcome
        outcome.task = task
        guard let daemon = task.assignment?.daemon else { return outcome }
        let talk = try await OrderHistory(store: store).talk(of: task.id)
        for said in talk.said {
            guard let command = try said.command(about: AttemptKey(task.id, task.attempt), to: daemon, isResumed: true)
            else { continue }
            let queued = try await store.enqueue(command, at: surroundings.now())
            if said.name == standing { outcome.reply.tell(queued.command.id) }
        }
        lines.ring(daemon)
        return outcome
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
        try await perform(order) { task, _ in
            guard task.assignment == nil else {
                throw APIError(409, "at_work", "The task is at work.", hint: "Stop it first.")
            }
            guard let home = task.home else {
                throw APIError(409, "no_workspace", "No daemon has a workspace of the task.")
            }
            return .tell(home, command(CommandHead(order.id, task: order.task, attempt: task.attempt)))
        }
    }

    func resume(_ request: ResumeRequest, _ order: Order) async throws -> Outcome {
        var order = order
        order.person.changes = request.changes
        order.person.changes?.head = CommandHead()
        var wish = ResumeWish(
            elsewhere: request.elsewhere,
            maxIterations: request.changes.maxIterations,
            hasChanges: order.person.changes != ResumeTask()
        )
        wish.reopens = request.changes.reopen
        return try await perform(order) { task, time in
            switch OrderRules.resume(task, wish, at: time) {
            case .changed(let changed): return .changed(changed)
            case .refused(let refusal): throw APIError(409, "limit", refusal.sentence, hint: refusal.hint)
            case .nothing, .tell: break
            }
            if task.status == .done { throw APIError(409, "done", "The task is done.") }
            return .nothing
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
            var effect = OrderEffect(on: current)
            effect.changed = changed
            effect.events = [try PersonOrder(.change, by: author).event(at: time)]
            switch try await store.carryOut(effect, at: time) {
            case .done(let saved): return saved
            case .outdated(let other): current = other
            case .unknown, .repeated: throw APIError.missing("task", id.rawValue)
            }
        }
    }

    // MARK: - Carrying out

    /// What was replied to the order before, where it was sent before.
    func repetition(of order: Order) async throws -> Outcome? {
        guard let key = order.key, let text = try await store.reply(to: key) else { return nil }
        return try await again(order, text)
    }

    private func again(_ order: Order, _ text: String) async throws -> Outcome {
        let reply = OrderReply(text: text)
        var outcome = Outcome(reply: reply, task: try await task(order.task), isRepetition: true)
        // The server may have died before anybody was told.
        if let name = reply.standing { outcome = try await told(name, outcome) }
        return outcome
    }

    /// Decides what an order does, and does it, all of it or nothing; anew as often as somebody was faster.
    private func perform(_ order: Order, _ decide: (FleetTask, Timestamp) throws -> Step) async throws -> Outcome {
        var current = try await task(order.task)
        while true {
            let time = surroundings.now()
            let (reply, effect) = try effect(of: try decide(current, time), order, on: current, at: time)
            if reply.outcome == .nothing, order.key == nil { return Outcome(reply: reply, task: current) }
            switch try await store.carryOut(effect, at: time) {
            case .done(let saved):
                if let command = effect.command { lines.ring(command.daemon) }
                return Outcome(reply: reply, task: saved)
            case .outdated(let other): current = other
            case .unknown: throw APIError.missing("task", order.task.rawValue)
            case .repeated(let text): return try await again(order, text)
            }
        }
    }

    private func effect(of step: Step, _ order: Order, on task: FleetTask, at time: Timestamp) throws
        -> (OrderReply, OrderEffect)
    {
        var effect = OrderEffect(on: task)
        var reply = OrderReply(.nothing)
        var person = order.person
        switch step {
        case .nothing: break
        case .said: reply = OrderReply(.changed, message: order.id)
        case .changed(let changed):
            reply = OrderReply(.changed)
            effect.changed = changed
        case .tell(let daemon, let command):
            reply.tell(order.id)
            person.commandID = order.id
            effect.command = try new(command, to: daemon)
        }
        if reply.outcome != .nothing { effect.events = [try person.event(at: time)] }
        effect.reply = order.key.map { KeyedReply($0, reply.text) }
        return (reply, effect)
    }

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
}

extension String {
    /// As the wire takes a name.
    var asLabel: String? { isEmpty ? nil : String(prefix(128)) }
}
