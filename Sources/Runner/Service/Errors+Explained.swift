package import Domain
import Glibc
package import Processes

extension ServiceError: ExplainedError {
    package var errorCode: ErrorCode {
        switch self {
        case .noSuchTask, .noWorkspace, .noSuchIteration, .agentMissing: .notFound
        case .ambiguous, .noTargetBranch, .noReview, .invalidPattern, .unclearAnswer, .questionUnnamed,
            .permissionsUnsupported,
            .nobodyToAsk, .nothingAllowed:
            .usage
        case .running, .notResumable, .noListener, .nothingAsked, .questionWithdrawn, .waitNotOver, .notProven,
            .workspaceMadeOtherwise, .workspacePrepared, .agentAtWork, .ignoredFiles, .ofDaemon,
            .heldByDaemon, .heldOtherwise:
            .refused
        case .ownerUnreachable, .sandboxUnavailable, .limitsUnavailable, .diskLow: .environment
        }
    }

    package var hint: String {
        switch self {
        case .noSuchTask: Self.adviceOnMissing
        case .ambiguous: "Give more characters of the id."
        case .running(let id, _):
            "Follow it with 'makima logs \(id.short) -f', or stop it with 'makima stop \(id.short)'."
        case .notResumable(let id, .done): Self.adviceOnDone(id)
        case .nothingAsked(let id): "Say something unasked with 'makima steer \(id.short) TEXT'."
        case .questionWithdrawn(let id, _):
            "'makima show \(id.short)' tells what is open; say something unasked with 'makima steer \(id.short) TEXT'."
        case .unclearAnswer(let id, let number, _), .questionUnnamed(let id, let number, _):
            "Answer with 'makima answer \(id.short) --question \(number) yes', 'always', or 'no' and, if you like, why."
        case .permissionsUnsupported(_, .full, let modes):
            "Run makima as an ordinary user, leave '--sandbox off' out, or name '--permissions' "
                + "\(modes.map { "'\($0.rawValue)'" }.listed(atMost: 4))."
        case .permissionsUnsupported(_, _, let modes):
            "It can be held to: \(modes.map(\.rawValue).listed(atMost: 4)). 'makima agents' tells of the others."
        case .nobodyToAsk: "Leave '--no-ask' out, or choose '--permissions edit', 'plan' or 'full'."
        case .noListener: "Begin a new task with 'makima run PLAN'; '--base BRANCH' begins it at this one's work."
        case .notResumable(let id, _): "'makima why \(id.short)' says where it stands."
        case .waitNotOver(let id, _, _):
            "'makima resume \(id.short) --wait' waits for it; with '--now' the agent is started at once."
        case .noWorkspace(let id): "'makima resume \(id.short)' makes one."
        case .workspacePrepared: "Leave '--setup' out; what is missing can be told to the agent with '--message TEXT'."
        case .noSuchIteration(let id, _): "'makima show \(id.short)' lists the iterations."
        case .noReview(_, let obstacle): obstacle.hint(again: "try again")
        case .notProven(let task, _): "\(task.wayOn) Or look at 'makima diff \(task)' and take it by hand."
        case .invalidPattern: "Give it without '..', such as 'Tests/**'."
        case .noTargetBranch: "Name it: 'makima run' with '--target BRANCH', 'makima merge' with '--into BRANCH'."
        case .ownerUnreachable(let owner, let code): Self.adviceOnOwner(owner, code)
        case .sandboxUnavailable: "'makima doctor' says how to get it; without one only '--sandbox off' runs."
        case .limitsUnavailable(let limits): limits.advice
        case .nothingAllowed: Self.adviceOnHosts
        case .agentAtWork(let id): Self.adviceOnOrphan(id)
        case .heldOtherwise(_, _, let owner): Self.adviceOnHolder(owner)
        case .ofDaemon: "Name its server with MAKIMA_SERVER; or end the daemon, and all its tasks, with Ctrl-C."
        case .heldByDaemon(let id, let isAlive): Self.adviceOnHeld(id, isAlive)
        case .ignoredFiles(let id, _): Self.adviceOnIgnored(id)
        case .diskLow(_, let shortage): "\(shortage.advice), then try again."
        case .workspaceMadeOtherwise(let id, let withSandbox, let resume):
            "Go on with '\(resume)'; or begin a new task from its files: 'makima run PLAN --sandbox "
                + "\(withSandbox ? "off" : "auto") --base COMMIT', where 'makima checkpoints \(id.short)' lists the commits."
        case .agentMissing(_, _, let program) where program.contains(" "):
            "A 'command' with arguments is a list: command = ["
                + program.split(separator: " ").map { "\"\($0)\"" }.joined(separator: ", ") + "]."
        case .agentMissing:
            "Install it, or choose another with '--agent NAME': 'makima agents' lists them, 'makima doctor' checks the "
                + "machine."
        }
    }
}

extension ServiceError {
    private static let adviceOnMissing =
        "'makima list --all' shows those there are. A discarded task is forgotten; its checkpoints are under "
        + "refs/makima/checkpoints in its repository."

    private static let adviceOnHosts =
        "List hosts with '--allow-host HOST' or 'allow_hosts' under [sandbox], that of the agent's own service among them; or "
        + "name '--network full' or 'none'."

    private static func adviceOnDone(_ id: TaskID) -> String {
        "Take it over with 'makima merge \(id.short)', or begin a new task with 'makima run PLAN'."
    }

    private static func adviceOnHolder(_ owner: Int32) -> String {
        "'ps -p \(owner)' says what it does, such as 'makima shell' or 'makima restore'; end it there, or wait for its end."
    }

    private static func adviceOnOwner(_ owner: Int32, _ code: Int32) -> String {
        code == EPERM
            ? "Stop it as the user who started it: 'kill -INT \(owner)'."
            : "Look at it with 'ps -p \(owner)', and stop it with 'kill -INT \(owner)'."
    }

    private static func adviceOnIgnored(_ id: TaskID) -> String {
        "Take what you need; 'makima show \(id.short)' says where it is. 'makima discard \(id.short) --force' lets go of it."
    }

    private static func adviceOnHeld(_ id: TaskID, _ isAlive: Bool) -> String {
        isAlive
            ? "Stop the task at the server, and delete its workspace there."
            : "Start the daemon, which tells the end. 'makima discard \(id.short) --force' lets go of it: then the daemon tells that "
                + "the attempt failed."
    }

    private static func adviceOnOrphan(_ id: TaskID) -> String {
        "Stop it first, with 'makima stop \(id.short)'; or go on with it by 'makima resume \(id.short)'. 'makima "
            + "discard \(id.short) --force' ends it and discards all the same."
    }
}

extension UnkeptLimits {
    fileprivate var advice: String {
        "\(EnvironmentProblem.delegationHint(hasServiceManager: hasServiceManager)) Or do without: '--max-memory-mib none' and "
            + "'--max-cpus none', also of 'makima resume'; or no such setting under [sandbox] in config.toml."
    }
}

extension StateDirectoryError: ExplainedError {
    package var errorCode: ErrorCode { .environment }

    package var hint: String { "Mend its permissions or make room, or name another directory with MAKIMA_STATE_DIR." }
}

extension ProcessError: ExplainedError {
    package var errorCode: ErrorCode {
        switch self {
        case .programNotFound: .notFound
        case .unusableText: .usage
        case .launchFailed, .sandboxFailed, .startTimedOut, .startStopped, .timedOut, .coprocessEnded, .answerTooLong,
            .systemCallFailed,
            .redactionImpossible, .limitsNotKept:
            .environment
        case .spoolExists, .damagedRecord: .internal
        }
    }

    package var hint: String {
        switch self {
        case .programNotFound(let program): "Install '\(program)', or add its directory to PATH."
        case .unusableText: "Leave control characters out, or make it shorter."
        case .launchFailed(_, _, ENOENT):
            "Look for a mistake in its name. In the sandbox only the system's programs are seen, and what '--allow-read DIR' shows; "
                + "of a script, the interpreter that its first line names must be there, too."
        case .launchFailed(let program, _, EACCES): "Make it executable: 'chmod +x \(program)'."
        case .launchFailed, .sandboxFailed: "'makima doctor' says what is missing on this machine."
        case .startTimedOut:
            "Look with 'df' at the disks of the task's directories, of HOME, and of what '--allow-read DIR' shows."
        case .startStopped: "Start it again."
        case .timedOut, .coprocessEnded:
            "Try again; if it repeats, look what keeps the disk, the memory or the machine busy."
        case .answerTooLong: "Remove files that came in great numbers from the workspace, then try again."
        case .redactionImpossible: "Close other programs; if it repeats, name fewer variables under [redact]."
        case .systemCallFailed: "Look at the limits of this machine ('ulimit -a') and its free space; then try again."
        case .limitsNotKept: EnvironmentProblem.delegationHint()
        case .spoolExists, .damagedRecord: "This is a defect of makima; please report it."
        }
    }
}
