import Domain
import Fleet
import HTTPTypes
import Store
import Wire

extension API {
    var tasks: [Endpoint] { [createTask, createTasks, listTasks, getTask, getDocument, changeTask, deleteTask] }

    private var createTask: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/tasks",
            name: "createTask",
            summary: "Make a task",
            scope: .operator,
            body: TaskRequest.self,
            takesKey: true,
            success: Endpoint.Success(status: 201, record: CreationView.self, meaning: "It is made, or was before."),
            problems: [409]
        ) { call in try await create([try call.record(TaskRequest.self)], call) }
    }

    private var createTasks: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/tasks/batch",
            name: "createTasks",
            summary: "Make several tasks, or none",
            scope: .operator,
            body: TaskBatchRequest.self,
            takesKey: true,
            success: Endpoint.Success(status: 201, record: CreationView.self, meaning: "They are made."),
            problems: [409]
        ) { call in try await create(try call.record(TaskBatchRequest.self).tasks, call) }
    }

    private func create(_ requests: [TaskRequest], _ call: Call) async throws -> Answer {
        guard !requests.isEmpty else { throw APIError(422, "no_tasks", "There is no task in it.", field: "tasks") }
        var tasks: [NewTask] = []
        for (index, request) in requests.enumerated() {
            let id = request.taskId.flatMap(TaskID.init(rawValue:)) ?? surroundings.ids.taskID()
            guard !tasks.contains(where: { $0.task.id == id }) else {
                throw APIError(422, "repeated_id", "Two tasks have the id \(id).", field: "tasks[\(index)].taskId")
            }
            do throws(WireError) {
                let document = try TaskDocument.make(request, id: id)
                // Each a moment after the one before: among equals the queue goes by time, and else by what ids chance to be.
                let time = call.at + .milliseconds(index)
                tasks.append(NewTask(TaskDocument.task(request, id: id, at: time), document: document))
            } catch { throw APIError(error) }
        }
        let key = try call.key()
            .map { key in
                RequestKey("\(call.callerName)\n\(key)", fingerprint: SHA256Digest(of: call.body))
            }
        let creation = try await store.create(tasks, key: key, at: call.at)
        if !creation.isRepetition {
            let ids = creation.tasks.map(\.id.rawValue).joined(separator: " ")
            try await audit(call, "task.created", ids)
        }
        var view = CreationView()
        view.tasks = creation.tasks.map { TaskView($0) }
        view.repeated = creation.isRepetition
        return try .json(view, status: 201)
    }

    private var listTasks: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tasks",
            name: "listTasks",
            summary: "List tasks, newest first",
            scope: .viewer,
            query: [
                Self.limitParameter,
                Endpoint.Parameter(name: "after", kind: .text(upTo: 100), meaning: "The `next` of the page before."),
                Endpoint.Parameter(
                    name: "status",
                    kind: .words(TaskStatus.allCases.map(\.rawValue)),
                    meaning: "Only those in one of these."
                ),
                Endpoint.Parameter(name: "contract", kind: .text(upTo: 128), meaning: "Only those of a contract."),
                Endpoint.Parameter(name: "parent", kind: .text(upTo: 10), meaning: "Only those a task has spawned."),
                Endpoint.Parameter(name: "daemon", kind: .text(upTo: 128), meaning: "Only those a daemon has now."),
                Endpoint.Parameter(name: "text", kind: .text(upTo: 256), meaning: "Part of the name, or of the id."),
            ],
            success: Endpoint.Success(record: TaskPageView.self, meaning: "Some of the tasks.")
        ) { call in
            let cursor = try call.query["after"].map { try PageCursor(text: $0) }
            let page = try await store.tasks(try filter(call), after: cursor, limit: call.integer("limit") ?? 50)
            var view = TaskPageView()
            view.tasks = page.tasks.map { TaskView($0) }
            view.damaged = page.damaged
            view.next = page.next?.text
            return try .json(view)
        }
    }

    private func filter(_ call: Call) throws -> TaskFilter {
        var filter = TaskFilter(contract: call.query["contract"], text: call.query["text"])
        filter.statuses = call.query["status"]
            .map { Set($0.split(separator: ",").compactMap { TaskStatus(rawValue: String($0)) }) }
        if let text = call.query["parent"] {
            guard let id = TaskID(rawValue: text) else { throw malformed("parent") }
            filter.parent = id
        }
        if let text = call.query["daemon"] {
            guard let id = DaemonID(rawValue: text) else { throw malformed("daemon") }
            filter.daemon = id
        }
        return filter
    }

    private func malformed(_ name: String) -> APIError {
        APIError(400, "malformed_parameter", "The parameter '\(name)' names nothing that could be.", field: name)
    }

    private var getTask: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tasks/{taskId}",
            name: "getTask",
            summary: "Show a task",
            scope: .viewer,
            success: Endpoint.Success(record: TaskView.self, hasETag: true, meaning: "The task.")
        ) { call in
            let id = try call.taskID()
            guard let task = try await store.task(id) else { throw APIError.missing("task", id.rawValue) }
            var view = TaskView(task, waitsFor: try await obstacles(of: task))
            try await contracts.tell(of: task, in: &view)
            return try .json(view, revision: task.revision)
        }
    }

    private var getDocument: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tasks/{taskId}/document",
            name: "getTaskDocument",
            summary: "Show what a daemon is told of a task: its plan, checks, limits and agent",
            scope: .viewer,
            success: Endpoint.Success(record: SpawnTask.self, meaning: "As it was asked for; of no attempt.")
        ) { call in
            let id = try call.taskID()
            guard let text = try await store.document(of: id), let document = TaskDocument.read(text) else {
                throw APIError.missing("task", id.rawValue)
            }
            return try .json(document)
        }
    }

    /// Why a queued task is not handed out.
    private func obstacles(of task: FleetTask) async throws -> [String] {
        guard task.isQueued else { return [] }
        let parents = try await store.parents(of: task.id)
        let obstacles = Schedule.obstacles(of: task.demands, parents: parents, at: surroundings.now())
        return obstacles.map(\.sentence) + (dispatch.obstacle(of: task.id).map { [$0.sentence] } ?? [])
    }

    private var changeTask: Endpoint {
        Endpoint(
            method: .patch,
            path: "\(Self.root)/tasks/{taskId}",
            name: "changeTask",
            summary: "Change a task's name, priority, labels or time",
            scope: .operator,
            body: TaskPatch.self,
            takesRevision: true,
            success: Endpoint.Success(record: TaskView.self, hasETag: true, meaning: "The task as it is now.")
        ) { call in
            let id = try call.taskID()
            let task = try await orders.change(
                try call.record(),
                id,
                condition: call.condition,
                by: call.callerName
            )
            try await audit(call, "task.changed", id.rawValue)
            return try .json(TaskView(task), revision: task.revision)
        }
    }

    private var deleteTask: Endpoint {
        Endpoint(
            method: .delete,
            path: "\(Self.root)/tasks/{taskId}",
            name: "deleteTask",
            summary: "Forget a task that no daemon has, and that no other one waits for",
            scope: .operator,
            success: Endpoint.Success(record: HealthView.self, meaning: "It is forgotten."),
            problems: [409]
        ) { call in
            let id = try call.taskID()
            switch try await store.delete(id) {
            case .deleted: break
            case .unknown: throw APIError.missing("task", id.rawValue)
            case .assigned(let daemon):
                throw APIError(409, "at_work", "The daemon '\(daemon)' has the task.", hint: "Stop it first.")
            case .needed(let tasks):
                let names = tasks.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
                throw APIError(
                    409,
                    "needed",
                    "\(tasks.count == 1 ? "A task depends" : "\(tasks.count) tasks depend") on it: \(names).",
                    hint: "Remove \(tasks.count == 1 ? "that one" : "those") first."
                )
            }
            try await audit(call, "task.deleted", id.rawValue)
            return try .json(HealthView())
        }
    }
}
