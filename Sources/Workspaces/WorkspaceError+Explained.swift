package import Domain
import Processes

extension WorkspaceError: ExplainedError {
    package var errorCode: ErrorCode {
        switch self {
        case .notARepository, .unknownCheckpoint, .unknownRevision, .unknownBranch, .unknownBranchBeforeFirst,
            .baseMissing:
            .notFound
        case .changesElsewhere, .noCheckout, .invalidPattern: .usage
        case .alreadyExists, .removed, .locked, .copyRefused, .importRefused, .notDiscardable, .noFreeBranchName,
            .targetMoved,
            .filteredCheckout, .foreignOwner:
            .refused
        case .objectsMissing, .broken, .treeGone, .treeUnfinished, .treeReplaced, .agentGitDestroyed, .gitFailed,
            .tooMuchOutput, .fileSystem:
            .environment
        case .unreadableOutput: .internal
        }
    }

    package var hint: String { hint(task: "TASK") }

    /// `task` is how the task can be called on the command line.
    package func hint(task: String, isResumable: Bool = true) -> String {
        switch self {
        case .notARepository: "Make one with 'git init', or name another directory with '--repo DIR'."
        case .foreignOwner(let path): "Trust it with 'git config --global --add safe.directory \(path)'."
        case .baseMissing: "Fetch it into the repository, or name another commit with '--base REVISION'."
        case .objectsMissing(_, let command): "Get them with '\(command)'."
        case .changesElsewhere: "Leave '--include-changes' out, or begin from HEAD by leaving '--base' out."
        case .noCheckout: "Leave '--include-changes' out and 'copy_files' empty, or name a checkout with '--repo DIR'."
        case .alreadyExists: "Look what is in it; 'makima list --all' shows the tasks that have one."
        case .treeGone, .treeUnfinished:
            "'makima restore \(task) NUMBER' makes it anew; 'makima checkpoints \(task)' lists from what."
        case .treeReplaced(let path):
            "Put back what was there; or take away what is there now, 'mv \(path) ELSEWHERE', and 'makima restore \(task) "
                + "NUMBER' makes it anew: 'makima checkpoints \(task)' lists from what."
        case .broken:
            "'makima checkpoints \(task)' lists what is kept, and says how one becomes a branch."
        case .removed(let id, let checkpoint):
            "Begin a new task from them: 'makima run PLAN --base refs/makima/checkpoints/\(id)/\(checkpoint)'."
        case .agentGitDestroyed:
            "'makima resume \(task)' or 'makima merge \(task)' makes it anew; the files stay as they are."
        case .gitFailed(_, .signal(_), _):
            "Try again; where it is killed again, look who does that: when memory runs out, the kernel."
        case .gitFailed: "Mend what git says, then try again; 'makima doctor' looks at git and the sandbox."
        case .locked(let path): "Try again when that git has ended; if none runs there, remove the file: 'rm \(path)'."
        case .unreadableOutput: Self.report
        case .tooMuchOutput:
            "Remove files that came in great numbers from the workspace, or have '.gitignore' name their directory."
        case .unknownCheckpoint: "'makima checkpoints \(task)' lists them."
        case .copyRefused(let path, let refusal): refusal.advice(on: path)
        case .importRefused(let refusal): refusal.advice(task, isResumable: isResumable)
        case .notDiscardable(let refusal): refusal.advice(task, isResumable: isResumable)
        case .noFreeBranchName: "Delete branches of that name that you no longer need, then try again."
        case .unknownRevision: "'git log' and 'git branch --all' show what there is; name one with '--base REVISION'."
        case .unknownBranch(let branch):
            "Make it with 'git branch \(branch)', or name another: 'makima run' with '--target BRANCH', 'makima merge' with "
                + "'--into BRANCH'."
        case .unknownBranchBeforeFirst(_, let unborn):
            "Name '\(unborn)', which a merge begins: 'makima run' with '--target BRANCH', 'makima merge' with '--into BRANCH'."
        case .targetMoved: "Try again when nobody works on it: the work is then checked on top of its new state."
        case .filteredCheckout: "Check another branch out and try again, or merge the task's branch by hand."
        case .invalidPattern: "Give a pattern of git's, as 'Tests/**'."
        case .fileSystem(_, let path, _): "Mend the permissions of '\(path)', or make room on its disk; then try again."
        }
    }

    private static let report = "This is a defect of makima; please report it."
}

extension CopyRefusal {
    fileprivate func advice(on path: String) -> String {
        switch self {
        case .outsideRepository, .symbolicLink, .notARegularFile, .hardLinked:
            "Take '\(path)' out of 'copy_files', or put a plain file of its own there."
        case .tooLarge: "Take large files out of 'copy_files', or make them in the 'setup' command."
        case .alreadyThere: "Take '\(path)' out of 'copy_files': the commit that the task begins from has it."
        }
    }
}

extension ImportRefusal {
    fileprivate func advice(_ task: String, isResumable: Bool) -> String {
        switch self {
        case .tooLarge, .resultTooLarge:
            guard isResumable else {
                return "Take the files from the workspace: 'makima show \(task)' says where it is."
            }
            let removal =
                "Remove large files from the workspace, or have '.gitignore' name them; then 'makima resume \(task)'"
            guard case .resultTooLarge(let held) = self else { return "\(removal)." }
            return "\(removal), or allow more: 'makima resume \(task) --max-disk-mib \(held.bytes.wholeMiB * 2)'."
        case .malformedObjects:
            return "Take the files from the workspace by hand; 'makima show \(task)' says where it is."
        }
    }
}

extension DiscardRefusal {
    fileprivate func advice(_ task: String, isResumable: Bool) -> String {
        switch self {
        case .heldBack(let things):
            let most = things.map(\.bytes.wholeMiB).max() ?? 0
            let beginning =
                isResumable ? "Bring it in with 'makima resume \(task) --max-disk-mib \(most * 2)'; or take" : "Take"
            return "\(beginning) what you need from the workspace ('makima show \(task)' says where it is, "
                + "'makima restore \(task) NUMBER' sets it to a checkpoint), then add '--force' to let go of the rest."
        case .changedSinceCheckpoint, .notImported, .filesNotInCheckpoint, .agentCommitsNotTaken:
            return
                "Take what you need from the workspace ('makima show \(task)' says where it is), then add '--force'."
        }
    }
}
