package import Domain
import Glibc
package import Workspaces

/// Why a command on a task is refused.
package enum ServiceError: Error, Hashable, Sendable, CustomStringConvertible {
    case noSuchTask(String)
    /// `name` fits several tasks.
    case ambiguous(String, [String])
    /// Another makima process runs the task.
    case running(TaskID, owner: Int32?)
    case notResumable(TaskID, TaskStatus)
    /// No agent will work on the task any more.
    case noListener(TaskID, TaskStatus)
    /// The task has no open question.
    case nothingAsked(TaskID)
    /// The agent does not wait any more for the answer to the question with this number.
    case questionWithdrawn(TaskID, Int)
    /// What is asked for is a permission, and what a person said is neither a yes nor a no.
    case unclearAnswer(TaskID, Int, PermissionRequest)
    /// What is asked for is a permission, and nobody said which one is answered.
    case questionUnnamed(TaskID, Int, PermissionRequest)
    /// Its program cannot be held to `mode`, or refuses it to root; `modes` are those that it takes.
    case permissionsUnsupported(agent: String, PermissionMode, modes: [PermissionMode])
    /// Everything is to be asked about, and nobody answers.
    case nobodyToAsk
    /// The task waits for a time that has not come, and is not to be waited for.
    case waitNotOver(TaskID, WaitCause, until: Timestamp)
    case noWorkspace(TaskID)
    /// Its setup command has succeeded, or an agent has worked without one.
    case workspacePrepared(TaskID)
    case noSuchIteration(TaskID, Int)
    case noTargetBranch(TaskID)
    /// The work is to be put to review, and something is missing for that.
    case noReview(TaskID, ForgeObstacle)
    /// Only work that was judged is merged.
    case notProven(TaskCall, TaskStatus)
    /// A pattern of protected paths that can match nothing in a repository.
    case invalidPattern(String)
    /// The process that runs the task cannot be told to stop.
    case ownerUnreachable(Int32, code: Int32)
    case sandboxUnavailable(String)
    /// Memory or processor time was to be limited, and cannot be.
    case limitsUnavailable(UnkeptLimits)
    /// The network is that of listed hosts, and none is listed.
    case nothingAllowed
    /// The makima that ran the task is gone, and its agent works on.
    case agentAtWork(TaskID)
    /// A makima process has the task without running it, as a shell in its workspace does.
    case heldOtherwise(TaskID, TaskStatus, owner: Int32)
    /// A daemon of this machine runs it, which a signal would end with all that it does.
    case ofDaemon(TaskID)
    /// A daemon of this machine has it, and has not told its server of its end.
    case heldByDaemon(TaskID, isAlive: Bool)
    /// In the workspace are files that no checkpoint has, because git ignores them.
    case ignoredFiles(TaskID, IgnoredFiles)
    /// Less of the disk is free than is to stay free.
    case diskLow(path: String, DiskShortage)
    /// The task's workspace was made with a sandbox, or without one, and is of no use the other way; `resume` is the
    /// command line that goes on with it as it is.
    case workspaceMadeOtherwise(TaskID, withSandbox: Bool, resume: String)
    /// The program of the agent called `agent` is not on this machine.
    case agentMissing(agent: String, AgentKind, program: String)

    package var description: String {
        switch self {
        case .noSuchTask(let name): "There is no task '\(name)'."
        case .ambiguous(let name, let ids): "'\(name)' fits \(ids.count) tasks: \(ids.listed(atMost: 5))."
        case .running(let id, let owner):
            "The task \(id) is being run by another makima process\(owner.map { " (\($0))" } ?? "")."
        case .notResumable(let id, let status): "The task \(id) is '\(status.words)': there is nothing to go on with."
        case .noListener(let id, let status):
            "The task \(id) is '\(status.words)': no agent works on it any more that could hear a message."
        case .nothingAsked(let id): "The agent of task \(id) asks nothing that is not answered."
        case .questionWithdrawn(_, let number):
            "The agent has withdrawn question \(number): it does not wait for an answer any more."
        case .unclearAnswer(_, _, let request):
            "The agent wants to use \(request.words). The answer is neither a yes nor a no."
        case .questionUnnamed(_, let number, let request):
            "The agent wants to use \(request.words). Say that this is what you answer: it is question \(number)."
        case .permissionsUnsupported(let agent, let mode, _): Self.sentence(onRefusing: agent, mode)
        case .nobodyToAsk: "The permissions 'ask' need somebody who answers, and nobody does."
        case .waitNotOver(let id, let cause, let until):
            "The task \(id) waits until \(until.formattedUTC) (\(cause.rawValue)), and a run of it is told not to wait."
        case .noWorkspace(let id): "The task \(id) has no workspace."
        case .workspacePrepared(let id):
            "The workspace of task \(id) is prepared, and no setup command is run in it any more."
        case .noSuchIteration(let id, let number): "The task \(id) has no iteration \(number) that was kept."
        case .noTargetBranch(let id): "The task \(id) began at no branch, so the branch to merge into must be named."
        case .noReview(_, let obstacle): obstacle.sentence
        case .notProven(let task, let status):
            "The task \(task) is '\(status.words)': its work is not proven, so it is not merged."
        case .invalidPattern(let pattern): Self.sentence(onPattern: pattern)
        case .ownerUnreachable(let owner, let code):
            "The process \(owner) cannot be told to stop: \(String(cString: strerror(code)))."
        case .sandboxUnavailable(let detail): "The sandbox does not work on this machine: \(detail)."
        case .limitsUnavailable(let limits): limits.sentence
        case .nothingAllowed: "The network is 'allowlist', and no host is listed: nothing could be reached."
        case .heldOtherwise(let id, let status, let owner):
            "The makima process \(owner) uses task \(id.short), which is '\(status.words)', and runs nothing that could be stopped so."
        case .ofDaemon(let id): "Task \(id.short) is run by a daemon, whose server cannot be reached."
        case .heldByDaemon(let id, let isAlive): Self.sentence(onHeld: id, isAlive)
        case .agentAtWork(let id): "The agent of task \(id) works on, though the makima that ran it is gone."
        case .ignoredFiles(let id, let files):
            "The workspace of task \(id) is kept: no checkpoint has \(files.words(atMost: 5))."
        case .diskLow(let path, let shortage): "Nothing is started: \(shortage.sentence(path: path))"
        case .workspaceMadeOtherwise(let id, let withSandbox, _):
            "The workspace of task \(id) was made \(withSandbox ? "with" : "without") a sandbox, and cannot be used "
                + "\(withSandbox ? "without" : "with") one."
        case .agentMissing(let agent, let kind, let program):
            kind.productName(of: program).map { "\($0) is not installed, which the agent '\(agent)' needs." }
                ?? "The program '\(program)' of the agent '\(agent)' is not installed."
        }
    }

    private static func sentence(onRefusing agent: String, _ mode: PermissionMode) -> String {
        mode == .full
            ? "The agent '\(agent)' refuses to do everything for root without a sandbox."
            : "The agent '\(agent)' cannot be held to the permissions '\(mode.rawValue)'."
    }

    private static func sentence(onPattern pattern: String) -> String {
        "The pattern '\(pattern)' of protected paths matches nothing: patterns begin at the repository's root."
    }

    private static func sentence(onHeld id: TaskID, _ isAlive: Bool) -> String {
        "Task \(id.short) is a daemon's, which \(isAlive ? "runs" : "does not run") and has not told its server of the end."
    }
}

/// Limits that cannot be kept on this machine.
package struct UnkeptLimits: Hashable, Sendable {
    /// As in the configuration, with their values.
    package var settings: [String]
    /// Why, as a clause.
    package var cause: String
    /// Whether systemd runs here, which can give makima a control group.
    package var hasServiceManager: Bool

    package init(_ limits: ProcessLimits, because cause: String, hasServiceManager: Bool) {
        settings = [
            limits.memoryMiB.map { "max_memory_mib = \($0)" }, limits.cpus.map { "max_cpus = \($0.formatted)" },
        ]
        .compactMap(\.self)
        self.cause = cause
        self.hasServiceManager = hasServiceManager
    }

    fileprivate var sentence: String {
        "\(settings.map { "'\($0)'" }.joined(separator: " and ")) cannot be kept on this machine: \(cause). "
            + "Nothing is started without a limit that was asked for."
    }
}
