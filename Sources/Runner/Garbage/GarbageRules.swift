package import Domain
package import Workspaces

/// What was found out about something that may be garbage: all that the decision needs.
package enum GarbageFacts: Hashable, Sendable {
    /// Of a task in the journal, together with the agent's home.
    case workspace(WorkspaceFacts)
    /// A task's directory that no row of the journal is about.
    case unknownTask(WorkspaceCondition, hasOutput: Bool, lastUse: Timestamp)
    /// A task whose row cannot be read.
    case unreadableTask(message: String)
    /// Something below `tasks/` that makima did not make.
    case foreign
    /// Prompts, output and logs of one run.
    ///
    /// `isRecorded` is whether the journal has all that they tell about the task's last run.
    case output(lastUse: Timestamp, isRecorded: Bool)
    /// What somebody who is gone would have removed at the end.
    case leftover
    /// Of a `makima sandbox`.
    case room(isAlive: Bool)
    /// A copy of system files, or a shim, that this makima does not use.
    case otherVersion(lastUse: Timestamp)
    case refs(RefFacts)

    package struct WorkspaceFacts: Hashable, Sendable {
        package var status: TaskStatus
        package var condition: WorkspaceCondition
        /// Whether the journal knows of any.
        package var hasCheckpoints: Bool
        /// Whether the journal has the end of the last run: no iteration is open.
        package var isRecorded: Bool
        package var lastUse: Timestamp

        package init(
            _ status: TaskStatus,
            _ condition: WorkspaceCondition,
            hasCheckpoints: Bool,
            isRecorded: Bool,
            lastUse: Timestamp
        ) {
            self.status = status
            self.condition = condition
            self.hasCheckpoints = hasCheckpoints
            self.isRecorded = isRecorded
            self.lastUse = lastUse
        }
    }

    /// The refs of one task in one repository.
    package struct RefFacts: Hashable, Sendable {
        package enum Owner: Hashable, Sendable {
            /// The journal knows the task, and what its workspace is like.
            case known(WorkspaceCondition)
            /// There is a directory, but no row.
            case directoryOnly
            /// This state directory knows nothing of the task; another one may.
            case nobody
        }

        package var owner: Owner
        package var isPinned: Bool

        package init(owner: Owner, isPinned: Bool) {
            self.owner = owner
            self.isPinned = isPinned
        }
    }
}

/// What becomes of something that may be garbage, and why.
package enum GarbageVerdict: Hashable, Sendable {
    case remove(RemovalCause)
    case keep(KeepCause)
}

/// Why something goes.
package enum RemovalCause: Hashable, Sendable {
    /// The task is done, or stopped and not spared, and longer unchanged than workspaces are kept.
    ///
    /// `losing` is what goes with it and is nowhere else.
    case retired(TaskStatus, since: Timestamp, losing: IgnoredFiles = IgnoredFiles())
    /// As ``retired(_:since:losing:)``, of a task that the journal does not know.
    case unknownRetired(since: Timestamp, losing: IgnoredFiles = IgnoredFiles())
    /// No agent ever worked in it.
    case unfinished
    /// Its removal was interrupted.
    case interruptedRemoval
    /// It belongs to no task, and holds nothing.
    case empty
    case oldOutput(since: Timestamp)
    case leftover
    case deadProcess
    case otherVersion
    /// What it kept was needed by a workspace that was removed.
    case unneededPin
}

/// Why something stays.
package enum KeepCause: Hashable, Sendable {
    /// Some process works with it.
    case owned
    /// Nothing says how long it is to stay.
    case noRetention(Period)
    case young(until: Timestamp)
    /// The task stopped, and can go on.
    case resumable(TaskStatus)
    /// The journal lacks the end of the last run.
    case unrecorded
    /// Files in it are ignored, and so in no checkpoint.
    case ignoredFiles(IgnoredFiles)
    /// It is not what it should be.
    case broken(detail: String)
    /// The task's files are not where they were.
    case directoryGone
    case unreadableRow(message: String)
    /// Nothing tells what is in it and where else that is.
    case unknown
    case foreign
    /// A makima that runs may use it.
    case mayBeInUse
    /// A workspace of another state directory may borrow from it.
    case pinned
    /// It goes with its task's directory.
    case goesWithDirectory
    /// Refs of a task that this state directory does not know: another one may, and nothing tells.
    case foreignRefs
    /// That everything is in the repository could not be shown.
    case unproven(message: String, hint: String)
    /// It could not be removed.
    case failed(message: String)

    /// Which setting speaks of it.
    package enum Period: Hashable, Sendable {
        case workspaces
        case logs
    }
}

/// Decides what is garbage.
///
/// Pure. What belongs to a task goes only where a retention lets it go; that its work is in the repository is shown by
/// whoever removes it, at the moment of the removal.
package struct GarbageRules: Hashable, Sendable {
    package var retention: Retention
    package var now: Timestamp
    /// Whether some makima works on a task, or runs a sandbox.
    package var isAnyoneAtWork: Bool
    /// Whether workspaces go also of tasks that stopped, and then cannot go on.
    package var includesStopped: Bool

    package init(retention: Retention, now: Timestamp, isAnyoneAtWork: Bool, includesStopped: Bool = false) {
        self.retention = retention
        self.now = now
        self.isAnyoneAtWork = isAnyoneAtWork
        self.includesStopped = includesStopped
    }

    /// A makima that has just started may be about to use what it has just looked at.
    package static let startTime = Duration.seconds(3600)

    /// Returns `nil` where there is nothing that could go.
    ///
    /// `isOwned` is whether a process holds the task that it belongs to.
    package func verdict(on facts: GarbageFacts, isOwned: Bool) -> GarbageVerdict? {
        switch facts {
        case .workspace(let facts): isOwned ? .keep(.owned) : workspace(facts)
        case .unknownTask(let condition, let hasOutput, let lastUse):
            isOwned ? .keep(.owned) : unknownTask(condition, hasOutput: hasOutput, lastUse: lastUse)
        case .unreadableTask(let message): .keep(.unreadableRow(message: message))
        case .foreign: .keep(.foreign)
        case .output(let lastUse, let isRecorded):
            isOwned || !isRecorded ? nil : expiry(lastUse, of: .logs) ?? .remove(.oldOutput(since: lastUse))
        case .leftover: isOwned ? nil : .remove(.leftover)
        case .room(let isAlive): isAlive || isOwned ? .keep(.owned) : .remove(.deadProcess)
        case .otherVersion(let lastUse):
            isAnyoneAtWork || lastUse + Self.startTime > now ? .keep(.mayBeInUse) : .remove(.otherVersion)
        case .refs(let facts): refs(facts)
        }
    }
}

extension GarbageRules {
    private func workspace(_ facts: GarbageFacts.WorkspaceFacts) -> GarbageVerdict? {
        switch facts.condition {
        case .absent: facts.hasCheckpoints ? .keep(.directoryGone) : nil
        case .removed: nil
        case .beingRemoved: .remove(.interruptedRemoval)
        case .unfinished where facts.hasCheckpoints: .keep(.broken(detail: "what says that it was made is missing"))
        case .unfinished: .remove(.unfinished)
        case .broken(let detail): .keep(.broken(detail: detail))
        case .intact where !facts.isRecorded: .keep(.unrecorded)
        case .intact where facts.status != .done && !includesStopped: .keep(.resumable(facts.status))
        case .intact: expiry(facts.lastUse) ?? .remove(.retired(facts.status, since: facts.lastUse))
        }
    }

    private func unknownTask(
        _ condition: WorkspaceCondition,
        hasOutput: Bool,
        lastUse: Timestamp
    ) -> GarbageVerdict? {
        switch condition {
        case .absent, .removed: hasOutput ? nil : .remove(.empty)
        case .beingRemoved: .remove(.interruptedRemoval)
        case .unfinished, .broken: .keep(.unknown)
        case .intact: expiry(lastUse) ?? .remove(.unknownRetired(since: lastUse))
        }
    }

    private func refs(_ facts: GarbageFacts.RefFacts) -> GarbageVerdict? {
        switch facts.owner {
        case .known(.removed): facts.isPinned ? .remove(.unneededPin) : nil
        case .known: nil
        case .directoryOnly: .keep(.goesWithDirectory)
        case .nobody where facts.isPinned: .keep(.pinned)
        case .nobody: .keep(.foreignRefs)
        }
    }

    /// Why something stays that was used at `lastUse`; `nil` where it is old enough to go.
    private func expiry(_ lastUse: Timestamp, of period: KeepCause.Period = .workspaces) -> GarbageVerdict? {
        let limit =
            switch period {
            case .workspaces: retention.workspaces
            case .logs: retention.logs
            }
        guard let limit else { return .keep(.noRetention(period)) }
        return lastUse + limit > now ? .keep(.young(until: lastUse + limit)) : nil
    }
}
