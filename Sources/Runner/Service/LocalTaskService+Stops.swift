package import Domain
import Journal

extension ServiceParts {
    func stopNote(of id: TaskID) -> StopNote { StopNote(of: state.task(id), at: surroundings.wallClock) }
}

/// What people want of a run that another process has.
extension LocalTaskService {
    package func stop(_ id: TaskID, force: Bool) async throws -> StopAnswer {
        try await ask(id, force ? .forced : .gentle)
    }

    package func pause(_ id: TaskID) async throws -> StopAnswer { try await ask(id, .pause) }

    private func ask(_ id: TaskID, _ request: StopRequest) async throws -> StopAnswer {
        guard let owner = OwnerLock.owner(parts.state.task(id).ownerLock) else {
            guard isOrphaned(id), try await stopOrphan(id, force: request == .forced) else { return .notRunning }
            return .asked
        }
        // A signal would end all that the daemon does.
        guard OwnerLock.owner(parts.state.daemonLock) != owner else { throw ServiceError.ofDaemon(id) }
        try await requireHearing(owner, of: id, request)
        if let before = parts.stopNote(of: id).read(of: owner), !request.isMore(than: before.request) {
            return .askedBefore(before)
        }
        let isThere =
            request == .pause
            ? try OwnerSignal.pause(owner) : try OwnerSignal.send(to: owner, force: request == .forced)
        return isThere ? .asked : .notRunning
    }

    /// A merge hears a stop, too, of a task that is not active.
    private func requireHearing(_ owner: Int32, of id: TaskID, _ request: StopRequest) async throws {
        let hears = OwnerSignal.hears(owner)
        guard !hears || request == .pause else { return }
        let task = try await existing(id)
        guard hears, task.status.isActive else {
            throw ServiceError.heldOtherwise(task.id, task.status, owner: owner)
        }
    }
}
