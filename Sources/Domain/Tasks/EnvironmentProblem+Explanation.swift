extension EnvironmentProblem {
    func explanation(task: TaskCall) -> Explanation {
        let resume = "'\(task.resume)'"
        return switch self {
        case .sandboxUnavailable(let detail):
            Explanation(
                "The sandbox does not work on this machine: \(detail)",
                hint: "'makima doctor' says how to get it; without one only '--sandbox off' runs. Then \(resume)."
            )
        case .limitsUnavailable(let detail):
            Explanation(
                "Memory and processor time cannot be limited: \(detail).",
                hint: "\(Self.delegationHint()) There \(resume) goes on; without the limits it goes on here: "
                    + "'\(task.resume) --max-memory-mib none --max-cpus none'."
            )
        case .setupCommandFailed(let command, let exitCode, let outputTail, let hits):
            Explanation(
                "The setup command '\(command.firstLine(upTo: 160))' failed with exit status \(exitCode)"
                    + (hits.map { " (\($0.clause))" } ?? "")
                    + (outputTail.lastLine(upTo: 160).isEmpty
                        ? ", and printed nothing." : ": \(outputTail.lastLine(upTo: 160))"),
                hint: "Mend what it needs, then '\(task.resume)'; or give another: '\(task.resume) --setup COMMAND'."
            )
        case .diskFull(let path):
            Explanation("There is no space left at \(path).", hint: "Make room, then \(resume).")
        case .diskLow(let path, let shortage):
            Explanation(shortage.sentence(path: path), hint: "\(shortage.advice), then \(resume).")
        case .diskLimit(let used, let limit): Self.explainDiskLimit(used, limit, task)
        case .agentLaunch(let agent, let message, let attempts):
            Explanation(
                "The agent '\(agent)' cannot be started\(attempts > 1 ? " (\(attempts) tries)" : ""): \(message)",
                hint: Self.launchHint(message, task)
            )
        case .objectsMissing(let count, let command):
            Explanation(
                "The repository is a partial clone and lacks \(count) objects of the base.",
                hint: "Get them with '\(command)', then \(resume)."
            )
        case .repositoryUnusable(let path, let detail): Self.explainRepository(path, detail, resume: resume)
        case .gitFailed(let operation, let detail): Self.explainGit(operation, detail, resume: resume)
        case .repositoryLocked(let path): Self.explainLock(path, resume: resume)
        case .variablesMissing(let variables):
            Explanation(
                "The configuration has no value any more for \(Self.names(of: variables)); a task keeps only the names.",
                hint:
                    "Set it in 'env' under [agents.\(variables.first?.agent ?? "NAME")] in config.toml, then \(resume); or take "
                    + "the agent as it is configured now: '\(task.resume) --agent \(variables.first?.agent ?? "NAME")'."
            )
        }
    }
}

extension DiskShortage {
    /// A full sentence.
    package func sentence(path: String) -> String {
        switch self {
        case .space(let free, let reserve):
            "Only \(free) MiB are free on the disk of '\(path)'; 'reserve_mib' under [disk] keeps \(reserve) MiB free."
        case .inodes(let free, let reserve):
            "Only \(free) more files can be made on the disk of '\(path)'; nothing is started below \(reserve)."
        }
    }

    /// A clause that begins a sentence.
    package var advice: String { "Make room, as with 'makima gc --dry-run', or set 'reserve_mib' under [disk] lower" }
}

extension EnvironmentProblem {
    /// How makima gets a control group in which it can set limits.
    ///
    /// Without a word on whether systemd runs here the text serves both cases.
    package static func delegationHint(hasServiceManager: Bool? = nil) -> String {
        let own = "makima needs a control group (version 2) of its own, in which it can set limits"
        let run =
            "'systemd-run --user --scope -p Delegate=yes makima …' runs it in one; as root without '--user'."
        return switch hasServiceManager {
        case true: "\(own): \(run)"
        case false:
            "\(own), and systemd does not run here, which could give it one: have it started in one that its user may write "
                + "to; a container needs a writable /sys/fs/cgroup."
        case nil: "\(own). Where systemd runs, \(run)"
        }
    }

    private static func launchHint(_ message: String, _ task: TaskCall) -> String {
        guard message.contains(handshakeSetting) else {
            return "See 'makima agents' and 'makima doctor', then '\(task.resume)'."
        }
        return "Where it only starts slowly, give it more time: '\(task.resume) --handshake-timeout 5m'. Else see "
            + "'makima agents', then '\(task.resume)'."
    }

    private static let handshakeSetting = "'handshake_timeout'"

    /// Within what time an agent did not answer; the way to more time is told with a problem that says so.
    package static func withinHandshake(_ limit: Duration) -> String {
        "within \(limit.formatted), which is its \(handshakeSetting)"
    }

    /// How an agent ended that was ended for this; `nil` where nothing of the kind is done.
    package var agentError: String? {
        guard case .diskLimit(let used, let limit) = self else { return nil }
        return "makima ended it: the task's files took \(used) MiB of the disk, and 'max_disk_mib' allows \(limit) MiB."
    }

    private static func explainDiskLimit(_ used: Int, _ limit: Int, _ task: TaskCall) -> Explanation {
        Explanation(
            "The task's files take \(used) MiB of the disk; 'max_disk_mib' under [sandbox] allows \(limit) MiB.",
            hint:
                "Remove what is not needed with 'makima shell \(task)', then '\(task.resume)'; or allow more: "
                + "'\(task.resume) --max-disk-mib \(max(limit, used) * 2)'."
        )
    }

    private static func explainGit(_ operation: String, _ detail: String, resume: String) -> Explanation {
        Explanation(
            "Git could not \(operation): \(detail)",
            hint: "Mend what git says ('makima doctor' looks at git and the sandbox), then \(resume)."
        )
    }

    private static func explainLock(_ path: String, resume: String) -> Explanation {
        Explanation(
            "Another git has locked the repository, or was killed while it had: '\(path)' exists.",
            hint: "When no git runs there, remove the file ('rm \(path)'); then \(resume)."
        )
    }

    private static func explainRepository(_ path: String, _ detail: String, resume: String) -> Explanation {
        Explanation(
            "The repository '\(path)' cannot be used: \(detail). The workspace borrows from it.",
            hint: "Bring it back there, or put a symbolic link to it in its place; then \(resume). The files are "
                + "untouched."
        )
    }

    private static func names(of variables: [MissingVariable]) -> String {
        variables.map { "the variable '\($0.name)' of the agent '\($0.agent)'" }.listed(atMost: 3)
    }
}
