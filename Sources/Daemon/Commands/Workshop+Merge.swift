import Domain
import Runner
import Wire
import Workspaces

/// Merges the work of several tasks together.
extension Workshop {
    /// Takes as long as its checks do, and holds up nothing but the merges of its lane.
    func carryOut(_ merge: MergeTasks) async throws {
        var answer = CommandAnswer(merge.id, nil)
        do {
            answer.take(try await service.merge(try await job(merge)))
        } catch {
            // One that was cut short, as by the daemon's end, is taken up again.
            try Task.checkCancellation()
            answer = try CommandAnswer(merge.id, nil, failed: error)
        }
        try await parts.journal.answer(answer)
        // The next merge's come after this: commands of a lane are carried out one after the other.
        parcels.drop(lane: merge.lane)
    }

    func carryOut(_ part: MergePart) async throws {
        var answer = CommandAnswer(part.id, nil)
        do {
            try parcels.take(part)
        } catch {
            answer = try CommandAnswer(part.id, nil, failed: error)
        }
        try await parts.journal.answer(answer)
    }

    private func job(_ merge: MergeTasks) async throws -> BatchJob {
        guard let batch = merge.batch else { throw Refusal.unknownTask }
        let (path, remote) = try repositories.place(of: merge)
        let defaults = try await parts.settings.defaults()
        var sandbox = merge.sandbox?.spec ?? defaults.sandbox
        if parts.settings.trust == .stranger { sandbox = try sandbox.within(defaults.sandbox) }
        var job = BatchJob(
            batch,
            lane: merge.lane,
            repository: path,
            sandbox: sandbox,
            checkTimeout: merge.checkTimeoutMilliseconds ?? defaults.timeouts.check
        )
        job.remote = remote
        for entry in merge.entries {
            guard let patch = entry.patch, let task = TaskID(rawValue: entry.taskId) else { continue }
            guard let base = CommitID(rawValue: patch.baseSha) else { throw Refusal.patch("Its base is no commit.") }
            guard let file = try parcels.file(of: patch, lane: merge.lane) else {
                throw Refusal.patch(
                    "The work of '\(entry.taskName)' (\(patch.size) bytes) has not come whole before the merge."
                )
            }
            job.sent[task] = SentWork(patch.format == .bundle ? .bundle : .patch, at: file, base: base)
        }
        return job
    }
}
