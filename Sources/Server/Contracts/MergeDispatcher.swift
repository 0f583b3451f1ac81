import Domain
import Fleet
import Store
import Wire

/// Has daemons carry out batches of merge queues.
struct MergeDispatcher: Sendable {
    let store: any TaskStore
    let lines: DaemonLines
    let surroundings: Surroundings

    /// A daemon that was gone for so long may be replaced by another one.
    private static let patience = Duration.seconds(120)

    // MARK: - Answers

    /// What daemons say of the batches that are at work.
    func answers(of contract: Contract) async throws -> [String: ContractRules.MergeAnswer] {
        var answers: [String: ContractRules.MergeAnswer] = [:]
        for (target, queue) in contract.queues {
            guard let batch = queue.batch else { continue }
            answers[target] = try await answer(to: batch, target, of: contract)
        }
        return answers
    }

    private func answer(to batch: MergeQueue.Batch, _ target: String, of contract: Contract) async throws
        -> ContractRules.MergeAnswer?
    {
        guard let command = try await store.command(id(of: batch, target, contract)) else { return nil }
        guard let text = command.answer else {
            let isGone = try await isGone(command.command.daemon)
            let other = isGone ? try await daemon(for: batch, contract) : nil
            let isLost = other != nil && other != command.command.daemon
            return command.isWithdrawn || isLost ? .lost(batch: batch.number) : nil
        }
        let answer = try Frame.decode(Array(text.utf8), as: ToServer.self)
        guard case .commandAnswer(let said) = answer else { return .lost(batch: batch.number) }
        if said.outcome == .done, let report = said.merge?.report { return .report(report, batch: batch.number) }
        let words = said.message ?? said.code?.spokenCode ?? "the daemon gave no reason"
        return .failed(words, batch: batch.number)
    }

    /// Whether a daemon was gone for too long.
    private func isGone(_ daemon: DaemonID) async throws -> Bool {
        guard let session = try await store.latestSession(of: daemon) else { return true }
        let now = surroundings.now()
        return now - max(session.end?.at ?? session.leaseUntil, session.startedAt) > Self.patience
    }

    // MARK: - Commands

    /// The same for the same try of the same batch.
    private func id(of batch: MergeQueue.Batch, _ target: String, _ contract: Contract) -> String {
        let branch = SHA256Digest(of: target).description.prefix(8)
        return "merge-\(contract.id)-\(branch)-\(batch.number)-\(batch.attempt)"
    }

    /// Tells daemons of batches that none was told of; whether one was.
    func begin(_ contract: Contract, _ view: ContractRules.View) async throws -> Bool {
        var hasBegun = false
        for (target, queue) in contract.queues.sorted(by: { $0.key < $1.key }) {
            guard let batch = queue.batch else { continue }
            let id = id(of: batch, target, contract)
            if try await store.command(id) != nil { continue }
            guard let daemon = try await daemon(for: batch, contract) else { continue }
            var message = MergeTasks(
                self.batch(batch, target, contract),
                command: id,
                lane: lane(target, contract)
            )
            (message.repoUrl, message.targetRepoPath) = (contract.place.url, contract.place.path)
            try await complete(&message, for: daemon, contract, view)
            let document = String(decoding: try Frame.encode(message), as: UTF8.self)
            _ = try await store.enqueue(NewCommand(id, to: daemon, document: document), at: surroundings.now())
            lines.ring(daemon)
            hasBegun = true
        }
        return hasBegun
    }

    private func lane(_ target: String, _ contract: Contract) -> String {
        String(SHA256Digest(of: "\(contract.place.address)\n\(target)").description.prefix(32))
    }

    /// A batch with everything that judges it.
    private func batch(_ batch: MergeQueue.Batch, _ target: String, _ contract: Contract) -> MergeBatch {
        MergeBatch(
            batch.entries,
            into: target,
            checks: batch.isVerification ? contract.phaseChecks : contract.checks
        )
    }

    /// Adds the confinement of the contract's tasks, their own checks, and work that the daemon has not.
    private func complete(
        _ message: inout MergeTasks,
        for daemon: DaemonID,
        _ contract: Contract,
        _ view: ContractRules.View
    ) async throws {
        if let text = try await store.template(of: contract.id) {
            let request = try APIText.decode(Array(text.utf8), as: ContractRequest.self)
            message.sandbox = request.template.spawn.sandbox
            message.checkTimeoutMilliseconds = request.template.spawn.timeouts?.checkMilliseconds
        }
        let known = Set(message.checks.map(\.command))
        for index in message.entries.indices {
            guard let task = TaskID(rawValue: message.entries[index].taskId) else { continue }
            if let text = try await store.document(of: task), let document = TaskDocument.read(text) {
                message.entries[index].checks = document.checks.filter { !known.contains($0.command) }
                    .map { check in
                        var check = check
                        check.name = "\(message.entries[index].taskName): \(check.name)".clipped(to: WireLimits.command)
                        return check
                    }
            }
            guard contract.place.path == nil, view.tasks[task]?.home != daemon else { continue }
            message.entries[index].patch = try await work(of: task)
        }
    }

    /// The work of a task that the server has, where it is small enough to be told.
    private func work(of task: TaskID) async throws -> WirePatch? {
        guard let entry = try await store.checkpoints(of: task).last(where: \.isStored), let blob = entry.blob,
            blob.size <= WireLimits.part,
            case .checkpoint(let report) = try Frame.decode(Array(entry.document.utf8), as: ToServer.self),
            var patch = report.patch
        else { return nil }
        patch.data = try await store.readBlob(blob.digest, of: task, at: 0, limit: blob.size)
        return patch
    }

    /// Who is to do it: who has most of the work, of those that are connected.
    private func daemon(for batch: MergeQueue.Batch, _ contract: Contract) async throws -> DaemonID? {
        let connected = try await store.connected(at: surroundings.now())
        var votes: [DaemonID: Int] = [:]
        for entry in batch.entries {
            if let home = try await store.task(entry.task)?.home { votes[home, default: 0] += 1 }
        }
        if votes.isEmpty {
            for id in contract.members.keys {
                if let home = try await store.task(id)?.home { votes[home, default: 0] += 1 }
            }
        }
        let able = connected.filter { votes[$0.id] != nil || $0.repositories.contains(contract.place.address) }
        // A path means something on the machines only where the work is.
        let fit = contract.place.path == nil || votes.isEmpty ? able : able.filter { votes[$0.id] != nil }
        return fit.max { (votes[$0.id] ?? 0, $1.id.rawValue) < (votes[$1.id] ?? 0, $0.id.rawValue) }?.id
            ?? (votes.isEmpty ? connected.first?.id : nil)
    }
}
