package import Domain
import Glibc

/// Why the journal does not work.
package enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file is no journal, or SQLite found it damaged; `backup` is the latest copy of it.
    case damaged(path: String, message: String, backup: String?)
    /// There is none, but the files of so many tasks that it must have known, or a copy; `backup` is the latest copy of it.
    case missing(path: String, tasks: Int, backup: String?)
    /// A later version of makima has changed the file's tables.
    case tooNew(path: String, migrations: [String])
    case diskFull(path: String)
    /// Another process kept the file locked for longer than the busy time-out.
    case busy(path: String)
    /// It cannot be opened, read or written for another reason.
    case unusable(path: String, message: String)
    case damagedRow(id: String, message: String)
    case taskExists(TaskID)
    case unknownTask(TaskID)
    case forbiddenChange(task: TaskID, from: TaskStatus, to: TaskStatus)
    /// The task was deleted, is in a later run, or counts more iterations than the writer knows of.
    case superseded(task: TaskID, run: Int)
    case iterationBegunBefore(task: TaskID, number: Int, attempt: Int)
    /// It has an end already, and the one to be written is another.
    case iterationEndedBefore(task: TaskID, number: Int, attempt: Int)
    case unknownIteration(task: TaskID, number: Int, attempt: Int)
    /// The end to be written has no time or no outcome.
    case endMissing(task: TaskID, number: Int, attempt: Int)
    case lockFailed(path: String, code: Int32)

    package var description: String {
        switch self {
        case .damaged(let path, let message, _):
            "The journal at '\(path)' is damaged: \(message)."
        case .missing(let path, let tasks, _):
            "The journal '\(path)' is gone, but what it knew is there: "
                + (tasks == 0 ? "a copy of it." : "the files of \(tasks) \(tasks == 1 ? "task" : "tasks").")
        case .tooNew(let path, let migrations):
            "The journal at '\(path)' was written by a later version of makima (it knows "
                + "\(migrations.listed(atMost: 3)))."
        case .diskFull(let path):
            "There is no space left for the journal at '\(path)'."
        case .busy(let path):
            "The journal at '\(path)' is kept locked by another process."
        case .unusable(let path, let message):
            "The journal at '\(path)' cannot be used: \(message)."
        case .damagedRow(let id, let message):
            "The row of task '\(id)' in the journal is damaged: \(message)."
        case .taskExists(let task):
            "There is a task \(task) already."
        case .unknownTask(let task):
            "There is no task \(task) in the journal."
        case .forbiddenChange(let task, let from, let to):
            "Task \(task) cannot become '\(to.rawValue)': it is '\(from.rawValue)'."
        case .superseded(let task, let run):
            "Run \(run) of task \(task) is over: another one has gone on, or the task is gone."
        case .iterationBegunBefore(let task, let number, let attempt):
            "Try \(attempt) of iteration \(number) of task \(task) has begun before."
        case .iterationEndedBefore(let task, let number, let attempt):
            "Try \(attempt) of iteration \(number) of task \(task) has ended before, and otherwise."
        case .unknownIteration(let task, let number, let attempt):
            "Try \(attempt) of iteration \(number) of task \(task) is not in the journal."
        case .endMissing(let task, let number, let attempt):
            "Try \(attempt) of iteration \(number) of task \(task) has not ended."
        case .lockFailed(let path, let code):
            "Cannot lock '\(path)': \(String(cString: strerror(code)))."
        }
    }
}
