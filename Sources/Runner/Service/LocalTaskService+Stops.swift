package import Domain
import Journal

extension LocalTaskService {
    package func stop(_ id: TaskID, force: Bool) async throws -> Bool {
        guard let owner = OwnerLock.owner(parts.state.task(id).ownerLock) else {
            return isOrphaned(id) ? try await stopOrphan(id, force: force) : false
        }
        try requireOwnProcess(owner, of: id)
        // A merge hears it too, of a task that is not active.
        guard OwnerSignal.hears(owner) else { throw ServiceError.heldOtherwise(try await existing(id), owner: owner) }
        return try OwnerSignal.send(to: owner, force: force)
    }

    package func pause(_ id: TaskID) async throws -> Bool {
        guard let owner = OwnerLock.owner(parts.state.task(id).ownerLock) else {
            return isOrphaned(id) ? try await stopOrphan(id, force: false) : false
        }
        try requireOwnProcess(owner, of: id)
        let task = try await existing(id)
        guard task.status.isActive, OwnerSignal.hears(owner) else {
            throw ServiceError.heldOtherwise(task, owner: owner)
        }
        return try OwnerSignal.pause(owner)
    }

    /// A signal would end all that a daemon does.
    private func requireOwnProcess(_ owner: Int32, of id: TaskID) throws(ServiceError) {
        guard OwnerLock.owner(parts.state.daemonLock) != owner else { throw .ofDaemon(id) }
    }
}

extension ServiceError {
    fileprivate static func heldOtherwise(_ task: TaskRecord, owner: Int32) -> ServiceError {
        .heldOtherwise(task.id, task.status, owner: owner)
    }
}
