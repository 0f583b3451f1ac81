import Domain
import Fleet
import Store
import Wire

/// Keeps the work that daemons send with checkpoints.
///
/// Bytes are stored before the message that brings them is taken: sent again, they change nothing.
struct PatchStore: Sendable {
    let store: any TaskStore

    /// Stores a part; returns why it cannot be, where that is the daemon's doing.
    func take(_ report: ReportPart, from daemon: DaemonID, at time: Timestamp) async throws -> Refused? {
        guard let digest = SHA256Digest(hex: report.part.sha256) else { return nil }
        return try await keep(report.stamp, from: daemon) { task in
            _ = try await store.beginBlob(BlobKey(digest, size: report.part.size), of: task, at: time)
            _ = try await store.appendBlob(digest, of: task, at: report.part.offset, report.part.data)
        }
    }

    /// Stores what stands in the message itself.
    func take(_ report: CheckpointReport, from daemon: DaemonID, at time: Timestamp) async throws -> Refused? {
        guard let patch = report.patch, let key = patch.key, let data = patch.data else { return nil }
        return try await keep(report.stamp, from: daemon) { task in
            let progress = try await store.beginBlob(key, of: task, at: time)
            if !progress.isVerified, !data.isEmpty {
                _ = try await store.appendBlob(key.digest, of: task, at: 0, data)
            }
        }
    }

    private func keep(
        _ stamp: Stamp,
        from daemon: DaemonID,
        _ body: (TaskID) async throws -> Void
    ) async throws -> Refused? {
        // Of an attempt that is not the daemon's nothing is kept.
        guard let id = TaskID(rawValue: stamp.taskId), let task = try await store.task(id),
            task.attempt == stamp.attempt, task.assignment?.daemon == daemon
        else { return nil }
        do {
            try await body(id)
            return nil
        } catch let error as StoreError {
            switch error {
            case .partMisplaced: return Greeting.refused("inconsistent", error.description)
            case .digestMismatch: return Greeting.refused("inconsistent", error.description)
            case .tooLarge: return Greeting.refused("too_long", error.description)
            case .unknownTask: return nil
            default: throw error
            }
        }
    }
}
