package import Domain

/// Something that happens to a daemon, for the person who looks after it.
package enum DaemonEvent: Hashable, Sendable {
    /// The server has taken the daemon in.
    case welcomed(session: Int)
    case link(LinkTrouble)
    /// A connection could not be had, or what was said could not be written down.
    case linkFailed(String)
    /// The server has the reports up to this number.
    case acknowledged(upTo: Int)
    case began(TaskID, attempt: Int)
    case ended(TaskID, attempt: Int, TaskStatus)
    /// The attempt is not this daemon's any more: its agent is stopped.
    case fenced(TaskID, attempt: Int)
    /// Nobody knows whether the attempts are this daemon's still: their agents are stopped.
    case leaseOver
    /// What a task has to tell cannot be read or written for now.
    case gatheringFailed(TaskID, String)
    case repositoryFailed(String, String)
    /// Something that the daemon does by itself could not be done; a sentence.
    case upkeepFailed(String)

    /// One sentence.
    package var sentence: String {
        switch self {
        case .welcomed(let session): "Connected to the server (session \(session))."
        case .link(let trouble): trouble.sentence
        case .linkFailed(let message): "The connection to the server failed: \(message)"
        case .acknowledged(let number): "The server has the reports up to \(number)."
        case .began(let task, let attempt): "Task \(task) is worked on (attempt \(attempt))."
        case .ended(let task, let attempt, let status): "Attempt \(attempt) of task \(task) ended: \(status.words)."
        case .fenced(let task, let attempt):
            "Attempt \(attempt) of task \(task) is not this daemon's any more; its agent is stopped, its files are kept."
        case .leaseOver: "The server was not heard of for too long; agents are stopped, their files are kept."
        case .gatheringFailed(let task, let message): "What task \(task) has to report is held up: \(message)"
        case .upkeepFailed(let message): message
        case .repositoryFailed(let url, let message): "The repository \(url) cannot be got: \(message)"
        }
    }
}
