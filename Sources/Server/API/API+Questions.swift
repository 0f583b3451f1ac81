import Domain
import Fleet
import HTTPTypes
import Store
import Wire

extension API {
    var questionEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get,
                path: "\(Self.root)/questions",
                name: "listOpenQuestions",
                summary: "List what waits for an answer, oldest first",
                scope: .viewer,
                query: [Self.limitParameter],
                success: Endpoint.Success(record: QuestionListView.self, meaning: "Some of them.")
            ) { call in
                var view = QuestionListView()
                view.questions = try await store.openQuestions(limit: call.integer("limit") ?? 50)
                    .map { QuestionView($0) }
                return try .json(view)
            },
            Endpoint(
                method: .get,
                path: "\(Self.root)/tasks/{taskId}/questions",
                name: "listQuestions",
                summary: "List the questions of a task",
                scope: .viewer,
                success: Endpoint.Success(record: QuestionListView.self, meaning: "All of them.")
            ) { call in
                let id = try call.taskID()
                guard try await store.task(id) != nil else { throw APIError.missing("task", id.rawValue) }
                var view = QuestionListView()
                view.questions = try await store.questions(of: id).map { QuestionView($0) }
                return try .json(view)
            },
        ]
    }
}
