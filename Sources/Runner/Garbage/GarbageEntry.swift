package import Domain
import Workspaces

/// A wish to have garbage removed.
package struct GarbageRequest: Hashable, Sendable {
    package var retention: Retention
    /// Says what would be done, and does nothing.
    package var isDryRun: Bool
    /// Lets workspaces go also of tasks that stopped and could go on.
    package var includesStopped = false
    /// Lets workspaces go also where ignored files are in them, which no checkpoint has.
    package var includesIgnored = false
    /// Repositories in which refs are looked for, beside those of all tasks.
    package var repositories: [String]

    package init(retention: Retention, isDryRun: Bool = false, repositories: [String] = []) {
        self.retention = retention
        self.isDryRun = isDryRun
        self.repositories = repositories
    }
}

/// One thing that was looked at, and what became of it.
package struct GarbageEntry: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case workspace
        case taskDirectory = "task_directory"
        case output
        case leftover
        case room
        case systemCopy = "system_copy"
        case shim
        case refs
    }

    package var kind: Kind
    /// As it is called where it is a task's; `nil` where it is nobody's.
    package var task: TaskID?
    /// Of refs, that of the repository.
    package var path: String
    /// What it takes of the disk; 0 of refs.
    package var bytes: Int
    package var verdict: GarbageVerdict

    package init(_ kind: Kind, of task: TaskID? = nil, path: String, bytes: Int, verdict: GarbageVerdict) {
        self.kind = kind
        self.task = task
        self.path = path
        self.bytes = bytes
        self.verdict = verdict
    }
}

extension GarbageEntry {
    /// Why, as a sentence; and the command that would decide it otherwise.
    package var explanation: Explanation {
        switch verdict {
        case .remove(let cause): Explanation(cause.sentence)
        case .keep(let cause): cause.explanation(of: self)
        }
    }
}

extension GarbageEntry {
    /// The first of the ignored files that stay or go with it.
    package var ignoredFiles: [String] { ignored.names }

    private var ignored: IgnoredFiles {
        switch verdict {
        case .remove(.retired(_, _, let files)), .remove(.unknownRetired(_, let files)),
            .keep(.ignoredFiles(let files)):
            files
        case .remove, .keep: IgnoredFiles()
        }
    }
}

extension IgnoredFiles {
    /// As `2 ignored files (1536 bytes): a, b`.
    func words(atMost limit: Int) -> String {
        let list = names.prefix(limit).joined(separator: ", ") + (count > limit ? " and \(count - limit) more" : "")
        return "\(count) ignored file\(count == 1 ? "" : "s") (\(bytes) byte\(bytes == 1 ? "" : "s")): \(list)"
    }

    /// What is said of work that is in the repository, which these files are not.
    fileprivate var exception: String {
        isEmpty ? "is in the repository." : "is in the repository, but for \(words(atMost: Self.mostNames))."
    }
}

extension GarbageVerdict {
    /// The stable word for the cause.
    package var code: String {
        switch self {
        case .remove(let cause): cause.code
        case .keep(let cause): cause.code
        }
    }
}

extension RemovalCause {
    fileprivate var sentence: String {
        switch self {
        case .retired(let status, let since, let lost):
            "The task is '\(status.words)' since \(since.formattedUTC); all of its work \(lost.exception)"
        case .unknownRetired(let since, let lost):
            "No task of the journal; last changed at \(since.formattedUTC), and all of the work \(lost.exception)"
        case .unfinished: "Its making was interrupted, and no agent has worked in it."
        case .interruptedRemoval: "Its removal was interrupted; all of its work is in the repository."
        case .empty: "No task of the journal, and nothing in it."
        case .oldOutput(let since): "Output of a run, last written at \(since.formattedUTC)."
        case .leftover: "Left behind by a process that is gone."
        case .deadProcess: "The process that it was made for is gone."
        case .otherVersion: "This makima uses another one, and none is at work."
        case .unneededPin: "It served a workspace that was removed."
        }
    }

    fileprivate var code: String {
        switch self {
        case .retired: "retired"
        case .unknownRetired: "unknown_retired"
        case .unfinished: "unfinished"
        case .interruptedRemoval: "interrupted_removal"
        case .empty: "empty"
        case .oldOutput: "old_output"
        case .leftover: "leftover"
        case .deadProcess: "dead_process"
        case .otherVersion: "other_version"
        case .unneededPin: "unneeded_pin"
        }
    }
}

extension KeepCause {
    fileprivate func explanation(of entry: GarbageEntry) -> Explanation {
        let task = entry.task?.short ?? "TASK"
        return switch self {
        case .owned:
            Explanation("Somebody works with it.", hint: entry.task.map { "'makima stop \($0.short)' ends that." })
        case .noRetention(let period): Explanation("Nothing says how long it is to stay.", hint: period.advice)
        case .young(let until): Explanation("It is to stay until \(until.formattedUTC).")
        case .resumable(let status): Self.resumable(status)
        case .unrecorded: Self.unrecorded(task)
        case .ignoredFiles(let files): Self.ignored(files)
        case .broken(let detail):
            Explanation(
                "The workspace is not what it should be: \(detail).",
                hint:
                    "'makima checkpoints \(task)' lists what is kept, and 'makima restore \(task) NUMBER' makes files that are gone "
                    + "anew; 'makima discard \(task) --force' lets go of the rest."
            )
        case .directoryGone:
            Explanation(
                "The task's files are not where they were.",
                hint:
                    "'makima checkpoints \(task)' lists what is kept; 'makima discard \(task) --force' forgets the task."
            )
        case .unreadableRow(let message):
            Explanation(
                "The task's row in the journal is damaged (\(message)).",
                hint: "Bring a copy of the journal back."
            )
        case .unknown:
            Explanation(
                "No task of the journal, and nothing tells what of it is elsewhere.",
                hint: "Look what is in it; 'rm -r \(entry.path)' removes it."
            )
        case .foreign: Explanation("makima did not make it.")
        case .mayBeInUse: Explanation("A makima that runs may use it.")
        case .pinned:
            Explanation(
                "A workspace of another state directory may need it.",
                hint: "If there is none: \(entry.refRemoval)"
            )
        case .goesWithDirectory: Explanation("There still is a directory of the task.")
        case .foreignRefs: Self.foreignRefs(entry)
        case .unproven(let message, let hint): Explanation(message, hint: hint)
        case .failed(let message): Explanation("It could not be removed: \(message)", hint: "Mend that, and try again.")
        }
    }

    private static func resumable(_ status: TaskStatus) -> Explanation {
        Explanation(
            "The task is '\(status.words)' and can go on, which it could not without its workspace.",
            hint: "'makima gc --stopped' lets workspaces of stopped tasks go, too."
        )
    }

    private static func unrecorded(_ task: String) -> Explanation {
        Explanation(
            "The end of its last run is not recorded yet.",
            hint: "'makima resume \(task)' records it and goes on; 'makima discard \(task)' forgets the task."
        )
    }

    private static func ignored(_ files: IgnoredFiles) -> Explanation {
        Explanation(
            "No checkpoint has \(files.words(atMost: 3)).",
            hint: "Take what you need from it; 'makima gc --ignored' lets workspaces go with such files."
        )
    }

    private static func foreignRefs(_ entry: GarbageEntry) -> Explanation {
        Explanation(
            "No task of this state directory: it was forgotten, or it is another one's; its work may be nowhere else.",
            hint: "'git branch NAME REF' keeps it; to let go of it: \(entry.refRemoval)"
        )
    }

    fileprivate var code: String {
        switch self {
        case .owned: "owned"
        case .noRetention: "no_retention"
        case .young: "young"
        case .resumable: "resumable"
        case .unrecorded: "unrecorded"
        case .ignoredFiles: "ignored_files"
        case .broken: "broken"
        case .directoryGone: "directory_gone"
        case .unreadableRow: "unreadable_row"
        case .unknown: "unknown"
        case .foreign: "foreign"
        case .mayBeInUse: "may_be_in_use"
        case .pinned: "pinned"
        case .goesWithDirectory: "goes_with_directory"
        case .foreignRefs: "foreign_refs"
        case .unproven: "unproven"
        case .failed: "failed"
        }
    }
}

extension KeepCause.Period {
    fileprivate var advice: String {
        switch self {
        case .workspaces: "Say it with '--older-than 14d', or with 'workspaces' under [retention] in config.toml."
        case .logs: "Say it with '--logs-older-than 30d', or with 'logs' under [retention] in config.toml."
        }
    }
}

extension GarbageEntry {
    fileprivate var refRemoval: String {
        let patterns = ["refs/makima/*/\(task?.rawValue ?? "ID")", "refs/makima/*/\(task?.rawValue ?? "ID")/*"]
        return
            "git -C \(path) for-each-ref --format='delete %(refname)' \(patterns.map { "'\($0)'" }.joined(separator: " ")) "
            + "| git -C \(path) update-ref --stdin"
    }
}
