import Domain
import Fleet
import Logging
import Store
import Wire

/// Makes the commands of merges, for the daemons that can carry them out.
struct MergeMaker: Sendable {
    let store: any TaskStore
    let surroundings: Surroundings

    enum Outcome: Sendable {
        /// Without the bytes of work; ``fill(_:)`` adds those that fit.
        case command(DaemonID, MergeTasks)
        case waits(MergeWait)
        /// One daemon cannot do all of it.
        case divide
    }

    /// Finds a daemon for the batch, and what it is told.
    func make(_ job: MergeJob) async throws -> Outcome {
        let place = job.contract.place
        let daemons = try await store.connected(at: surroundings.now())
        guard !daemons.isEmpty else { return .waits(.noDaemons) }
        var works: [MergePlacement.Work] = []
        var stored: [TaskID: WirePatch] = [:]
        for entry in job.batch.entries {
            // Where a path is the repository, nothing has to be sent.
            if place.path == nil { stored[entry.task] = try await work(of: entry.task) }
            let home = job.tasks[entry.task]?.home
            works.append(MergePlacement.Work(entry.task, home: home, isStored: stored[entry.task] != nil))
        }
        var placement = MergePlacement(place, works, homes: job.homes)
        placement.labels = job.labels
        placement.mended = job.contract.queues[job.target]?.mending
        placement.mayClone = job.batch.wait?.isTold == true ? try await !wasLeftToStranger(job) : false
        switch placement.decide(among: daemons) {
        case .waits(let wait): return .waits(wait)
        case .divide: return .divide
        case .daemon(let daemon):
            return try await command(job, for: daemon, sending: stored.filter { job.tasks[$0.key]?.home != daemon })
        }
    }

    /// Whether the last try failed at a daemon that has not worked for the contract: another one would fail alike.
    private func wasLeftToStranger(_ job: MergeJob) async throws -> Bool {
        guard job.batch.attempt > 1, let last = try await store.command(job.id(ofTry: job.batch.attempt - 1)) else {
            return false
        }
        return last.answer != nil && job.isStranger(last.command.daemon)
    }

    private func command(_ job: MergeJob, for daemon: DaemonID, sending stored: [TaskID: WirePatch]) async throws
        -> Outcome
    {
        var message = MergeTasks(batch(job), command: job.id, lane: job.lane)
        (message.repoUrl, message.targetRepoPath) = (job.contract.place.url, job.contract.place.path)
        try await complete(&message, of: job.contract)
        for index in message.entries.indices {
            message.entries[index].patch = TaskID(rawValue: message.entries[index].taskId).flatMap { stored[$0] }
        }
        do throws(WireError) {
            _ = try Frame.encode(message)
            return .command(daemon, message)
        } catch {
            // Less may fit; what does not keeps nothing else back.
            return job.batch.entries.count > 1 ? .divide : .waits(.unsendable(error.description))
        }
    }

    /// A batch with everything that judges it.
    private func batch(_ job: MergeJob) -> MergeBatch {
        MergeBatch(
            job.batch.entries,
            into: job.target,
            checks: job.batch.isVerification ? job.contract.phaseChecks : job.contract.checks
        )
    }

    /// Adds the confinement of the contract's tasks and their own checks.
    private func complete(_ message: inout MergeTasks, of contract: Contract) async throws {
        if let text = try await store.template(of: contract.id) {
            let request = try APIText.decode(Array(text.utf8), as: ContractRequest.self)
            message.sandbox = request.template.spawn.sandbox
            message.checkTimeoutMilliseconds = request.template.spawn.timeouts?.checkMilliseconds
        }
        let known = Set(message.checks.map(\.command))
        for index in message.entries.indices {
            guard let task = TaskID(rawValue: message.entries[index].taskId),
                let text = try await store.document(of: task), let document = TaskDocument.read(text)
            else { continue }
            let name = message.entries[index].taskName
            message.entries[index].checks = document.checks.filter { !known.contains($0.command) }
                .map { check in
                    var check = check
                    check.name = "\(name): \(check.name)".clipped(to: WireLimits.command)
                    return check
                }
        }
    }

    // MARK: - Work

    /// The work of a task without its bytes, where the server has all of it.
    ///
    /// What an earlier checkpoint has brought is not the work where the last one's was too large, or could not be read. What a person has
    /// restored in the workspace is not what the task ended with.
    func work(of task: TaskID) async throws -> WirePatch? {
        let entries = try await store.checkpoints(of: task)
            .filter { Self.report($0)?.checkpoint.cause.isOfRestore != true }
        guard let commit = entries.last.flatMap(Self.report)?.checkpoint.commit else { return nil }
        for entry in entries.reversed() where entry.isStored {
            guard let report = Self.report(entry), report.checkpoint.commit == commit, var patch = report.patch,
                SHA256Digest(hex: patch.sha256) == entry.blob?.digest
            else { continue }
            patch.data = nil
            return patch
        }
        return nil
    }

    private static func report(_ entry: CheckpointEntry) -> CheckpointReport? {
        do throws(WireError) {
            guard case .checkpoint(let report) = try Frame.decode(Array(entry.document.utf8), as: ToServer.self) else {
                return nil
            }
            return report
        } catch { return nil }
    }

    /// Puts the bytes of work into the command, as far as they fit; the rest is sent before it, in parts.
    func fill(_ message: MergeTasks) async throws -> MergeTasks {
        var filled = message
        let room = WireLimits.frame - (try Frame.encode(message)).count
        for index in message.fitting(into: room) {
            guard let patch = message.entries[index].patch, let digest = SHA256Digest(hex: patch.sha256),
                let task = TaskID(rawValue: message.entries[index].taskId)
            else { continue }
            let data = try await store.readBlob(digest, of: task, at: 0, limit: patch.size)
            // The daemon says that it has not come, and it is tried again.
            guard let data, SHA256Digest(of: data) == digest else { continue }
            filled.entries[index].patch?.data = data
        }
        return filled
    }
}

extension MergeTasks {
    /// The entries whose work fits into `room` bytes of a frame, the smallest first.
    func fitting(into room: Int) -> [Int] {
        var left = room
        let sizes = entries.indices.compactMap { index in entries[index].patch.map { (index: index, size: $0.size) } }
        return sizes.sorted { ($0.size, $0.index) < ($1.size, $1.index) }
            .compactMap { index, size in
                // In base 64, with the name of its field.
                let cost = (size + 2) / 3 * 4 + 16
                guard size <= WireLimits.part, cost <= left else { return nil }
                left -= cost
                return index
            }
    }
}
