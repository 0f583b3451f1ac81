package import Domain

/// Why a command could not do what it was asked for.
package enum CommandError: Error, Hashable, CustomStringConvertible {
    case planMissing
    case planGivenTwice
    case planEmpty(source: String)
    case planUnreadable(path: String, reason: String)
    case planNotText(source: String)
    case planTooLong(source: String, limit: Int)
    case messageUnusable(MessageProblem)
    case toolTokenMissing
    case notARepository(path: String)
    case directoryMissing(path: String)
    /// A path of '--allow-read' where nothing is.
    case nothingToRead(path: String)
    case targetUnknown
    /// The repository has branches, but HEAD names none of them.
    case nothingAtHead(branch: String?, others: [String])
    case unknownAgent(name: String, known: [String])
    case unknownTarget(name: String, known: [String])
    /// Nobody is to be told of anything.
    case noTargets
    case modelUnused(agent: String)
    case targetWithoutCompletion(branch: String)
    case roundsWithoutPullRequest
    case otherAgentMissing
    case otherAgentUnused(String)
    case otherAgentIsTheSame(String)
    case iterationUnknown(number: Int, task: String, known: Int)
    case rawOnTerminal
    /// What draws on a whole terminal has none.
    case noScreen
    case logUnreadable(path: String, reason: String)
    /// The server has the task, and cannot be told these.
    case notForServer(options: [String])
    /// The task is one of this machine alone.
    case notAtServer(task: String)
    /// The option means something for tasks of a server, and this is none.
    case onlyForServer(option: String)
    /// The task's files are at a daemon of another machine; `nil` where none has any.
    case elsewhere(task: String, daemon: String?)
    /// A daemon has the task, which is to be at rest.
    case atWork(task: String, daemon: String)
    /// The task belongs to the server of this machine, which does not run, and maybe to a contract of it.
    case serverAsleep(task: String, contract: String?)
    /// There is no server that commands could go through; `isAsleep` where this machine has one that does not run.
    case noServer(isAsleep: Bool)
    /// The service returned a task that has not stopped.
    case stillActive(TaskStatus)

    package var description: String {
        switch self {
        case .planMissing: "There is no plan: give it as an argument, with '--plan-file FILE', or '-' to read it."
        case .planGivenTwice: "There are two plans: one as an argument and one by '--plan-file'."
        case .planEmpty(let source): "The plan is empty (\(source))."
        case .planUnreadable(let path, let reason): "The plan file '\(path)' cannot be read: \(reason)."
        case .planNotText(let source): "The plan is not valid UTF-8 text (\(source))."
        case .messageUnusable(let problem): problem.sentence
        case .toolTokenMissing: "The variable MAKIMA_TOOLS_TOKEN is not set."
        case .planTooLong(let source, let limit): "The plan is longer than \(limit) bytes (\(source))."
        case .notARepository(let path): "'\(path)' is not in a git repository."
        case .directoryMissing(let path): "There is no directory '\(path)'."
        case .nothingToRead(let path): "There is nothing at '\(path)' that could be read ('--allow-read')."
        case .targetUnknown: "The work begins at no branch, and '--completion merge' and 'pr' must be told of one."
        case .nothingAtHead(let branch, let others): Self.sentence(onUnbornHead: branch, others)
        case .unknownAgent(let name, let known): Self.sentence(onUnknown: "agent", name, known)
        case .unknownTarget(let name, let known): Self.sentence(onUnknown: "target", name, known)
        case .noTargets: "No target of notifications is configured."
        case .modelUnused(let agent): "The agent '\(agent)' is told no model, so '--model' would change nothing."
        case .targetWithoutCompletion(let branch):
            "The target branch '\(branch)' is used by '--completion merge' and '--completion pr' only."
        case .roundsWithoutPullRequest: "'--pr-rounds' is about a pull request, and the work becomes none."
        case .otherAgentMissing: "'--on-stall other_agent' does not say which agent takes over."
        case .otherAgentUnused(let name): "The agent '\(name)' takes over with '--on-stall other_agent' only."
        case .otherAgentIsTheSame(let name): "The agent '\(name)' cannot take over from itself."
        case .iterationUnknown(let number, let task, let known):
            "Task \(task) has no iteration \(number); it used \(known)."
        case .noScreen: "'makima top' draws on a terminal, and standard input or output is none that it could draw on."
        case .rawOnTerminal: "Raw output is not written to a terminal: it could control it."
        case .logUnreadable(let path, let reason): "The output file '\(path)' cannot be read: \(reason)."
        case .notForServer(let options):
            "The task belongs to the server, which takes no \(options.listed(atMost: 5)) for a task that it has."
        case .notAtServer(let task): "Task \(task) is none of the server's."
        case .onlyForServer(let option): "'\(option)' is for tasks of a server, and this is none."
        case .elsewhere(let task, let daemon?):
            "The files of task \(task) are at the daemon '\(daemon)', not on this machine."
        case .elsewhere(let task, nil): "No daemon has worked on task \(task) yet: it has no files."
        case .atWork(let task, let daemon): "The daemon '\(daemon)' has task \(task)."
        case .serverAsleep(let task, _):
            "Task \(task) belongs to a server, which is not there: what was done here, it would not hear of."
        case .noServer(true): "The server of this machine does not run."
        case .noServer(false): "No server is configured, and none runs on this machine."
        case .stillActive(let status): "The run ended, but its task is still '\(status.words)'."
        }
    }
}

extension CommandError {
    private static func sentence(onUnknown kind: String, _ name: String, _ known: [String]) -> String {
        let suggestion = Suggestion.nearest(to: name, among: known).map { ", did you mean '\($0)'?" } ?? "."
        return "There is no \(kind) '\(name)'\(suggestion) Known are \(known.listed(atMost: 20))."
    }

    private static func sentence(onUnbornHead branch: String?, _ others: [String]) -> String {
        "\(branch.map { "The branch '\($0)', which is checked out," } ?? "HEAD") has no commit yet, but the repository "
            + "has branches that have: \(others.listed(atMost: 5))."
    }
}

extension CommandError: ExplainedError {
    package var errorCode: ErrorCode {
        switch self {
        case .planMissing, .planGivenTwice, .planEmpty, .planNotText, .planTooLong, .messageUnusable, .toolTokenMissing,
            .targetWithoutCompletion, .roundsWithoutPullRequest, .targetUnknown,
            .otherAgentMissing, .otherAgentUnused, .otherAgentIsTheSame,
            .modelUnused, .rawOnTerminal, .noScreen, .notForServer, .onlyForServer:
            .usage
        case .planUnreadable, .logUnreadable, .noServer: .environment
        case .notARepository, .directoryMissing, .nothingToRead, .unknownAgent, .iterationUnknown, .unknownTarget,
            .noTargets:
            .notFound
        case .nothingAtHead, .notAtServer, .elsewhere, .serverAsleep, .atWork: .refused
        case .stillActive: .internal
        }
    }

    package var hint: String {
        switch self {
        case .planMissing, .planEmpty: "For example: makima run 'Make the tests pass' --check 'make test'"
        case .planGivenTwice: "Leave one of them out."
        case .planUnreadable: "Name a file that you can read; '-' is standard input."
        case .toolTokenMissing: "'makima mcp' and 'makima tool' work only in agents that makima has started."
        case .messageUnusable: "For example: makima steer a1b2 'Use the streaming API'"
        case .planNotText: "Write it as UTF-8 without NUL bytes; 'iconv' converts files."
        case .planTooLong: "Put the details into a file in the repository, and let the plan name it."
        case .directoryMissing: "Name one that is there with '--repo DIR', or leave it out."
        case .nothingToRead: "Name a file or a directory that is there."
        case .targetUnknown: "Name the branch with '--target BRANCH'."
        case .notARepository: "Make one with 'git init', or name another directory with '--repo DIR'."
        case .otherAgentMissing: "Name it with '--other-agent NAME'; 'makima agents' lists them."
        case .otherAgentIsTheSame: "Name another one, or give '--on-stall fresh_session'."
        case .otherAgentUnused: "Leave '--on-stall' out, or make it 'other_agent'."
        case .nothingAtHead(_, let others):
            "Name the one to begin at, as '--base \(others.first ?? "BRANCH")'; or begin a history of its own with 'git commit "
                + "--allow-empty'."
        case .unknownAgent: "'makima agents' lists them; configure more under [agents.NAME] in config.toml."
        case .unknownTarget: "'makima notify' lists them; configure more under [notify.NAME] in config.toml."
        case .noTargets: "Configure one under [notify.NAME] in config.toml, as docs/NOTIFICATIONS.md has it."
        case .modelUnused: "Name the model in its 'command' in config.toml, or leave '--model' out."
        case .targetWithoutCompletion: "Add '--completion merge' or '--completion pr', or leave '--target' out."
        case .roundsWithoutPullRequest: "Add '--completion pr', or leave '--pr-rounds' out."
        case .iterationUnknown(_, let task, _): "'makima show \(task)' lists the iterations."
        case .noScreen: "'makima list' prints the tasks anywhere; 'makima logs -f TASK' follows one."
        case .rawOnTerminal: "Redirect it into a file, or leave out '--raw'."
        case .logUnreadable: "Mend its permissions."
        case .notForServer: "Leave them out, or begin a new task with 'makima run --detach'."
        case .onlyForServer: "Leave it out."
        case .notAtServer(let task): "Follow it with 'makima logs \(task) -f'."
        case .elsewhere(let task, .some):
            "Give the command there; or look at the task with 'makima show \(task)' and 'makima logs \(task)', which ask the server. "
                + "'makima discard --force' lets the server forget it, and leaves the files."
        case .elsewhere(let task, nil): "'makima show \(task)' says what it waits for."
        case .atWork(let task, _): "Stop it first, with 'makima stop \(task)'."
        case .serverAsleep(let task, let contract):
            "Start it with 'makima up', or name it with MAKIMA_SERVER; then "
                + (contract.map { "'makima contract resume \($0)', or, where that has not ended, " } ?? "")
                + "'makima resume \(task)'. 'makima diff \(task)' shows what is here."
        case .noServer(true): "Start it with 'makima up'; what it had is there again then."
        case .noServer(false):
            "Start one with 'makima up'; or name one with MAKIMA_SERVER, and the file with your token with "
                + "MAKIMA_SERVER_TOKEN_FILE."
        case .stillActive: "This is a defect of makima; please report it."
        }
    }
}
