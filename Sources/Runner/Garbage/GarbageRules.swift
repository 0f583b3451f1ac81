package import Domain
package import Workspaces

/// What was found out about something that may be garbage: all that the decision needs.
package enum GarbageFacts: Hashable, Sendable {
    /// Of a task in the journal, together with the agent's home.
    ///
    /// `hasCheckpoints` is whether the journal knows of any.
    case workspace(TaskStatus, WorkspaceCondition, hasCheckpoints: Bool, lastUse: Timestamp)
    /// A task's directory that no row of the journal is about.
    case unknownTask(WorkspaceCondition, hasOutput: Bool, lastUse: Timestamp)
    /// A task whose row cannot be read.
    case unreadableTask(message: String)
    /// Something below `tasks/` that makima did not make.
    case foreign
    /// Prompts, output and logs of one run.
    case output(lastUse: Timestamp)
    /// What somebody who is gone would have removed at the end.
    case leftover
    /// Of a `makima sandbox`.
    case room(isAlive: Bool)
    /// A copy of system files, or a shim, that this makima does not use.
    case otherVersion(lastUse: Timestamp)
    case refs(RefFacts)

    /// The refs of one task in one repository.
    package struct RefFacts: Hashable, Sendable {
        package enum Owner: Hashable, Sendable {
            /// The journal knows the task, and what its workspace is like.
            case known(WorkspaceCondition)
            /// There is a directory, but no row.
            case directoryOnly
            case nobody
        }

        package var owner: Owner
        package var isPinned: Bool
        package var lastUse: Timestamp

        package init(owner: Owner, isPinned: Bool, lastUse: Timestamp) {
            self.owner = owner
            self.isPinned = isPinned
            self.lastUse = lastUse
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
    /// The task is done or stopped, and longer unchanged than workspaces are kept.
    case retired(TaskStatus, since: Timestamp)
    /// As ``retired(_:since:)``, of a task that the journal does not know.
    case unknownRetired(since: Timestamp)
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
    /// A branch, a tag or a remote's branch has the work.
    case workElsewhere(since: Timestamp)
}

/// Why something stays.
package enum KeepCause: Hashable, Sendable {
    /// Some process works with it.
    case owned
    /// Nothing says how long it is to stay.
    case noRetention(Period)
    case young(until: Timestamp)
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
    /// These refs are the only ones that have the work.
    case onlyCopy([String])
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

    package init(retention: Retention, now: Timestamp, isAnyoneAtWork: Bool) {
        self.retention = retention
        self.now = now
        self.isAnyoneAtWork = isAnyoneAtWork
    }

    /// A makima that has just started may be about to use what it has just looked at.
    package static let startTime = Duration.seconds(3600)

    /// Returns `nil` where there is nothing that could go.
    ///
    /// `isOwned` is whether a process holds the task that it belongs to.
    package func verdict(on facts: GarbageFacts, isOwned: Bool) -> GarbageVerdict? {
        switch facts {
        case .workspace(let status, let condition, let hasCheckpoints, let lastUse):
            isOwned
                ? .keep(.owned)
                : workspace(
                    condition,
                    hasCheckpoints: hasCheckpoints,
                    expired: .retired(status, since: lastUse),
                    lastUse
                )
        case .unknownTask(let condition, let hasOutput, let lastUse):
            isOwned ? .keep(.owned) : unknownTask(condition, hasOutput: hasOutput, lastUse: lastUse)
        case .unreadableTask(let message): .keep(.unreadableRow(message: message))
        case .foreign: .keep(.foreign)
        case .output(let lastUse):
            isOwned ? nil : expiry(lastUse, of: .logs) ?? .remove(.oldOutput(since: lastUse))
        case .leftover: isOwned ? nil : .remove(.leftover)
        case .room(let isAlive): isAlive || isOwned ? .keep(.owned) : .remove(.deadProcess)
        case .otherVersion(let lastUse):
            isAnyoneAtWork || lastUse + Self.startTime > now ? .keep(.mayBeInUse) : .remove(.otherVersion)
        case .refs(let facts): refs(facts)
        }
    }
}

extension GarbageRules {
    private func workspace(
        _ condition: WorkspaceCondition,
        hasCheckpoints: Bool,
        expired: RemovalCause,
        _ lastUse: Timestamp
    ) -> GarbageVerdict? {
        switch condition {
        case .absent: hasCheckpoints ? .keep(.directoryGone) : nil
        case .removed: nil
        case .beingRemoved: .remove(.interruptedRemoval)
        case .unfinished where hasCheckpoints: .keep(.broken(detail: "what says that it was made is missing"))
        case .unfinished: .remove(.unfinished)
        case .broken(let detail): .keep(.broken(detail: detail))
        case .intact: expiry(lastUse) ?? .remove(expired)
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
        case .nobody: expiry(facts.lastUse) ?? .remove(.workElsewhere(since: facts.lastUse))
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
