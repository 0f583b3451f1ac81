import Domain
import Runner
import Testing
import Wire

@testable import Commands

/// Models of `makima top` that several tests use.
enum TopSample {
    static let size = TerminalSize(columns: 80, rows: 24)
    static let now = Sample.time + .seconds(1200)
    static let address = "http://127.0.0.1:7420"

    /// A task of this machine; `age` says how long before the others it was made.
    static func record(_ id: String, _ name: String, _ reason: Reason? = nil, age: Int = 0) throws -> TaskRecord {
        var task = try Sample.task(reason)
        task.spec = TaskSpec(
            id: try #require(TaskID(rawValue: id)),
            name: name,
            plan: "Do it.",
            repository: task.spec.repository,
            agent: task.spec.agent
        )
        task.createdAt = Sample.time + (.zero - .seconds(age))
        return task
    }

    static func view(_ id: String, _ name: String, _ status: TaskStatus = .pending, age: Int = 0) -> TaskView {
        var view = TaskView()
        (view.taskId, view.taskName, view.status) = (id, name, status)
        view.createdAt = Sample.time + (.zero - .seconds(age))
        view.updatedAt = view.createdAt
        return view
    }

    /// Three of this machine and one of the server: at work, queued, done, blocked.
    static func model(size: TerminalSize = size) throws -> TopModel {
        var model = TopModel(size: size, now: now)
        let tasks = [
            try record("aaaaaaaaaa", "Parser"), try record("bbbbbbbbbb", "Lexer", .completed(.verified), age: 20),
            try record("cccccccccc", "Printer", .blocked(.question(text: "Which format?")), age: 30),
        ]
        _ = model.handle(.local(TaskListing(tasks: tasks)))
        _ = model.handle(.server(.there(address: address, [view("dddddddddd", "Remote", age: 10)])))
        return model
    }

    static func question(permission: PermissionRequest? = nil) -> TaskQuestion {
        let asked = permission.map(TaskQuestion.asking) ?? AskedQuestion(text: "Which format?\nTOML or JSON?")
        var question = TaskQuestion(number: 4, asked: asked, iteration: 1, askedAt: Sample.time)
        question.permission = permission
        return question
    }

    /// The same, with what is known of the selected task.
    static func asked(permission: PermissionRequest? = nil, size: TerminalSize = size) throws -> TopModel {
        var model = try model(size: size)
        let row = try #require(model.selected)
        var dossier = Sample.dossier(try #require(row.record))
        dossier.talk = TaskTalk(questions: [question(permission: permission)])
        _ = model.handle(.detail(TopDetail(id: row.id, dossier: dossier)))
        return model
    }
}

extension TopModel {
    /// Presses keys one after the other; returns what was to be done, but for looking.
    mutating func press(_ keys: [TopKey]) -> [TopEffect] {
        keys.flatMap { handle(.key($0)) }.filter { if case .look = $0 { false } else { true } }
    }

    /// Where it is, in a few words.
    var position: String {
        let place = view == .log ? "log \(logTop.map { "\($0)" } ?? "end")" : "\(view)"
        let asked =
            switch prompt {
            case .filter(let line, _): " filter:\(line.text)"
            case .stop(let row): " stop:\(row.name)"
            case .message(let line, let row): " message:\(line.text):\(row.name)"
            case .answer(let line, let question, _): " answer:\(line.text):\(question.number)"
            case .limit(let line, let row): " limit:\(line.text):\(row.name)"
            case nil: ""
            }
        return "\(place)\(asked) \(selected?.name ?? "nothing")"
    }
}
