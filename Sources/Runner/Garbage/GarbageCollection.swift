import Domain
import Journal
import Workspaces

/// Removes garbage, or says what would be removed.
///
/// May be killed at any point: what was begun is found and gone on with by the next one. While something of a task is
/// removed, its lock is held, and what was found out about it is found out again.
struct GarbageCollection: Sendable {
    let parts: ServiceParts
    let request: GarbageRequest
    /// Removes a file, or a directory with all that is in it.
    var remove: @Sendable (String) throws -> Void = OwnFiles.remove

    private var state: StateDirectory { parts.state }
    private var survey: GarbageSurvey { GarbageSurvey(parts: parts, repositories: request.repositories) }

    func run(_ observe: (GarbageEntry) -> Void) async throws {
        let inventory = try await survey.take()
        let rules = GarbageRules(
            retention: request.retention,
            now: parts.surroundings.wallClock.now(),
            isAnyoneAtWork: inventory.isAnyoneAtWork,
            includesStopped: request.includesStopped
        )
        for item in inventory.items {
            guard var verdict = rules.verdict(on: item.facts, isOwned: item.isOwned) else { continue }
            if case .remove(let cause) = verdict {
                verdict = request.isDryRun ? try await foresee(item, cause) : try await carryOut(item, cause, by: rules)
            }
            observe(item.entry(verdict))
        }
    }

    /// What can be shown without changing anything.
    private func foresee(_ item: GarbageItem, _ cause: RemovalCause) async throws -> GarbageVerdict {
        switch (cause, item.target) {
        case (.retired, .workspace(let id)):
            guard let task = try await parts.journal.task(id) else { return .keep(.goesWithDirectory) }
            return try await proving(of: id.short) {
                let confinement = try await parts.confinement(for: task.spec)
                return try await weigh(parts.site(of: task.spec), parts.workspaces(confinement), cause)
            }
        case (.unknownRetired, .unknownTask(let found?, let id)):
            return try await proving(of: id.short) {
                let confinement = try await confinement(ofUnknown: id, at: found)
                return try await weigh(found, parts.workspaces(confinement), cause)
            }
        default: return .remove(cause)
        }
    }

    /// Looks for what is in no checkpoint because git ignores it: with that, a workspace goes only where a person says so.
    private func weigh(_ site: WorkspaceSite, _ provider: any WorkspaceProvider, _ cause: RemovalCause) async throws
        -> GarbageVerdict
    {
        let files = try await provider.ignoredFiles(of: site)
        guard files.isEmpty || request.includesIgnored else { return .keep(.ignoredFiles(files)) }
        switch cause {
        case .retired(let status, let since, _): return .remove(.retired(status, since: since, losing: files))
        case .unknownRetired(let since, _): return .remove(.unknownRetired(since: since, losing: files))
        default: return .remove(cause)
        }
    }

    /// What keeps `body` from being sure is why something stays.
    private func proving(
        of task: String,
        isResumable: Bool = true,
        _ body: () async throws -> GarbageVerdict
    ) async throws -> GarbageVerdict {
        do {
            return try await body()
        } catch let error as WorkspaceError {
            return .keep(.unproven(message: error.description, hint: error.hint(task: task, isResumable: isResumable)))
        } catch let error as ServiceError {
            return .keep(.unproven(message: error.description, hint: error.hint))
        }
    }

    private func confinement(ofUnknown id: TaskID, at site: WorkspaceSite) async throws -> Confinement {
        let isConfined = try site.isMadeForSandbox() ?? true
        return try await parts.confinement(for: SandboxSpec(mode: isConfined ? .auto : .off), in: state.task(id))
    }

    private func carryOut(_ item: GarbageItem, _ cause: RemovalCause, by rules: GarbageRules) async throws
        -> GarbageVerdict
    {
        do {
            // Whoever looks every day is not to take a checkpoint every day.
            let foreseen = try await foresee(item, cause)
            guard case .remove = foreseen else { return foreseen }
            switch item.target {
            case .workspace(let id): return try await retire(id, by: rules)
            case .unknownTask(_, let id): return try await retireUnknown(id, by: rules)
            case .files(let path, let id): return try removeFiles(path, of: id, cause)
            case .room(let path): return try removeRoom(path, cause)
            case .ownFile(let path): try remove(path)
            case .refs(let set): try await PrivateRefReader(git: parts.git).remove(set)
            case .nothing: break
            }
            return .remove(cause)
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch {
            return .keep(.failed(message: "\(error)"))
        }
    }

    // MARK: - Tasks

    /// Holds the task's lock while `body` runs; somebody else's task stays.
    private func owning(_ id: TaskID, _ body: () async throws -> GarbageVerdict) async throws -> GarbageVerdict {
        guard let lock = try OwnerLock.acquire(state.task(id).ownerLock) else { return .keep(.owned) }
        defer { lock.release() }
        return try await body()
    }

    private func retire(_ id: TaskID, by rules: GarbageRules) async throws -> GarbageVerdict {
        try await owning(id) {
            guard let known = try await parts.journal.task(id) else { return .keep(.goesWithDirectory) }
            let task = try await Recovery(parts: parts).recover(known, closing: false)
            guard let item = try await survey.items(of: task).first,
                let verdict = rules.verdict(on: item.facts, isOwned: false)
            else { return .keep(.mayBeInUse) }
            guard case .remove(let cause) = verdict else { return verdict }
            let confinement = try await parts.confinement(for: task.spec)
            let provider = parts.workspaces(confinement)
            let site = parts.site(of: task.spec)
            let proof = try await removeWorkspace(at: site, by: provider, cause) { workspace in
                let kept = try await workspace.checkpoint(.stopped, iteration: task.iterations)
                if !kept.isUnchanged { try await parts.journal.recordCheckpoint(kept.checkpoint, of: id) }
            }
            guard case .remove = proof else { return proof }
            for path in state.task(id).companions { try remove(path) }
            return proof
        }
    }

    private func retireUnknown(_ id: TaskID, by rules: GarbageRules) async throws -> GarbageVerdict {
        try await owning(id) {
            // Somebody may have brought the journal back.
            guard try await parts.journal.task(id) == nil else { return .keep(.owned) }
            guard let item = await survey.items(ofUnknown: id.rawValue).first,
                case .unknownTask(let found, _) = item.target,
                let verdict = rules.verdict(on: item.facts, isOwned: false)
            else { return .keep(.mayBeInUse) }
            guard case .remove(let cause) = verdict else { return verdict }
            var proof = verdict
            if let found {
                let confinement = try await confinement(ofUnknown: id, at: found)
                proof = try await removeWorkspace(at: found, by: parts.workspaces(confinement), cause) {
                    _ = try await $0.checkpoint(.stopped, iteration: 0)
                }
            }
            guard case .remove = proof else { return proof }
            let keepsOutput = if case .unknownTask(_, let hasOutput, _) = item.facts { hasOutput } else { true }
            let directory = state.task(id)
            let rest = keepsOutput ? WorkspaceSite.paths(in: directory.root) + directory.companions : [directory.root]
            for path in rest { try remove(path) }
            return proof
        }
    }

    /// Removes a workspace, where that everything is in the repository can be shown now, or was before.
    private func removeWorkspace(
        at site: WorkspaceSite,
        by provider: any WorkspaceProvider,
        _ cause: RemovalCause,
        keeping body: (any Workspace) async throws -> Void
    ) async throws -> GarbageVerdict {
        let isResumable: Bool
        switch cause {
        case .retired(let status, _, _): isResumable = status.isResumable
        case .unknownRetired: isResumable = false
        default:
            try await provider.removeRemains(of: site)
            return .remove(cause)
        }
        return try await proving(of: site.task.short, isResumable: isResumable) {
            let (workspace, _) = try await provider.openMended(site)
            return try await workspace.closingAtTheEnd { workspace in
                try await workspace.importCheckpoints()
                try await body(workspace)
                try await workspace.importCheckpoints()
                // Only now: what the agent made git track although it is ignored is in the checkpoint.
                let verdict = try await weigh(site, provider, cause)
                if case .remove = verdict { try await workspace.discard(force: false) }
                return verdict
            }
        }
    }

    private func removeFiles(_ path: String, of id: TaskID, _ cause: RemovalCause) throws -> GarbageVerdict {
        guard let lock = try OwnerLock.acquire(state.task(id).ownerLock) else { return .keep(.owned) }
        defer { lock.release() }
        try remove(path)
        return .remove(cause)
    }

    private func removeRoom(_ path: String, _ cause: RemovalCause) throws -> GarbageVerdict {
        guard let lock = try OwnerLock.acquire(TaskDirectory(root: path).ownerLock) else { return .keep(.owned) }
        defer { lock.release() }
        try remove(path)
        return .remove(cause)
    }
}

extension LocalTaskService {
    package func collectGarbage(
        _ request: GarbageRequest,
        observe: @Sendable (GarbageEntry) -> Void
    ) async throws {
        try await GarbageCollection(parts: parts, request: request).run(observe)
    }
}
