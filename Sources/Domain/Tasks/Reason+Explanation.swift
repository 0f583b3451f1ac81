/// A reason put into words for a person: one sentence, and where something can be done, what to do next.
package struct Explanation: Hashable, Sendable {
    package var sentence: String
    package var hint: String?

    package init(_ sentence: String, hint: String? = nil) {
        self.sentence = sentence
        self.hint = hint
    }
}

extension Reason {
    /// Explains the reason to a person.
    ///
    /// `task` is how it can be called, with what a resume has to name.
    package func explanation(task: TaskCall) -> Explanation {
        task.told ?? ownExplanation(task: task)
    }

    private func ownExplanation(task: TaskCall) -> Explanation {
        switch self {
        case .completed(let proof):
            proof.explanation(task: task)
        case .iterationLimit(let used, let limit, let ceiling):
            Self.explainLimit(used: used, limit: limit, ceiling: ceiling, task: task)
        case .budget(let exhaustion):
            exhaustion.explanation(task: task)
        case .stalled(let cause):
            cause.explanation(task: task)
        case .blocked(let cause):
            cause.explanation(task: task)
        case .waiting(let cause, let until):
            cause.explanation(until: until, task: task)
        case .paused:
            Explanation("A person paused the task.", hint: task.wayOn)
        case .interrupted(let cause):
            cause.explanation(task: task)
        case .failed(let cause):
            cause.explanation(task: task)
        }
    }

    private static func explainLimit(used: Int, limit: Int, ceiling: Int, task: TaskCall) -> Explanation {
        let noun = limit == 1 ? "iteration" : "iterations"
        let sentence = "Used \(used) of \(limit) allowed \(noun) without a proven end. Everything is kept."
        return Explanation(sentence, hint: TaskCall(task.name, used: used, limit: limit, ceiling: ceiling).wayOn)
    }
}

extension Proof {
    fileprivate func explanation(task: TaskCall) -> Explanation {
        switch self {
        case .verified:
            Explanation("The agent stated that it is ready, and every check passed.")
        case .unverified:
            Explanation(
                "The agent stated that it is ready; no checks are configured, so nothing but its word stands for it.",
                hint: "Look at 'makima diff \(task)'; next time give '--check COMMAND'."
            )
        case .empty:
            Explanation(
                "The agent stated that it is ready, and nothing differs from the base.",
                hint: "Read what it said with 'makima logs \(task)'."
            )
        }
    }
}

extension BudgetExhaustion {
    fileprivate func explanation(task: TaskCall) -> Explanation {
        switch self {
        case .cost(let spent, let limit):
            Explanation(
                "Spent \(spent.formatted) of \(limit.formatted). Everything is kept.",
                hint: "Go on with '\(task.resume) --max-cost-usd AMOUNT', above what is spent."
            )
        case .costEstimate(let known, let estimate, let limit):
            Explanation(
                "Spent at least \(known.formatted) and about \(estimate.formatted) of \(limit.formatted): not every process "
                    + "told what it cost. Everything is kept.",
                hint: "Go on with '\(task.resume) --max-cost-usd AMOUNT', above what is estimated."
            )
        case .costUnknown(let known, let limit):
            Explanation(
                "The budget of \(limit.formatted) cannot be held any more: a process did not tell what it cost. Known are "
                    + "\((known ?? .zero).formatted). Everything is kept.",
                hint: "Go on with '\(task.resume)', if what is not known does not matter; prices of tokens in makima's "
                    + "config.toml let new tasks know more."
            )
        case .tokensUnknown(let known, let limit):
            Explanation(
                "The budget of \(limit) tokens cannot be held any more: a process did not tell how many it used. Known are "
                    + "\(known ?? 0). Everything is kept.",
                hint: "Go on with '\(task.resume)', if what is not known does not matter."
            )
        case .tokens(let spent, let limit):
            Explanation(
                "Used \(spent) of \(limit) tokens. Everything is kept.",
                hint: "Go on with '\(task.resume) --max-tokens NUMBER', above what is used."
            )
        case .time(let spent, let limit):
            Explanation(
                "Worked for \(spent.formatted) of \(limit.formatted). Everything is kept.",
                hint: "Go on with '\(task.resume) --max-duration TIME', above what is used."
            )
        }
    }
}

extension StallCause {
    package var sentence: String {
        switch self {
        case .noChange(let iterations, let blockers):
            Self.inARow(iterations) + " brought no progress: no new state of the files, no check less failing."
                + Self.named(blockers)
        case .sameError(let signature, let iterations, let blockers):
            Self.inARow(iterations) + " ended with the same error: \(signature.firstLine(upTo: 160))"
                + Self.named((blockers?.count ?? 0) > 1 ? blockers : nil)
        case .oscillation(let period):
            "The files go round in a circle of \(period) states."
        case .checksNotEvaluable(let check, let cause, let times):
            "The check '\(check.name)' could not be evaluated \(times) times: \(cause.sentence)."
        }
    }

    private static func inARow(_ iterations: Int) -> String {
        iterations == 1 ? "1 iteration" : "\(iterations) iterations in a row"
    }

    /// What the agent named last, as a sentence more.
    private static func named(_ blockers: [String]?) -> String {
        guard let blockers else { return "" }
        let names = blockers.map { "“\($0.firstLine(upTo: 120))”" }
        return " The agent is blocked by \(names.listed(atMost: 5))."
    }

    fileprivate func explanation(task: TaskCall) -> Explanation {
        Explanation(sentence, hint: hint(task: task))
    }

    private func hint(task: TaskCall) -> String {
        let resume = "help the agent in the workspace or with words: '\(task.resume) --message TEXT'."
        return switch self {
        case .noChange(_, .some), .sameError(_, _, .some):
            "Take out of the way what blocks the agent, or answer it: '\(task.resume) --message TEXT'."
        case .noChange: "Read 'makima logs \(task)'; \(resume)"
        case .sameError: "Read 'makima why \(task)'; \(resume)"
        case .oscillation: "Compare with 'makima checkpoints \(task)'; \(resume)"
        case .checksNotEvaluable(_, .programHidden(_, let paths), _):
            "Show it to this task with '\(task.resume)\(paths.map { " --allow-read \($0)" }.joined())', or to every task with "
                + "'read' under [sandbox] in config.toml."
        case .checksNotEvaluable:
            "Give a command that works in the sandbox: '\(task.resume) --check COMMAND'; or show the sandbox what it needs: "
                + "'\(task.resume) --allow-read DIRECTORY'."
        }
    }
}

extension NotEvaluatedCause {
    /// A clause without a full stop.
    package var sentence: String {
        switch self {
        case .commandNotFound: "a program it calls, or the interpreter of a script, was not found (exit status 127)"
        case .programHidden(let program, let paths):
            "'\(program)' was not found (exit status 127), for the sandbox shows "
                + "\(paths.map { "'\($0)'" }.listed(atMost: 3)) only with '--allow-read'"
        case .notExecutable: "a program it calls cannot be executed (exit status 126)"
        case .timedOut(let limit): "it ran longer than \(limit.formatted)"
        case .killed(let signal): "it was ended by signal \(signal)"
        case .notStarted(let message): "it could not be started: \(message)"
        case .stopped: "the task was stopped while it ran"
        }
    }
}

extension BlockCause {
    fileprivate func explanation(task: TaskCall) -> Explanation {
        let resume = "'\(task.resume)'"
        switch self {
        case .question(let text):
            return Explanation(
                "The agent asks: \(text)",
                hint:
                    "Answer it with 'makima answer \(task) TEXT', then \(resume); or do both by '\(task.resume) --message "
                    + "TEXT'."
            )
        case .permission(let what):
            return Explanation("The agent was refused: \(what).", hint: "Allow it to the agent, then \(resume).")
        case .permissionAsked(let question, let what):
            return Explanation(
                "The agent waits to be allowed: \(what).",
                hint:
                    "Answer with 'makima answer \(task) --question \(question) yes', 'always' or 'no WHY', then \(resume)."
            )
        case .authentication(let agent, let message):
            return Explanation(
                "The agent '\(agent)' is not logged in: \(message)",
                hint: "Log in with its own program, then \(resume)."
            )
        case .billing(let agent, let message):
            return Explanation(
                "The agent '\(agent)' has no credit: \(message)",
                hint: "Settle it with its vendor, then \(resume)."
            )
        case .environment(let problem):
            return problem.explanation(task: task)
        case .workspaceBroken(let detail):
            return Explanation(
                "The workspace is not what it should be: \(detail).",
                hint:
                    "'makima restore \(task) NUMBER' brings a checkpoint back; where that is refused, 'makima checkpoints "
                    + "\(task)' lists what is kept, and says how one becomes a branch."
            )
        case .protectedPaths(let paths):
            return Explanation(
                "The agent changed protected paths: \(paths.listed(atMost: 5)).",
                hint:
                    "Look at 'makima diff \(task)'. Allow it with 'makima resume \(task) --allow-protected', or undo it "
                    + "with 'makima restore \(task) NUMBER'."
            )
        case .mergeConflict(let branch, let obstacle):
            return obstacle.explanation(branch: branch, task: task)
        case .forge(let obstacle):
            return obstacle.explanation(task: task)
        }
    }
}

extension WaitCause {
    /// A clause that begins a sentence.
    var clause: String {
        switch self {
        case .usageLimit: "The account's allowance is used up"
        case .rateLimited: "The agent's service asks for fewer requests"
        case .overloaded: "The agent's service is overloaded"
        case .network: "The agent's service cannot be reached"
        case .dependency: "The tasks that it waits for are not done"
        case .capacity: "No slot is free"
        case .answer: "The agent asked a question"
        case .permission: "The agent waits to be allowed something"
        case .acceptance: "The agent says that the goal of its contract is reached, which is being looked at"
        case .review: "The pull request is in review"
        }
    }

    fileprivate func explanation(until: Timestamp?, task: TaskCall) -> Explanation {
        if self == .dependency || self == .acceptance {
            return Explanation("\(clause).", hint: "It goes on by itself; '\(task.resume)' does not wait for that.")
        }
        guard let until else { return Explanation("\(clause).", hint: "Go on at any time with '\(task.resume)'.") }
        return Explanation(
            "\(clause); it lasts until \(until.formattedUTC).",
            hint: "Go on with '\(task.resume) --wait', which waits for it; '--now' tries at once."
        )
    }
}

extension InterruptCause {
    fileprivate func explanation(task: TaskCall) -> Explanation {
        guard let wait = task.wait else {
            return switch self {
            case .person:
                Explanation("It was told to stop, by a person or by the system. Everything is kept.", hint: task.wayOn)
            case .ownerDied:
                Explanation("The makima process that ran it died. Everything it wrote is kept.", hint: task.wayOn)
            case .discarded: Self.goneExplanation(task)
            case .drained: Self.drainExplanation
            }
        }
        let end = "until \(wait.until.formattedUTC) (\(wait.cause.rawValue))"
        let hint = "Go on with '\(task.resume)', which waits for the rest of that; '--now' tries at once."
        return switch self {
        case .person:
            Explanation("It was told to stop while it was waiting \(end). Everything is kept.", hint: hint)
        case .ownerDied:
            Explanation("It was waiting \(end); the makima process that waited is gone.", hint: hint)
        case .discarded: Self.goneExplanation(task)
        case .drained: Self.drainExplanation
        }
    }

    private static let drainExplanation = Explanation(
        "Its daemon was drained, and what still ran there was stopped. Everything is kept.",
        hint: "It goes on by itself: where its work is, or at another daemon where the server has that."
    )

    private static func goneExplanation(_ task: TaskCall) -> Explanation {
        Explanation(
            "It was discarded on the machine that worked on it, which has nothing of it any more but its checkpoints.",
            hint:
                "'\(task.resume)' begins again from the last work that the server has; 'makima discard \(task)' forgets it."
        )
    }
}

extension FailureCause {
    fileprivate func explanation(task: TaskCall) -> Explanation {
        switch self {
        case .agentUnavailable(let cause, let attempts):
            Explanation(
                "The agent's service failed \(attempts) times (\(cause.rawValue.spokenCode)).",
                hint: "Try again later with '\(task.resume)'."
            )
        case .sessionUnusable(let attempts):
            Explanation(
                "The agent could not go on with its session, nor with a fresh one (\(attempts) tries).",
                hint: "Read 'makima logs \(task)', then '\(task.resume)'."
            )
        case .internalError(let message):
            Explanation(
                "makima could not go on: \(message)",
                hint: "Everything is kept. Try '\(task.resume)'; if it repeats, please report it."
            )
        }
    }
}
