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
            guard let bytes = patch.data, let base = CommitID(rawValue: patch.baseSha) else {
                throw Refusal.patch("The work of task \(task) is not in the command, with its bytes.")
            }
            job.sent[task] = BatchJob.Sent(patch.format == .bundle ? .bundle : .patch, bytes, base: base)
        }
        return job
    }
}
