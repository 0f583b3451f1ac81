package import Domain

/// What happens while a task runs, in order, for people who look on.
///
/// Nothing decides by these: they are made where effects are carried out, after the journal knows.
package enum RunEvent: Sendable {
    /// The task is being worked on from now; comes first.
    case began(TaskRecord, sandbox: SandboxState)
    /// Something is being prepared that may take a while.
    case preparing(Preparation)
    case iterationBegan(number: Int, limit: Int, attempt: Int)
    /// What the agent does, as it does it.
    case agent(AgentEvent)
    /// The complete tree was kept.
    case checkpointTaken(Checkpoint)
    case checkBegan(CheckDefinition, iteration: Int)
    case checkEnded(CheckReceipt)
    /// The agent's process ended and the journal knows.
    case iterationEnded(IterationRecord, task: TaskRecord)
    /// The task waits, for its time or for another task's try; or it is the one that tries.
    case waiting(TaskWait)
    /// The agent waits to be allowed something, so long; `number` is that of the question.
    case asked(PermissionRequest, number: Int, patience: Duration)
    /// Something a person should know, that does not stop the task.
    case notice(RunNotice)
    /// A person asked for the end; the agent was told.
    case stopping(isForced: Bool)
    /// The task has stopped; comes last.
    case finished(TaskRecord)
}

/// What is being prepared before the first iteration, or after the last one.
package enum Preparation: Hashable, Sendable {
    case workspace(files: Int?)
    case setupCommand(String)
    case importing
    case publishing(CompletionAction)
}

/// Whether agents and checks are confined, and by what.
package enum SandboxState: Hashable, Sendable {
    /// `without` names what this machine cannot do.
    case bubblewrap(version: String, without: [String] = [])
    case off

    package var description: String {
        switch self {
        case .bubblewrap(let version, let missing):
            (["bubblewrap \(version)"] + missing.map { "WITHOUT \($0)" }).joined(separator: ", ")
        case .off: "OFF: the agent has your own rights"
        }
    }
}

/// Something a person should know, that does not stop the task.
package enum RunNotice: Hashable, Sendable {
    /// Untracked files that look like secrets are left out of checkpoints.
    case secretsLeftOut([String])
    /// Repositories inside the workspace: their files are not in the checkpoints.
    case nestedRepositories([String])
    /// A budget is used to four fifths.
    case budgetNearlyUsed(BudgetExhaustion)
    /// Variables that hold keys are set but not passed on to the agent.
    case keysNotPassedOn([String])
    /// Files that git could not read, or whose path it refuses.
    case filesLeftOut([String])
    /// The agent's commits could not be read; its files are in the checkpoint all the same.
    case agentCommitsUnreadable(CommitID)
    /// The agent's index could not be read: ignored files that it added are not in the checkpoint.
    case agentIndexUnreadable
    /// The agent's own git directory was damaged and made anew.
    case gitDirectoryRebuilt
    /// A checkpoint in the middle of an iteration could not be taken; the next one is tried all the same.
    case checkpointFailed(String)
    /// The checkpoint could not be kept in the user's repository; it is kept in the task's own store.
    case importFailed(String)
    /// Of what a death left, or may leave one day.
    case recovery(RecoveryNotice)
    /// Of the work's review.
    case review(ReviewNotice)
    /// Something exceeds the task's limit on the disk, and is in the task's own store only; a full sentence.
    case heldBack(String)
    /// The shim of a process was killed, and so many processes that it had started ran on; they were ended.
    case straysEnded(Int)
    /// Nobody was left to see all that a process had started: some of it may run on.
    case straysPossible
    /// The kernel did this at the limits of a program.
    case limitsHit(LimitHits)
    /// Output of a program could not be kept, for this reason; the program saw its output closed.
    case outputLost(String)
    /// The shim of a process was killed before it had written down all that the program printed.
    case outputMayBeMissing
    /// What the agent said by tools is in the task's directory with the secrets that it may hold.
    case secretsKept(String)
    /// The user's checkout has what is not committed, and was not to be taken along.
    case changesLeftOut(CheckoutChanges)
    /// The circuit breaker opened, and another strategy is tried once.
    case strategyChanged(StrategyChange)
    /// An agent is at a limit and another one takes over, or one comes back.
    case agentChanged(AgentChange)
    /// The work is done, and goes on: people have said something that its agent has not heard.
    case doneButUnheard
    /// What a person said could not be handed over, or not be noted as handed over; it stays queued.
    case messagesUndelivered(String)
    /// What the agent of a supervisor called for could not be answered for now.
    case callsUnanswered(String)
    /// What the agent wants to be allowed could not be put to people, and was refused.
    case permissionUnasked(String)
    /// The agent does not wait any more for the answer to the question with this number.
    case permissionWithdrawn(Int)
    /// The agent's conversation is not gone on with.
    case sessionRenewed(SessionRenewal)

    /// A program wanted to reach something that the task's network does not have.
    case networkRefused(String, NetworkRefusal)

    package var sentence: String {
        switch self {
        case .secretsLeftOut(let paths):
            "Left out of the checkpoints, because they look like secrets: \(paths.listed(atMost: 5))."
        case .nestedRepositories(let paths):
            "Repositories inside the workspace, whose files are not in the checkpoints: \(paths.listed(atMost: 5))."
        case .budgetNearlyUsed(let exhaustion): "More than 80 % of the \(exhaustion.code) budget is used."
        case .keysNotPassedOn(let names):
            "\(names.listed(atMost: 5)) set, but not passed on to the agent; name it in 'pass_env' if it should pay."
        case .filesLeftOut(let paths):
            "Left out of the checkpoints, because git cannot take them: \(paths.listed(atMost: 5))."
        case .agentCommitsUnreadable(let commit):
            "The agent's commits up to \(commit.short) cannot be read; its files are kept all the same."
        case .agentIndexUnreadable:
            "The agent's git index cannot be read: ignored files that it added are not in the checkpoint."
        case .gitDirectoryRebuilt:
            "The agent had destroyed its git directory; it was made anew. Its files are as they were."
        case .checkpointFailed(let message): "A checkpoint could not be taken: \(message)"
        case .importFailed(let message): "A checkpoint could not be brought into the repository yet: \(message)"
        case .recovery(let notice): notice.sentence
        case .review(let notice): notice.sentence
        case .heldBack(let sentence): sentence
        case .straysEnded(let count):
            "The shim of a process was killed, and left processes behind, which were ended: \(count)."
        case .straysPossible:
            "A process killed the shim and the guard that watched it: what it started and hid may still run. "
                + "Only a sandbox keeps that from happening."
        case .outputLost(let message): "Output of a program could not be kept, and was closed to it: \(message)."
        case .limitsHit(let hits): "At its limits: \(hits.clause)."
        case .outputMayBeMissing:
            "The shim of a process was killed: of what was printed, all that it had not written down yet is missing."
        case .secretsKept(let message):
            "What the agent said by makima's tools could not be freed of secrets on the disk: \(message)"
        case .changesLeftOut(let changes):
            "Not committed in your checkout, and so left out: \(changes.words); '--include-changes' takes them "
                + "along."
        case .strategyChanged(let change): change.sentence
        case .agentChanged(let change): change.sentence
        case .callsUnanswered(let message): "What the agent called for is answered later: \(message)"
        case .doneButUnheard: "It is done, and goes on: its agent is told first what was said meanwhile."
        case .messagesUndelivered(let message):
            "A message could not be handed over and stays queued for the next prompt: \(message)"
        case .permissionWithdrawn(let number): "The agent withdrew question \(number): it needs no answer."
        case .permissionUnasked(let message):
            "Nobody could be asked what the agent wants to be allowed, so it was refused: \(message)"
        case .networkRefused(let target, let refusal):
            "The network refused \(target.isEmpty ? "a request" : target): \(refusal.sentence)."
        case .sessionRenewed(let renewal): "A new conversation begins. \(renewal.sentence)"
        }
    }
}

/// What a person should know of a makima that died, and of what is kept for the day on which one does.
package enum RecoveryNotice: Hashable, Sendable {
    /// The iteration that was at work when the makima died that ran it; `nil` where none was.
    case ownerDied(iteration: Int?)
    /// An agent worked on without its makima, and was ended because something else is wanted of it.
    case orphanEnded
    /// The agent that worked on without its makima is followed again.
    case adopted(iteration: Int)
    /// The workspace is a copy, and these of its files are not as checkpoint `since` has them.
    case takenUp(changed: [String], since: Int)
    /// The day's copy of the journal could not be made.
    case journalNotCopied(String)

    package var sentence: String {
        switch self {
        case .ownerDied(nil): "The makima process that ran it before had died; no iteration was at work then."
        case .ownerDied(let number?):
            "The makima process that ran it before had died in iteration \(number): that counts, and what was written is kept."
        case .adopted(let number):
            "The makima process that ran it before had died; its agent works on in iteration \(number), and is followed again."
        case .takenUp(let paths, let number):
            "The workspace was taken up from a copy. "
                + (paths.isEmpty
                    ? "Its files are those of checkpoint \(number)."
                    : "Not as checkpoint \(number) has them are \(paths.count) \(paths.count == 1 ? "file" : "files"): "
                        + "\(paths.listed(atMost: 5)).")
        case .orphanEnded: "The agent that had worked on without its makima was ended; what it had written is kept."
        case .journalNotCopied(let message): "The day's copy of the journal could not be made: \(message)"
        }
    }

    package var code: String {
        switch self {
        case .ownerDied: "owner_died"
        case .orphanEnded: "orphan_ended"
        case .adopted: "adopted"
        case .takenUp: "taken_up"
        case .journalNotCopied: "journal_not_copied"
        }
    }
}

/// Looks on while a task runs.
///
/// Called from the runner's own task, in order; must return quickly.
package protocol RunObserver: Sendable {
    func observe(_ event: RunEvent)
}
