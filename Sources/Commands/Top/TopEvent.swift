import Domain
import Runner
import Wire

/// What happens to `makima top`.
enum TopEvent: Sendable {
    case key(TopKey)
    /// The tasks of this machine.
    case local(TaskListing)
    /// They could not be read.
    case localUnreadable(String)
    case server(TopServer)
    case detail(TopDetail)
    case log(TopLogPart)
    /// What came of an order.
    case told(TopNotice)
    case resized(TerminalSize)
    /// A second has passed.
    case tick(Timestamp)
    /// The terminal is gone, or a signal asks for the end.
    case ended
}

/// What `makima top` is to do besides showing something.
enum TopEffect: Hashable, Sendable {
    case quit(ExitStatus)
    /// Look at this task from now on.
    case look(TopFocus?)
    case give(TopOrder, ListRow)
    /// Draw everything anew.
    case repaint
}

/// The task that is looked at.
struct TopFocus: Hashable, Sendable {
    var row: ListRow
    var wantsLog: Bool
}

/// What is known of the server.
enum TopServer: Hashable, Sendable {
    case none
    case there(address: String, [TaskView])
    /// That of this machine does not run, and has so many tasks that are not over.
    case asleep(tasks: Int)
    /// With why it cannot be asked.
    case away(String)
}

/// Everything about the task that is looked at.
struct TopDetail: Sendable {
    var id: String
    /// `nil` where it cannot be read.
    var dossier: TaskDossier?
    var server: ServerFacts?
    /// Why it cannot be read.
    var trouble: String?

    /// What a person can answer, the oldest first.
    var openQuestions: [TaskQuestion] {
        (dossier?.talk.questions ?? []).filter { $0.answer == nil }.sorted { $0.askedAt < $1.askedAt }
    }
}

/// More of a task's log.
struct TopLogPart: Sendable {
    var id: String
    var lines: [StyledLine]
    /// It is the first part.
    var isFirst = false
}

/// What a person wants of a task.
enum TopOrder: Hashable, Sendable {
    case stop
    case pause
    /// With another limit of iterations, or with the one that it has.
    case resume(maxIterations: Int?)
    case say(String)
    case answer(question: Int, String)
}

/// A sentence for the person, until the next key.
struct TopNotice: Hashable, Sendable {
    var text: String
    var hint: String?
    var isProblem = false

    init(_ text: String, hint: String? = nil) {
        self.text = text
        self.hint = hint
    }

    init(_ error: any Error) {
        let report = ErrorReport(error)
        text = report.messages.joined(separator: " ")
        hint = report.hint
        isProblem = true
    }

    var line: StyledLine {
        (isProblem ? StyledLine("Error: ", .bad) : "") + StyledLine(text)
            + (hint.map { StyledLine(" Hint: ", .accent) + StyledLine($0) } ?? "")
    }
}
