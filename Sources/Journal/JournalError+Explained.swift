package import Domain

extension JournalError: ExplainedError {
    package var errorCode: ErrorCode {
        switch self {
        case .unknownTask, .unknownIteration: .notFound
        case .taskExists, .superseded, .busy: .refused
        case .damaged, .missing, .tooNew, .diskFull, .unusable, .damagedRow, .lockFailed: .environment
        case .forbiddenChange, .iterationBegunBefore, .iterationEndedBefore, .endMissing: .internal
        }
    }

    package var hint: String {
        switch self {
        case .damaged(let path, _, let backup):
            "Move it and the files '\(path)-wal' and '\(path)-shm' away"
                + (backup.map { "; then 'cp \($0) \(path)' brings the latest backup back" }
                    ?? ", or put a copy in their place")
                + ". The workspaces of its tasks stay where they are."
        case .missing(let path, _, let backup):
            "Put it back"
                + (backup.map {
                    ": its latest copy comes back with 'rm -f \(path)-wal \(path)-shm && cp \($0) \(path)'"
                } ?? "")
                + ". To begin anew without these tasks, move the whole directory away."
        case .tooNew: "Use that version, or name another directory with MAKIMA_STATE_DIR."
        case .diskFull(let path): "Make room on the disk of '\(path)' and try again."
        case .busy: "Try again when that process has ended."
        case .unusable(let path, _):
            "Mend the permissions of '\(path)', or name another directory with MAKIMA_STATE_DIR."
        case .damagedRow:
            "The task's files are untouched below the state directory, in 'tasks'; other tasks can be used."
        case .taskExists: "Try again: a new id is drawn."
        case .unknownTask, .unknownIteration: "'makima list --all' shows all tasks."
        case .superseded(let task, _): "See where it stands with 'makima show \(task.short)'."
        case .lockFailed(let path, _): "Mend the permissions of '\(path)', or remove it if it is not a file."
        case .forbiddenChange, .iterationBegunBefore, .iterationEndedBefore, .endMissing:
            "This is a defect of makima; please report it."
        }
    }
}
