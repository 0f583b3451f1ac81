import Domain
import Runner

/// What came of a wish to stop or pause a task of this machine, in words.
struct StopWords {
    private let came: StopAnswer
    private let wish: LocalWish
    private let task: TaskRecord
    private let name: String

    /// `task` is as it was before.
    init(_ came: StopAnswer, to wish: LocalWish, of task: TaskRecord, called name: String) {
        self.came = came
        self.wish = wish
        self.task = task
        self.name = name
    }

    /// Since when it is at an end, or on its way there; `nil` where this wish was the first.
    var since: Timestamp? {
        switch came {
        case .asked: nil
        case .askedBefore(let before): before.at
        case .notRunning: ended == nil ? nil : task.updatedAt
        }
    }

    /// What a person did to it, where it stands still for that.
    private var ended: String? {
        switch task.reason {
        case .interrupted(.person): "stopped"
        case .paused: "paused"
        default: nil
        }
    }

    var sentence: String {
        switch came {
        case .asked: return "Task \(name) is being \(wish.participle)."
        case .askedBefore(let before):
            return "Task \(name) is being \(before.request.participle) already, since \(before.at.formattedUTC)."
        case .notRunning:
            guard let ended else { return "Nothing runs task \(name); it is '\(task.status.words)'." }
            return "Task \(name) was \(ended) already, at \(task.updatedAt.formattedUTC); nothing runs it."
        }
    }

    var hint: String? {
        switch came {
        case .askedBefore(let before) where before.request != .forced:
            "'makima stop \(name) --force' kills its agent now."
        case .asked, .askedBefore:
            wish == .pause ? "Go on with 'makima resume \(name)'." : "Go on later with 'makima resume \(name)'."
        case .notRunning: nil
        }
    }

    func print(in environment: CommandEnvironment, _ format: FormatOptions, _ quiet: QuietOptions) -> ExitStatus {
        guard !format.json else {
            let fields: [(String, JSONValue)] = [
                ("id", .text(task.id.rawValue)), ("wasRunning", .flag(came.wasRunning)), ("since", .time(since)),
            ]
            environment.answers.print(json: .fields(fields))
            return .success
        }
        environment.answers.print(StyledLine(sentence))
        if let hint { environment.notes(quiet).print(StyledLine("Hint: ", .accent) + StyledLine(hint)) }
        return .success
    }
}

extension LocalWish {
    fileprivate var participle: String {
        switch self {
        case .stop(force: true): "killed"
        case .stop(force: false): "stopped"
        case .pause: "paused"
        }
    }
}

extension StopRequest {
    /// As in "is being …".
    var participle: String {
        switch self {
        case .forced: "killed"
        case .gentle: "stopped"
        case .pause: "paused"
        }
    }
}
