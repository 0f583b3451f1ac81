import Domain
import TestSupport
import Wire

@testable import Commands

/// A contract as a server shows it.
enum ContractSample {
    static let id = "q3w8xk2m5p"

    static func task(_ number: Int, _ name: String, _ status: TaskStatus, merge: String = "none") -> ContractTaskView {
        var task = ContractTaskView()
        task.taskId = "\(number)" + String(id.dropFirst())
        (task.name, task.status, task.merge, task.target) = (name, status, merge, "main")
        (task.parentTaskId, task.depth, task.iterations) = (leader.taskId, 1, number)
        if merge == "merged" { task.commit = String(repeating: "c", count: 40) }
        return task
    }

    static var leader: ContractTaskView {
        var task = ContractTaskView()
        task.taskId = "0" + String(id.dropFirst())
        (task.name, task.role, task.status) = ("Lead Parser", .supervisor, .waiting)
        return task
    }

    static func view(_ status: ContractStatus = .working) -> ContractView {
        var view = ContractView()
        (view.contractId, view.name, view.goal) = (id, "Parser", "Write the parser.\nWith tests.")
        (view.status, view.sentence) = (status, "It is worked on.")
        (view.repository, view.targets) = ("/home/me/project", ["main"])
        view.phases = ["Lexer", "Grammar"]
            .map { name in
                var phase = WirePhase()
                phase.name = name
                return phase
            }
        view.phase = 1
        view.checks = [WireCheck(CheckDefinition(name: "make test", command: "make test"))]
        view.limits.maxCostMicrodollars = USD(dollars: 5)
        (view.limits.maxTasks, view.limits.maxAtOnce, view.limits.maxCalls) = (50, 4, 1000)
        view.usage = WireUsage(Usage())
        view.supervisorId = leader.taskId
        var failed = task(3, "errors", .failed)
        failed.reason = WireReason(.blocked(.question(text: "Which errors?")), task: TaskCall("3w8xk2"))
        failed.status = .blocked
        view.tasks = [
            leader, task(1, "lexer", .done, merge: "merged"), task(2, "grammar", .done, merge: "queued"), failed,
        ]
        var queue = MergeQueueView()
        (queue.target, queue.batch, queue.batchNumber) = ("main", [view.tasks[2].taskId], 2)
        view.queues = [queue]
        if status == .blocked {
            view.queues[0].obstacle = "no_daemons"
            view.queues[0].sentence = "Nobody can merge into 'main' now: no daemon is connected."
            view.queues[0].hint = "Start one. It goes on by itself."
        }
        view.updatedAt = Sample.time
        if status == .blocked {
            (view.code, view.sentence) = ("phase_fails", "On 'main' these checks do not pass: make test.")
            view.hint = "Mend the branch; then 'makima contract resume \(view.callName)'."
            var obstacle = ContractObstacleView()
            (obstacle.code, obstacle.sentence, obstacle.hint) = ("phase_fails", view.sentence, view.hint)
            view.obstacles = [obstacle]
        }
        return view
    }

    static func entry(_ position: Int, _ event: String, _ sentence: String, detail: String? = nil) -> TimelineEntryView
    {
        var entry = TimelineEntryView()
        (entry.position, entry.event, entry.sentence, entry.detail) = (position, event, sentence, detail)
        entry.at = Sample.time + .seconds(Int64(position))
        return entry
    }

    static let timeline = [
        entry(1, "began", "The contract was made."),
        entry(2, "refused", "'Lead Parser' was refused something: it has no such task.", detail: "unknown_task"),
        entry(3, "returned", "The work of 'grammar' came back: checks failed.", detail: "make test:\nerror: one"),
    ]
}
