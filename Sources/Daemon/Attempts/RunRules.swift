import Domain
import Runner

/// Decides how a run of an attempt begins or goes on, and what its end is.
enum RunRules {
    enum Step: Hashable, Sendable {
        /// The task's first run here.
        case run
        case resume(ResumeRequest)
        /// An agent that works on without its makima is ended, and what it did is recorded.
        case endOrphan(isForced: Bool)
        case over
    }

    /// `request` is what a command has changed and no run has taken in; `deaths` counts how often the task was found abandoned
    /// by runs of this process.
    static func next(_ task: TaskRecord, note: AttemptNote, request: ResumeRequest?, deaths: Int) -> Step {
        let isAbandoned = task.status.isActive && task.reason == nil || task.reason == .interrupted(.ownerDied)
        // What was ended so often is over, whatever is written of it.
        let isOrphaned = isAbandoned && deaths < mostDeaths
        switch note.wish {
        case .stop(let force): return isOrphaned ? .endOrphan(isForced: force) : .over
        case .pause: return isOrphaned ? .endOrphan(isForced: false) : .over
        case .interrupt(let message) where task.reason == .interrupted(.person):
            var request = ResumeRequest()
            request.message = message
            return .resume(request)
        case .interrupt, nil: break
        }
        if let request { return .resume(request) }
        if task.status == .pending { return .run }
        if isAbandoned { return deaths < mostDeaths ? .resume(ResumeRequest()) : .over }
        if note.isSuspended == true, task.reason == .interrupted(.person) { return .resume(ResumeRequest()) }
        return .over
    }

    static let mostDeaths = 3

    /// The task as its attempt ended.
    static func end(of task: TaskRecord, note: AttemptNote) -> TaskRecord {
        var ended = task
        // Also where makima died before it could stop it.
        let isUnended = !task.status.endsRun || task.reason == .interrupted(.ownerDied)
        switch note.wish {
        case .pause where isUnended || task.reason == .interrupted(.person): ended.reason = .paused
        // One who had asked for a pause has asked for an end since.
        case .stop where isUnended || task.reason == .paused: ended.reason = .interrupted(.person)
        case .stop, .pause, .interrupt, nil:
            if let failure = note.failure { ended.reason = .failed(.internalError(message: failure)) }
        }
        if note.isDrained == true, ended.reason == .interrupted(.person) { ended.reason = .interrupted(.drained) }
        if ended.reason?.waitsForContract == true {
            ended.status = .waiting
            return ended
        }
        // It was told not to wait, and so will not go on by itself.
        if case .waiting(let cause, _) = ended.reason { ended.reason = .failed(.agentUnavailable(cause, attempts: 1)) }
        let unknown = Reason.failed(.internalError(message: "The run ended without a reason."))
        if ended.reason == nil || !(ended.reason?.status.endsRun ?? false) { ended.reason = unknown }
        ended.status = ended.reason?.status ?? .failed
        return ended
    }

    /// How an attempt ended of which nothing is known but `note`; `cause` is a clause.
    ///
    /// `isGone` where its record is not there any more, as when a person has discarded it; otherwise it cannot be read.
    static func end(ofLost note: AttemptNote, isGone: Bool, because cause: String) -> Reason {
        switch note.wish {
        case .stop: return .interrupted(note.isDrained == true ? .drained : .person)
        case .pause: return .paused
        case .interrupt, nil: break
        }
        return isGone
            ? .interrupted(.discarded)
            : .failed(.internalError(message: "Nothing can be said of what was done: \(cause)."))
    }
}

extension TaskStatus {
    /// Whether a run has ended with it.
    var endsRun: Bool { !isActive && self != .pending }
}
