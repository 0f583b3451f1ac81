import Agents
package import Domain
import Glibc
import Journal
import Processes
import Workspaces

/// Merges the work of several tasks together.
extension LocalTaskService {
    /// Puts the work of the job's tasks on top of each other and of their branch, checks the whole, and moves the branch there.
    ///
    /// Killed or cancelled at any point, it comes to the same when it is called again. One job of a lane at a time.
    package func merge(_ job: BatchJob) async throws -> MergeReport {
        try parts.requireRoom()
        try parts.requireLimits(of: job.sandbox)
        guard job.sandbox.mode != .off || job.batch.checks.allSatisfy({ [nil, .full].contains($0.network) }) else {
            throw ServiceError.sandboxUnavailable(
                "The network can be narrowed in a sandbox only, and the sandbox is off."
            )
        }
        let (id, directory) = parts.state.merge(lane: job.lane)
        let lock = try await own(directory)
        defer { lock.release() }
        // What cannot be removed now the next job of the lane removes.
        defer { try? OwnFiles.remove(directory.root) }
        for path in [directory.home, directory.checks] { try OwnFiles.remove(path) }
        try makeDirectories(directory.home)
        let site = IntegrationSite(
            id: id,
            repository: job.repository,
            directory: "\(directory.root)/work",
            remote: job.remote
        )
        return try await merge(job, at: site, in: directory, holding: lock)
    }

    private func merge(
        _ job: BatchJob,
        at site: IntegrationSite,
        in directory: TaskDirectory,
        holding lock: OwnerLock
    ) async throws -> MergeReport {
        var room = try await parts.confinement(for: job.sandbox, in: directory)
        room.secrets = parts.agents.secrets(naming: [])
        // A check that outlives this process keeps the next job waiting.
        room.lock = lock
        let network = try TaskNetwork.open(for: job.sandbox, in: directory)
        defer { network?.close() }
        room.network = network
        let control = ProcessControl()
        let checks = BatchChecks(parts: parts, room: room, timeout: job.checkTimeout, control: control)
        let provider = SplitCloneProvider(
            git: parts.git,
            sandbox: room.sandbox,
            wallClock: parts.surroundings.wallClock
        )
        let hints = await hints(of: job)
        return try await withTaskCancellationHandler {
            try await provider.integrate(job.batch, at: site, knowing: hints) { checkout, definitions, tip in
                try await checks.receipts(in: checkout, of: definitions, tip)
            }
        } onCancel: {
            control.stop(.forced)
        }
    }

    /// Waits for what a former process has left running.
    private func own(_ directory: TaskDirectory) async throws -> OwnerLock {
        let watch = Stopwatch(parts.surroundings.clock)
        while true {
            // Whoever collects garbage may be removing it.
            try makeDirectories(directory.root)
            if let lock = try OwnerLock.acquire(directory.ownerLock) { return lock }
            guard watch.elapsed < Self.lockPatience else {
                throw JournalError.lockFailed(path: directory.ownerLock, code: EAGAIN)
            }
            guard await watch.sleep(until: watch.elapsed + .milliseconds(100)) else { throw CancellationError() }
        }
    }

    private static let lockPatience = Duration.seconds(60)

    private func hints(of job: BatchJob) async -> [TaskID: WorkHint] {
        var hints: [TaskID: WorkHint] = [:]
        for entry in job.batch.entries {
            if let sent = job.sent[entry.task] {
                hints[entry.task] = WorkHint(sent: sent)
            } else {
                hints[entry.task] = WorkHint(judged: await judgedTree(of: entry.task))
            }
        }
        return hints
    }

    /// The files that were found to be done; `nil` where the task is not here, or not done.
    ///
    /// Where its rows cannot be read, the repository says what there is.
    private func judgedTree(of id: TaskID) async -> TreeID? {
        guard let task = try? await parts.journal.task(id), task.status == .done else { return nil }
        return (try? await parts.journal.iterations(of: id))?.compactMap { $0.outcome?.checkpoint?.tree }.last
    }
}
