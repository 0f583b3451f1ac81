package import Domain
import Wire

/// The last attempt of a task that this daemon was given.
package struct HeldTask: Hashable, Sendable {
    package var task: TaskID
    package var attempt: Int
    package var phase: Phase
    /// Of the last message of the attempt; 0 before the first.
    package var sequence: Int
    package var note: AttemptNote

    package init(_ task: TaskID, attempt: Int, phase: Phase = .accepted, note: AttemptNote = AttemptNote()) {
        self.task = task
        self.attempt = attempt
        self.phase = phase
        sequence = 0
        self.note = note
    }

    /// How far an attempt is.
    package enum Phase: String, Hashable, Sendable, CaseIterable {
        /// Its command is on the disk, and is being carried out.
        case accepted
        /// The task is in the tasks' journal, and is run.
        case working
        /// Its run has ended; not all of it is in the outbox.
        case ended
        /// All of it is in the outbox, its end too.
        case reported
        /// The server has its end.
        case closed
        /// It is not this daemon's any more.
        case fenced

        var takesSlot: Bool { self == .accepted || self == .working }

        var isHeld: Bool {
            switch self {
            case .accepted, .working, .ended, .reported: true
            case .closed, .fenced: false
            }
        }
    }

    /// Whether a daemon that is started works on it, without being told to.
    package var isToGoOn: Bool {
        guard takesSlot else { return false }
        switch note.wish {
        case .stop, .pause: return false
        case .interrupt, nil: return true
        }
    }

    /// Whether it takes one of the daemon's slots.
    var takesSlot: Bool { phase.takesSlot }

    /// Whether the server is told that the daemon holds it.
    var isHeld: Bool { phase.isHeld }
}

/// What else is to be known of an attempt after a death.
package struct AttemptNote: Hashable, Sendable, Codable {
    /// How far its beginning is, where it begins in several steps.
    package var stage: Stage?
    /// What a person wants of it.
    package var wish: AttemptWish?
    /// Why it ended, where nothing of the tasks' journal says so.
    package var failure: String?
    /// The attempt before, as long as this one has not begun.
    package var before: Int?
    /// Whether its agent was stopped because nobody knew whose it was: it goes on when the server says that it may.
    package var isSuspended: Bool?
    /// Whether the wish to stop is a drain's, and nobody's about the task.
    package var isDrained: Bool?

    package init() {}

    /// Notes that a drain stops it, where nobody has asked for an end or a pause.
    mutating func drain() {
        switch wish {
        case .stop, .pause: return
        case .interrupt, nil: (wish, isDrained) = (.stop(force: false), true)
        }
    }

    /// Notes what a person wants of it, which comes before a drain.
    mutating func take(_ other: AttemptWish) {
        wish = isDrained == true ? other : wish.followed(by: other)
        if isDrained == true, case .interrupt = other { wish = .stop(force: false) } else { isDrained = nil }
    }

    package enum Stage: Hashable, Sendable, Codable {
        /// What an earlier attempt left in the tasks' journal is out of the way: what is there now is of this one.
        case creating
        /// The task had so many runs before it was resumed.
        case resuming(runs: Int)
    }
}

/// What a person wants of a running attempt; kept until it is fulfilled.
package enum AttemptWish: Hashable, Sendable, Codable {
    case stop(force: Bool)
    case pause
    /// The present iteration ends and the task goes on, with something to say to the agent.
    case interrupt(message: String?)
}

/// Decides whether a command about a task may be carried out at all.
enum Admission {
    /// What there is to decide by.
    struct Facts: Hashable, Sendable {
        var own: HeldTask?
        var slots: Int
        /// Slots that are taken by other tasks.
        var taken: Int
        var isDraining: Bool
    }

    enum Verdict: Hashable, Sendable {
        /// It is to be carried out; an attempt that begins with it is this one.
        case take(begins: HeldTask?)
        case refuse(Refusal)
    }

    static func judge(_ command: ToDaemon, by facts: Facts) -> Verdict {
        switch command {
        case .spawnTask(let spawn): judge(spawn, facts)
        case .resumeTask(let resume): judge(resume, facts)
        case .deleteWorkspace(let delete): judgeIdle(delete.head, facts, allowsFenced: true)
        case .restoreCheckpoint(let restore): judgeIdle(restore.head, facts, allowsFenced: false)
        case .checkpointPart(let part): judge(part, facts)
        case .pauseTask, .stopTask, .interruptTask, .sendMessage, .answerQuestion:
            judge((command.content as? any TaskCommand)?.head ?? CommandHead(), facts)
        case .drain, .mergeTasks, .mergePart: .take(begins: nil)
        case .welcome, .ack, .refused, .notUnderstood, .unknown: .refuse(.notACommand)
        }
    }

    private static func judge(_ spawn: SpawnTask, _ facts: Facts) -> Verdict {
        guard let task = TaskID(rawValue: spawn.head.taskId) else { return .refuse(.unknownTask) }
        if let own = facts.own {
            guard own.attempt < spawn.head.attempt else { return .refuse(.staleAttempt(own.attempt)) }
            guard own.phase == .closed || own.phase == .fenced || own.phase == .reported else {
                return .refuse(.atWork)
            }
        }
        return place(HeldTask(task, attempt: spawn.head.attempt), facts)
    }

    private static func judge(_ resume: ResumeTask, _ facts: Facts) -> Verdict {
        guard let own = facts.own else { return .refuse(.unknownTask) }
        guard own.attempt == resume.previousAttempt, own.attempt < resume.head.attempt else {
            return .refuse(.staleAttempt(own.attempt))
        }
        // One that was lost left its files here: the task goes on in them.
        guard own.phase == .closed || own.phase == .reported || own.phase == .fenced else { return .refuse(.atWork) }
        return place(HeldTask(own.task, attempt: resume.head.attempt), facts)
    }

    private static func place(_ held: HeldTask, _ facts: Facts) -> Verdict {
        if facts.isDraining { return .refuse(.draining) }
        if facts.taken >= facts.slots { return .refuse(.noSlot(facts.slots)) }
        var begun = held
        begun.note.before = facts.own?.attempt
        return .take(begins: begun)
    }

    /// A part comes before the attempt that it is for.
    private static func judge(_ part: DeliverPart, _ facts: Facts) -> Verdict {
        guard let own = facts.own, own.attempt >= part.head.attempt, own.phase != .accepted else {
            return .take(begins: nil)
        }
        return .refuse(.staleAttempt(own.attempt))
    }

    private static func judge(_ head: CommandHead, _ facts: Facts) -> Verdict {
        guard let own = facts.own else { return .refuse(.unknownTask) }
        guard own.attempt == head.attempt, own.phase != .fenced else { return .refuse(.staleAttempt(own.attempt)) }
        return .take(begins: nil)
    }

    private static func judgeIdle(_ head: CommandHead, _ facts: Facts, allowsFenced: Bool) -> Verdict {
        guard let own = facts.own else { return .refuse(.unknownTask) }
        guard own.attempt == head.attempt, allowsFenced || own.phase != .fenced else {
            return .refuse(.staleAttempt(own.attempt))
        }
        switch own.phase {
        case .accepted, .working, .ended: return .refuse(.atWork)
        case .reported, .closed, .fenced: return .take(begins: nil)
        }
    }
}

/// Why a command is not carried out, though it can be read.
package enum Refusal: Error, Hashable, Sendable {
    case notACommand
    case unknownTask
    /// The last attempt of the task here.
    case staleAttempt(Int)
    /// The task runs.
    case atWork
    case noSlot(Int)
    case draining
    case notAllowed(String)
    case repository(String)
    case agentUnknown(String)
    case patch(String)
    case wrongStatus(String)
    case disk(String)

    var code: String {
        switch self {
        case .notACommand: "not_expected"
        case .unknownTask: "unknown_task"
        case .staleAttempt: "stale_attempt"
        case .atWork, .wrongStatus: "wrong_status"
        case .noSlot: "no_slot"
        case .draining: "draining"
        case .notAllowed: "not_allowed"
        case .repository: "repository"
        case .agentUnknown: "agent_unknown"
        case .patch: "patch"
        case .disk: "disk"
        }
    }

    var sentence: String {
        switch self {
        case .notACommand: "The message is no command."
        case .unknownTask: "The daemon does not have the task."
        case .staleAttempt(let own): "The daemon's last attempt of the task is \(own)."
        case .atWork: "The task is being worked on."
        case .noSlot(let slots): "All \(slots) slots of the daemon are taken."
        case .draining: "The daemon takes no new tasks."
        case .notAllowed(let what), .repository(let what), .agentUnknown(let what), .patch(let what),
            .wrongStatus(let what), .disk(let what):
            what
        }
    }
}
