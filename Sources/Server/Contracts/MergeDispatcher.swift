import Domain
import Fleet
import Logging
import Store
import Synchronization
import Wire

/// Has daemons carry out batches of merge queues.
struct MergeDispatcher: Sendable {
    let store: any TaskStore
    let lines: DaemonLines
    let surroundings: Surroundings
    private let unsent = UnsentMerges()

    init(store: any TaskStore, lines: DaemonLines, surroundings: Surroundings) {
        self.store = store
        self.lines = lines
        self.surroundings = surroundings
    }

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
            let daemons = try await daemons(for: batch, contract)
            guard !daemons.isEmpty else { continue }
            var message = MergeTasks(
                self.batch(batch, target, contract),
                command: id,
                lane: lane(target, contract)
            )
            (message.repoUrl, message.targetRepoPath) = (contract.place.url, contract.place.path)
            guard let (daemon, document) = try await command(message, for: daemons, contract, view) else {
                // What else the contract wants goes on; a daemon that has the work itself may come back.
                if unsent.isNew(id) {
                    surroundings.logger.warning("The merge '\(id)' is too large for every daemon that is connected.")
                }
                continue
            }
            _ = try await store.enqueue(NewCommand(id, to: daemon, document: document), at: surroundings.now())
            lines.ring(daemon)
            hasBegun = true
        }
        return hasBegun
    }

    /// The command to the first of the daemons that can be sent all of the work that it has not: what was left out would
    /// come back to its agent as missing.
    private func command(
        _ message: MergeTasks,
        for daemons: [DaemonID],
        _ contract: Contract,
        _ view: ContractRules.View
    ) async throws -> (DaemonID, String)? {
        for daemon in daemons {
            var message = message
            guard try await complete(&message, for: daemon, contract, view) else { continue }
            do throws(WireError) {
                return (daemon, String(decoding: try Frame.encode(message), as: UTF8.self))
            } catch {
                surroundings.logger.debug("The merge '\(message.id)' cannot be sent to '\(daemon)': \(error)")
            }
        }
        return nil
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

    /// Adds the confinement of the contract's tasks, their own checks, and work that the daemon has not; whether all of that
    /// can be sent.
    private func complete(
        _ message: inout MergeTasks,
        for daemon: DaemonID,
        _ contract: Contract,
        _ view: ContractRules.View
    ) async throws -> Bool {
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
            switch try await work(of: task) {
            case .none: break
            case .patch(let patch): message.entries[index].patch = patch
            case .tooLarge: return false
            }
        }
        return true
    }

    private enum StoredWork {
        case none
        case patch(WirePatch)
        case tooLarge
    }

    /// The work of a task, as far as the server has it.
    private func work(of task: TaskID) async throws -> StoredWork {
        guard let entry = try await store.checkpoints(of: task).last(where: \.isStored), let blob = entry.blob,
            case .checkpoint(let report) = try Frame.decode(Array(entry.document.utf8), as: ToServer.self),
            var patch = report.patch
        else { return .none }
        guard blob.size <= WireLimits.part else { return .tooLarge }
        patch.data = try await store.readBlob(blob.digest, of: task, at: 0, limit: blob.size)
        return .patch(patch)
    }

    private func daemon(for batch: MergeQueue.Batch, _ contract: Contract) async throws -> DaemonID? {
        try await daemons(for: batch, contract).first
    }

    /// Who may do it, of those that are connected: who has most of the work comes first.
    private func daemons(for batch: MergeQueue.Batch, _ contract: Contract) async throws -> [DaemonID] {
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
        guard !fit.isEmpty else { return votes.isEmpty ? connected.prefix(1).map(\.id) : [] }
        return fit.map(\.id).sorted { (votes[$0] ?? 0, $1.rawValue) > (votes[$1] ?? 0, $0.rawValue) }
    }
}

/// Merges of which it was said that nobody can be sent them.
private final class UnsentMerges: Sendable {
    private let ids = Mutex<Set<String>>([])

    /// Whether it was not said yet.
    func isNew(_ id: String) -> Bool { ids.withLock { $0.insert(id).inserted } }
}
