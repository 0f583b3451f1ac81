extension GarbageVerdict {
    /// Why, of several things whose own sentences differ by times, names and numbers.
    package var sentenceOfSeveral: String {
        switch self {
        case .remove(let cause): cause.sentenceOfSeveral
        case .keep(let cause): cause.sentenceOfSeveral
        }
    }
}

extension RemovalCause {
    fileprivate var sentenceOfSeveral: String {
        switch self {
        case .retired: "Their tasks are over for long enough; all of the work is in the repository."
        case .unknownRetired:
            "No tasks of the journal, unchanged for long enough; all of the work is in the repository."
        case .unfinished: "Their making was interrupted, and no agent has worked in them."
        case .interruptedRemoval: "Their removal was interrupted; all of the work is in the repository."
        case .empty: "No tasks of the journal, and nothing in them."
        case .oldOutput: "Output of runs, last written long enough ago."
        case .leftover: "Left behind by processes that are gone."
        case .deadProcess: "The processes that they were made for are gone."
        case .otherVersion: "This makima uses others, and none is at work."
        case .unneededPin: "They served workspaces that were removed."
        }
    }
}

extension KeepCause {
    fileprivate var sentenceOfSeveral: String {
        switch self {
        case .owned: "Somebody works with them."
        case .noRetention: "Nothing says how long they are to stay."
        case .young: "They are to stay for a while yet."
        case .resumable: "The tasks stopped and can go on, which they could not without their workspaces."
        case .unrecorded: "The ends of their last runs are not recorded yet."
        case .ignoredFiles: "Git ignores files in them, which no checkpoint has."
        case .broken: "The workspaces are not what they should be."
        case .directoryGone: "The tasks' files are not where they were."
        case .unreadableRow: "The tasks' rows in the journal are damaged."
        case .unknown: "No tasks of the journal, and nothing tells what of them is elsewhere."
        case .foreign: "makima did not make them."
        case .mayBeInUse: "A makima that runs may use them."
        case .pinned: "Workspaces of another state directory may need them."
        case .goesWithDirectory: "There still are directories of the tasks."
        case .foreignRefs:
            "No tasks of this state directory: they were forgotten, or are another one's; their work may be nowhere else."
        case .unproven: "It cannot be shown that all of the work is elsewhere."
        case .failed: "They could not be removed."
        }
    }
}
