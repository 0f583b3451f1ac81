import Domain
import Fleet
import HTTPTypes
import Store
import Wire

extension API {
    var orderEndpoints: [Endpoint] {
        [
            order("stop", .stop, "Stop a task", StopRequest.self) { request, order in
                try await orders.stop(order, force: request.force)
            },
            order("cancel", .stop, "Stop a task at once", PlainRequest.self) { _, order in
                try await orders.stop(order, force: true)
            },
            order("pause", .pause, "Pause a task", PlainRequest.self) { _, order in try await orders.pause(order) },
            order("resume", .resume, "Let a task go on", ResumeRequest.self) { request, order in
                try await contracts.checkGoesOn(with: order.task)
                var request = request
                if try await contracts.isToMend(order.task) { request.changes.reopen = true }
                return try await orders.resume(request, order)
            },
            order("interrupt", .interrupt, "End the present iteration", InterruptRequest.self) { request, order in
                try await orders.interrupt(order, message: request.message)
            },
            order("messages", .message, "Say something to the agent", MessageRequest.self) { request, order in
                try await orders.say(request.text, order)
            },
            order("answers", .answer, "Answer a question of the agent", AnswerRequest.self) { request, order in
                try await orders.answer(request, order)
            },
            order("restore", .restore, "Go back to a checkpoint", RestoreRequest.self) { request, order in
                try await orders.restore(request.checkpoint, order)
            },
            order("delete-workspace", .deleteWorkspace, "Remove the workspace", StopRequest.self) { request, order in
                try await orders.deleteWorkspace(order, force: request.force)
            },
            getCommand,
        ]
    }

    private func order<Request: WireRecord>(
        _ word: String,
        _ kind: PersonOrder.Kind,
        _ summary: String,
        _ request: Request.Type,
        _ carryOut: @escaping @Sendable (Request, TaskOrders.Order) async throws -> TaskOrders.Outcome
    ) -> Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/tasks/{taskId}/\(word)",
            name: "order\(word.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined())",
            summary: summary,
            scope: .operator,
            body: request,
            isBodyOptional: ![MessageRequest.recordName, AnswerRequest.recordName, RestoreRequest.recordName]
                .contains(request.recordName),
            takesKey: true,
            success: Endpoint.Success(record: OrderView.self, meaning: "What has come of it."),
            problems: [409]
        ) { call in
            let id = try call.taskID()
            let order = TaskOrders.Order(
                task: id,
                person: PersonOrder(kind, by: call.callerName),
                id: newOrder(),
                key: try call.requestKey()
            )
            let record: Request = try call.record()
            let outcome: TaskOrders.Outcome
            if let before = try await orders.repetition(of: order) {
                outcome = before
            } else {
                outcome = try await carryOut(record, order)
            }
            if outcome.reply.outcome != .nothing, !outcome.isRepetition {
                try await audit(call, "task.\(word)", id.rawValue)
            }
            var view = OrderView()
            view.outcome = outcome.reply.outcome
            view.commandId = outcome.reply.commandID
            view.task = TaskView(outcome.task)
            return try .json(view)
        }
    }

    private var getCommand: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/commands/{commandId}",
            name: "getCommand",
            summary: "Show a command to a daemon, and its answer",
            scope: .viewer,
            success: Endpoint.Success(record: CommandView.self, meaning: "The command.")
        ) { call in
            let id = call.path["commandId"] ?? ""
            guard let command = try await store.command(id) else { throw APIError.missing("command", id) }
            return try .json(CommandView(command))
        }
    }
}
