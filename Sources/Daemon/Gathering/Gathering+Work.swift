import Domain
import Runner
import Wire

/// The work of checkpoints, on its way to the server.
extension Gathering {
    /// The report of a checkpoint; where its work is large, that is put into a parcel first.
    ///
    /// `nil` where that is waited for which the work is taken from.
    mutating func checkpointBatch(
        _ checkpoint: Checkpoint,
        carriesWork: Bool,
        _ facts: TaskFacts,
        _ empty: OutboxBatch
    ) async throws -> OutboxBatch? {
        var batch = empty
        var packed: Packed = .nothing
        if carriesWork { packed = await pack(checkpoint) }
        if packed == .notYet, !facts.isOver, mayWait(for: checkpoint) { return nil }
        if case .parcel(let parcel) = packed {
            guard parcel.size <= WireLimits.part else {
                batch.parcel = .set(parcel)
                return batch
            }
            guard let bytes = read(parcel, 0..<parcel.size) else { return bare(checkpoint, empty) }
            workshop.parcels.remove(parcel.path)
            batch.messages = [CheckpointReport(checkpoint, WirePatch(.bundle, base: parcel.base, bytes: bytes))]
            batch.keys = [GatherPlan.key(of: checkpoint), GatherPlan.key(ofWork: checkpoint.commit)]
            return batch
        }
        return bare(checkpoint, empty)
    }

    /// The report without the work.
    private func bare(_ checkpoint: Checkpoint, _ empty: OutboxBatch) -> OutboxBatch {
        var batch = empty
        batch.messages = [CheckpointReport(checkpoint, nil)]
        batch.keys = [GatherPlan.key(of: checkpoint)]
        batch.parcel = .remove
        return batch
    }

    /// `nil` where the file cannot be read: its work stays on this machine.
    private func read(_ parcel: Parcel, _ range: Range<Int>) -> [UInt8]? {
        do throws(PlainFile.Failure) {
            return try PlainFile.read(parcel.path, range)
        } catch {
            let words = "The work of checkpoint \(parcel.checkpoint) stays here: \(error)"
            workshop.parts.tell(.gatheringFailed(task, words))
            return nil
        }
    }

    private enum Packed: Hashable {
        case parcel(Parcel)
        /// There is none, or it is too much to travel, or it cannot be had: it is on this machine all the same.
        case nothing
        case notYet
    }

    /// Whether a run may still bring the checkpoint into the repository: what else is to be told does not wait for long.
    private mutating func mayWait(for checkpoint: Checkpoint) -> Bool {
        let now = workshop.clock.elapsed
        guard let (number, since) = waiting, number == checkpoint.number else {
            waiting = (checkpoint.number, now)
            return true
        }
        return now - since < Self.patience
    }

    private static let patience = Duration.seconds(5)

    /// Writes the work into a file.
    private func pack(_ checkpoint: Checkpoint) async -> Packed {
        do {
            let path = try workshop.parcels.outgoing(task, checkpoint.number)
            workshop.parcels.remove(path)
            let bundling = try await workshop.service.bundle(checkpoint, of: task, to: path)
            guard case .written(let base) = bundling else { return bundling == .notYet ? .notYet : .nothing }
            guard let size = try PlainFile.size(path), size > 0, size <= WireLimits.patch else { return .nothing }
            let parcel = Parcel(
                checkpoint: checkpoint.number,
                base: base.rawValue,
                path: path,
                size: size,
                sha256: try PlainFile.sha256(path)
            )
            return .parcel(parcel)
        } catch {
            let words = "The work of checkpoint \(checkpoint.number) stays here: \(error)"
            workshop.parts.tell(.gatheringFailed(task, words))
            return .nothing
        }
    }

    /// The next part of a parcel, with the checkpoint behind the last one.
    func parcelBatch(_ parcel: Parcel?, _ facts: TaskFacts, _ empty: OutboxBatch) throws -> OutboxBatch? {
        guard var parcel else { return nil }
        var batch = empty
        let end = min(parcel.size, parcel.sent + WireLimits.part)
        // Without its file, the work is put together anew.
        guard let checkpoint = facts.checkpoints.first(where: { $0.number == parcel.checkpoint }),
            try PlainFile.size(parcel.path) == parcel.size
        else {
            batch.parcel = .remove
            return batch
        }
        guard let bytes = read(parcel, parcel.sent..<end) else { return bare(checkpoint, empty) }
        var report = ReportPart()
        report.part.sha256 = parcel.sha256
        report.part.size = parcel.size
        report.part.offset = parcel.sent
        report.part.data = bytes
        batch.messages = [report]
        parcel.sent = end
        guard end == parcel.size else {
            batch.parcel = .set(parcel)
            return batch
        }
        var patch = WirePatch()
        (patch.format, patch.baseSha, patch.size, patch.sha256) = (.bundle, parcel.base, parcel.size, parcel.sha256)
        batch.messages.append(CheckpointReport(checkpoint, patch))
        batch.keys = [GatherPlan.key(of: checkpoint), GatherPlan.key(ofWork: checkpoint.commit)]
        batch.parcel = .remove
        return batch
    }
}

extension CheckpointReport {
    fileprivate init(_ checkpoint: Checkpoint, _ patch: WirePatch?) {
        self.init()
        self.checkpoint = WireCheckpoint(checkpoint)
        self.patch = patch
    }
}
