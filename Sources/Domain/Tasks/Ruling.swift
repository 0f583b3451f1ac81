/// The rule by which something was decided, and what would have made it come out otherwise.
package struct Ruling: Hashable, Sendable {
    package var rule: String
    package var change: String

    package init(_ rule: String, change: String) {
        self.rule = rule
        self.change = change
    }
}

extension Reason {
    /// The rule that led to this reason.
    ///
    /// The facts it was applied to are in the reason itself.
    package var ruling: Ruling {
        switch self {
        case .completed(let proof): proof.ruling
        case .iterationLimit:
            Ruling(
                "Exactly the allowed number of iterations is run over the life of a task; those that a service, a login or "
                    + "an unusable conversation cut short are not counted.",
                change: "A higher limit, up to the machine's ceiling; or completion on the last allowed iteration."
            )
        case .budget(let exhaustion): exhaustion.ruling
        case .stalled(let cause): cause.ruling
        case .blocked(let cause): cause.ruling
        case .waiting where waitsForContract:
            Ruling(
                "An agent that leads others has its turn ended while it waits for them, or for its goal to be looked at: that uses up "
                    + "no iteration, no tokens and no place at a daemon.",
                change: "What it waits for: the server lets it go on by itself."
            )
        case .waiting:
            Ruling(
                "What a service asks to wait for uses up no iteration. The task was not to wait by itself, or the service kept "
                    + "refusing after the time it had stated.",
                change: "Without '--no-wait' the task waits; resumed after the time, it goes on where it was."
            )
        case .paused: Ruling("A person's wish to pause comes before everything.", change: "A resume.")
        case .interrupted(let cause): cause.ruling
        case .failed(let cause): cause.ruling
        }
    }
}

extension Proof {
    fileprivate var ruling: Ruling {
        switch self {
        case .verified:
            Ruling(
                "The last gate said ready without blockers, no protected path differed, and makima itself saw every check exit "
                    + "with 0 on the kept tree.",
                change: "One check without exit status 0, one changed protected path, or one blocker."
            )
        case .unverified:
            Ruling(
                "The last gate said ready without blockers, and the task has no checks that could judge it.",
                change: "A check: '--check COMMAND' or [[check]] in the repository's makima.toml."
            )
        case .empty:
            Ruling(
                "The last gate said ready without blockers, and the kept tree is that of the base.",
                change: "Any change of a file that git does not ignore."
            )
        }
    }
}

extension BudgetExhaustion {
    fileprivate var ruling: Ruling {
        let subject: String
        switch self {
        case .cost: subject = "cost"
        case .tokens: subject = "tokens"
        case .time: subject = "active time"
        case .costEstimate:
            return Ruling(
                "The cost of every process counts. That of one that broke off before it told its cost is taken to be, for each "
                    + "token, what it was on the average for those that did.",
                change: "A higher budget; or prices of the model's tokens in the configuration."
            )
        case .costUnknown, .tokensUnknown:
            return Ruling(
                "What every process spends counts. Where a process does not tell and nothing allows an estimate, no other one is "
                    + "started under a budget that may be used up already.",
                change: "A person who lets the task go on; prices of tokens; or an agent that tells what it spends."
            )
        }
        return Ruling(
            "The \(subject) of every process counts, also of one that failed, and is compared with the budget before the next "
                + "one is started.",
            change: "A higher budget; zero means that nothing may be spent."
        )
    }
}

extension StallCause {
    fileprivate var ruling: Ruling {
        switch self {
        case .noChange:
            Ruling(
                "Progress is a state of the files that the task never had, a commit of one, or a set of failing checks that "
                    + "shrank. So many counted iterations in a row without it open the circuit breaker.",
                change:
                    "Any new state of the files. 'makima resume' begins the count anew, with '--message' or another '--agent'."
            )
        case .sameError:
            Ruling(
                "So many counted iterations in a row ended with the same error, whether or not files changed. Times, addresses, "
                    + "line numbers, temporary paths and ids in it do not make it another one.",
                change:
                    "Another error, or none. 'makima resume' begins the count anew, with '--message' or another '--agent'."
            )
        case .oscillation:
            Ruling(
                "The last states of the files are those of the round before, and none of them is new.",
                change:
                    "A state that the task never had. 'makima resume' begins anew, with '--message' or another '--agent'."
            )
        case .checksNotEvaluable:
            Ruling(
                "A check that cannot be evaluated proves nothing and is not held against the agent; three times in a row nobody "
                    + "but a person can mend it.",
                change: "A check whose command can be run where agents work: another '--check', or '--allow-read'."
            )
        }
    }
}

extension BlockCause {
    fileprivate var ruling: Ruling {
        switch self {
        case .question:
            Ruling(
                "The agent ended three times in a row by calling its tool for questions, and nothing was changed meanwhile. A question "
                    + "in its text is none: it is the end of an iteration without a gate that says ready.",
                change: "An answer with '--message' or in the workspace; any progress of the files."
            )
        case .permission:
            Ruling(
                "The agent was refused something twice in a row, and nothing was changed meanwhile.",
                change: "The permission, or another way that the agent finds."
            )
        case .permissionAsked:
            Ruling(
                "The agent asked before it did something, and nobody had answered when 'questions.patience' was over. Without a time until "
                    + "which answers are waited for the task stops.",
                change: "An answer, which holds when the task goes on; or other '--permissions'."
            )
        case .authentication:
            Ruling(
                "The service refused the agent's login, and again at once after.",
                change: "A login with the agent's own program."
            )
        case .billing:
            Ruling("Missing credit does not come back by waiting, so nothing is tried again.", change: "Credit.")
        case .environment(let problem): problem.ruling
        case .workspaceBroken:
            Ruling(
                "Before each run the workspace must be what makima made, and after each iteration its files must be kept; else "
                    + "nothing would be proven by them.",
                change: "A workspace that git can read, such as a restored checkpoint."
            )
        case .protectedPaths:
            Ruling(
                "The gate said ready, but paths that are protected differ from the base: what judges the work may not be changed "
                    + "by it.",
                change: "A person's consent ('--allow-protected'), or the original files."
            )
        case .mergeConflict:
            Ruling(
                "Work is merged by rebase and fast-forward only, and only where the checks pass on the combined files.",
                change: "A target branch on which the work applies and its checks pass."
            )
        case .forge: Self.forgeRuling
        }
    }
}

extension BlockCause {
    private static let forgeRuling = Ruling(
        "A branch at a remote is made, or moved from the commit that makima pushed last, and never otherwise; what the remote or "
            + "the forge refuses is not tried again by itself.",
        change: "A remote that takes the branch, and a login that may open pull requests."
    )
}

extension EnvironmentProblem {
    fileprivate var ruling: Ruling {
        switch self {
        case .sandboxUnavailable:
            Ruling(
                "An agent is never started with less protection than was asked for.",
                change: "A sandbox that works here, or '--sandbox off' on demand."
            )
        case .limitsUnavailable:
            Ruling(
                "What is to be limited is started with its limits, or not at all.",
                change: "A control group of version 2 that is makima's own, or no such limit."
            )
        case .setupCommandFailed:
            Ruling(
                "An agent is started in a workspace that was prepared, or not at all.",
                change: "Exit status 0 of it, or another one: '--setup COMMAND'."
            )
        case .diskFull: Ruling("Without room nothing can be kept, so nothing is started.", change: "Room.")
        case .diskLow:
            Ruling(
                "Before every iteration and every run of the checks the disk of the state directory is looked at; below the "
                    + "reserve nothing is started, and no iteration is used up.",
                change: "Room, or a smaller 'reserve_mib'."
            )
        case .diskLimit:
            Ruling(
                "What an agent, a check or the setup command writes is looked at while it runs, at least every 20 s where that is "
                    + "quick; what takes too much is ended.",
                change: "Fewer files in the workspace and the agent's home, or a greater limit."
            )
        case .agentLaunch:
            Ruling(
                "A program that cannot be started is tried three times where it said nothing that makima knows, else once; that "
                    + "uses up no iteration.",
                change: "A program that starts."
            )
        case .objectsMissing:
            Ruling("A workspace needs all files of its base, and makima fetches nothing.", change: "The objects.")
        case .repositoryUnusable: Self.repositoryRuling
        case .gitFailed: Self.gitRuling
        case .repositoryLocked: Self.lockRuling
        case .variablesMissing:
            Ruling(
                "An agent is started with all variables that its task names, or not at all; their values are read from the "
                    + "configuration anew, because no secret is stored.",
                change: "Values in the configuration, or an agent as it is configured now: '--agent NAME'."
            )
        }
    }
}

extension EnvironmentProblem {
    private static var gitRuling: Ruling {
        Ruling(
            "Calls of git that may be made twice are, where git was killed; whatever else it says is told as it is.",
            change: "A git that can do it: memory, room, or what it names."
        )
    }

    private static var lockRuling: Ruling {
        Ruling(
            "A lock in the repository is waited for, for 10 s; makima removes only what a git of its own has left behind, "
                + "on references that nobody else writes.",
            change: "The end of that git, or the removal of the file."
        )
    }

    private static var repositoryRuling: Ruling {
        Ruling(
            "A workspace borrows the history of its repository, and its work goes there; nothing is made in its place.",
            change: "The repository, with the commit that the task began from, at its place."
        )
    }
}

extension InterruptCause {
    /// One sentence.
    package var rule: String {
        switch self {
        case .person: "A person's wish to stop comes before everything."
        case .ownerDied:
            "The process that ran the task is gone without having recorded an end. Where an iteration was at work it is "
                + "counted, once, and its files are kept."
        case .discarded: "What nobody has a record of any more has ended."
        case .drained:
            "What still runs at a daemon when the time that a drain leaves it is over is stopped, and queued again."
        }
    }

    fileprivate var ruling: Ruling { Ruling(rule, change: "A resume.") }
}

extension FailureCause {
    fileprivate var ruling: Ruling {
        switch self {
        case .agentUnavailable:
            Ruling(
                "A service that fails is tried ten times in a row, with growing waits; that uses up no iteration.",
                change: "A service that answers."
            )
        case .sessionUnusable:
            Ruling(
                "A conversation that cannot be continued is replaced by a new one, three times in a row.",
                change: "A model with a larger context window, or another agent: '--model', '--agent'."
            )
        case .internalError:
            Ruling("makima stops where it cannot say what is true.", change: "Nothing that you did: please report it.")
        }
    }
}
