package import Domain
package import Processes

/// Why something could not be done with a workspace.
package enum WorkspaceError: Error, Hashable {
    /// The path is no git repository that git can read.
    case notARepository(path: String, detail: String)
    /// Git refuses a repository that belongs to somebody else and is not in the user's `safe.directory`.
    case foreignOwner(path: String)
    /// The commit that the task begins from is not in the repository.
    case baseMissing(CommitID, repository: String)
    /// A partial clone lacks files of the base; `command` gets them.
    case objectsMissing(count: Int, command: String)
    /// The uncommitted changes belong to `head`, but the task begins from another commit.
    case changesElsewhere(base: CommitID?, head: CommitID?)
    /// A bare repository has no checkout whose changes or files could be taken along.
    case noCheckout(repository: String)
    /// A finished workspace of this task exists already.
    case alreadyExists(path: String)
    /// The workspace is not what it should be.
    case broken(detail: String)
    /// The directory of its files is gone; what was kept of them is not.
    case treeGone(path: String)
    /// The directory of its files is there, but was not filled to the end when they were made anew.
    case treeUnfinished(path: String)
    /// Something else is where the directory of its files was.
    case treeReplaced(path: String)
    /// It was removed when everything up to `checkpoint` was in the repository.
    case removed(TaskID, checkpoint: Int)
    /// The agent destroyed its own git directory; its files are still there.
    case agentGitDestroyed(detail: String)
    /// Git, in or outside of the sandbox, did not do what was asked.
    case gitFailed(operation: String, status: ExitStatus, message: String)
    /// Another git has locked something in the repository, or was killed while it had.
    case locked(path: String)
    /// Git printed something that cannot be read.
    case unreadableOutput(operation: String)
    /// Git printed more than can be kept, and was ended.
    case tooMuchOutput(operation: String)
    /// There is no checkpoint of that number.
    case unknownCheckpoint(Int)
    /// A file of the user's checkout is not copied into the workspace.
    case copyRefused(path: String, CopyRefusal)
    /// The objects of a checkpoint are not taken over into the user's repository.
    case importRefused(ImportRefusal)
    /// The workspace holds work that is nowhere else.
    case notDiscardable(DiscardRefusal)
    /// Every name that the branch could have is taken.
    case noFreeBranchName(String)
    /// The revision to begin from does not exist.
    case unknownRevision(String)
    /// The branch to merge into does not exist.
    case unknownBranch(String)
    /// The branch to merge into does not exist, nor any commit of the one that is checked out.
    case unknownBranchBeforeFirst(String, unborn: String)
    /// The branch moved while the work was being checked on top of it.
    case targetMoved(branch: String)
    /// The branch is checked out, and git would run a filter program of the user's on files that the agent wrote.
    case filteredCheckout(branch: String, paths: [String])
    /// Git does not understand the pattern.
    case invalidPattern(String)
    /// A system call failed.
    case fileSystem(operation: String, path: String, code: Int32)
}

/// Why a file is not copied.
package enum CopyRefusal: String, Hashable, Sendable {
    /// The pattern or path points outside of the repository.
    case outsideRepository
    /// A symbolic link, or a path that leads through one.
    case symbolicLink
    /// A directory, FIFO, socket or device.
    case notARegularFile
    /// The file has a second name, perhaps of a secret elsewhere.
    case hardLinked
    /// The size cap for all copied files together is exceeded.
    case tooLarge
    /// The workspace has something at that path already.
    case alreadyThere
}

/// Why objects are not imported.
package enum ImportRefusal: Hashable, Sendable {
    /// The new objects take more bytes than allowed.
    case tooLarge(bytes: Int, limit: Int)
    /// The result's new objects take more than the task's files may.
    case resultTooLarge(HeldBack)
    /// Git's own check of the objects failed, as for a path with a `.git` component.
    case malformedObjects(message: String)
}

/// Why a workspace is not removed.
package enum DiscardRefusal: Hashable, Sendable {
    /// The files differ from the last checkpoint.
    case changedSinceCheckpoint
    /// Checkpoints are not in the user's repository.
    case notImported
    /// Files were left out of the checkpoint: a nested repository or submodule, a secret, or something unreadable.
    case filesNotInCheckpoint
    /// References of the agent's, or the objects they name, cannot be taken over.
    case agentCommitsNotTaken([String])
    /// This is in the task's own store only, because it exceeds the limit.
    case heldBack([HeldBack])
}

extension WorkspaceError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notARepository(let path, let detail): "'\(path)' is not a git repository that can be read: \(detail)"
        case .foreignOwner(let path):
            "The repository '\(path)' belongs to another user, so git does not read it."
        case .baseMissing(let base, let repository): "The commit \(base) is not in the repository '\(repository)'."
        case .objectsMissing(let count, _): "The partial clone lacks \(count) objects of the base."
        case .changesElsewhere(let base, let head):
            "The uncommitted changes belong to \(Self.name(head)), but the task begins from \(Self.name(base))."
        case .noCheckout(let repository): "The bare repository '\(repository)' has no checkout to take files from."
        case .alreadyExists(let path): "A workspace exists already at '\(path)'."
        case .broken, .treeGone, .treeUnfinished, .treeReplaced: "The workspace is broken: \(brokenness ?? "")."
        case .removed(let task, let checkpoint):
            "The workspace of task \(task) was removed; its files are in the repository, the last of them as checkpoint "
                + "\(checkpoint)."
        case .agentGitDestroyed(let detail): "The agent's git directory is destroyed: \(detail)."
        case .gitFailed(let operation, .signal(let signal), _):
            "Git could not \(operation): it was killed (signal \(signal))."
        case .gitFailed(let operation, .code(let code), let message):
            "Git could not \(operation) (status \(code)): \(message)"
        case .locked(let path): "The repository is locked by another git: '\(path)' exists."
        case .unreadableOutput(let operation): "Git's answer cannot be read when asked to \(operation)."
        case .tooMuchOutput(let operation): "Git printed more than can be kept when asked to \(operation)."
        case .unknownCheckpoint(let number): "There is no checkpoint \(number)."
        case .copyRefused(let path, let refusal): "'\(path)' is not copied into the workspace: \(refusal.words)."
        case .importRefused(.resultTooLarge(let held)): held.sentence
        case .importRefused(let refusal): "The checkpoint is not imported: \(refusal.words)."
        case .notDiscardable(let refusal): "The workspace is kept: \(refusal.words)."
        case .noFreeBranchName(let name): "Every name like '\(name)' is taken by a branch."
        case .unknownRevision(let revision): "There is no commit '\(revision)' in the repository."
        case .unknownBranch(let branch): "There is no branch '\(branch)'."
        case .unknownBranchBeforeFirst(let branch, let unborn):
            "There is no branch '\(branch)', and '\(unborn)', which is checked out, has no commit to make it from."
        case .targetMoved(let branch): "The branch '\(branch)' moved while the work was checked on top of it."
        case .filteredCheckout(let branch, let paths):
            "'\(branch)' is checked out, and git filters would run on files of the agent, such as "
                + "'\(paths.first ?? "")'."
        case .invalidPattern(let pattern): "Git does not understand the pattern '\(pattern)'."
        case .fileSystem(let operation, let path, let code):
            "Cannot \(operation) '\(path)': \(SystemCall.message(for: code))"
        }
    }

    /// What of the workspace is not what it should be, as a clause; `nil` where that is not what the error says.
    package var brokenness: String? {
        switch self {
        case .broken(let detail): detail
        case .treeGone(let path): "the directory '\(path)' is gone"
        case .treeUnfinished(let path): "the directory '\(path)' is half made"
        case .treeReplaced(let path): "'\(path)' is not the directory that was made for the task"
        default: nil
        }
    }

    private static func name(_ commit: CommitID?) -> String {
        commit?.short ?? "an empty repository"
    }
}

extension CopyRefusal {
    var words: String {
        switch self {
        case .outsideRepository: "it is outside of the repository"
        case .symbolicLink: "it is, or lies behind, a symbolic link"
        case .notARegularFile: "it is not a regular file"
        case .hardLinked: "the file has a second name"
        case .tooLarge: "the copied files would be too large together"
        case .alreadyThere: "the workspace has something there already"
        }
    }
}

extension ImportRefusal {
    var words: String {
        switch self {
        case .tooLarge(let bytes, let limit): "its new objects take \(bytes) bytes, more than \(limit)"
        case .resultTooLarge(let held): "\(held.thing.words) exceeds the limit: \(held.size)"
        case .malformedObjects(let message): "git's check of its objects failed: \(message)"
        }
    }
}

extension DiscardRefusal {
    var words: String {
        switch self {
        case .changedSinceCheckpoint: "its files differ from the last checkpoint"
        case .notImported: "its checkpoints are not in the repository"
        case .filesNotInCheckpoint: "it has files that no checkpoint can hold"
        case .agentCommitsNotTaken(let names):
            "its git directory has what cannot be taken over: \(names.listed(atMost: 5))"
        case .heldBack(let things):
            "what exceeds 'max_disk_mib' (\((things.first?.limit ?? 0).wholeMiB) MiB) is in no repository: "
                + things.map { "\($0.thing.words) (\($0.size))" }.listed(atMost: 5)
        }
    }
}

extension HeldBack {
    /// A full sentence for whoever looks on.
    package var sentence: String {
        let words = thing.words
        let (verb, subject) = thing.isPlural ? ("stay", "they") : ("stays", "it")
        return "\(words.prefix(1).uppercased())\(words.dropFirst()) \(verb) in the task's own store: \(subject) would "
            + "bring \(size) into the repository, more than the \(limit.wholeMiB) MiB that "
            + "'max_disk_mib' allows the task."
    }

    var size: String { "\(bytes.wholeMiB) MiB" }
}

extension HeldBack.Thing {
    var words: String {
        switch self {
        case .checkpoint(let number): "checkpoint \(number)"
        case .agentCommits(let head): "the agent's commits up to \(head.short)"
        case .agentRefs: "the agent's other branches, tags and stashes"
        case .result: "the result"
        }
    }

    fileprivate var isPlural: Bool {
        switch self {
        case .agentCommits, .agentRefs: true
        case .checkpoint, .result: false
        }
    }
}

extension Int {
    /// So many bytes in MiB; a part counts as a whole, so that what exceeds a limit is shown to.
    package var wholeMiB: Int { self >> 20 + (self & (1 << 20 - 1) == 0 ? 0 : 1) }
}
