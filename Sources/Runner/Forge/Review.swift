import Domain
import Journal
import LoopCore
import Workspaces

/// What follows when proven work is to be put to review: the push, the pull request, and what comes back.
struct Review: Sendable {
    let parts: RunParts
    let point: CheckpointPoint

    enum Outcome: Sendable {
        case ended(Reason)
        /// The agent goes on with what came back; the task is written down as running, with a loop that has not begun.
        case goesOn
    }

    /// Throws where the work cannot be brought out.
    func carryOut(_ task: inout TaskRecord, _ proof: Proof) async throws -> Outcome {
        let published = try await Publication(parts: parts, point: point).publish(&task, proof)
        let spec = task.spec.forge ?? ForgeSpec()
        guard let published, let review = published.review, spec.rounds > 0 else { return .ended(.completed(proof)) }
        let machine = try await begin(&task, spec)
        let watch = ReviewWatch(
            parts: parts,
            desk: review.desk,
            pullRequest: review.pullRequest,
            commit: published.commit,
            hasUnheard: hears(task)
        )
        switch await watch.watch(machine) {
        case .cameBack(let items):
            try await goOn(&task, with: items, spec)
            return .goesOn
        case .ended(let end):
            let reason = reason(for: end, proof, task)
            if let notice = ReviewNotice(end, review.pullRequest, limit: spec.rounds) {
                parts.observer.observe(.notice(.review(notice)))
            }
            // What is left of the time a resume stays on.
            if case .interrupted = reason { return .ended(reason) }
            task.wait = nil
            try await parts.store(&task, as: .running)
            return .ended(reason)
        }
    }

    /// Whether people have said something that its agent has not heard and may still be told.
    private func hears(_ task: TaskRecord) -> @Sendable () async -> Bool {
        let memory = LoopState.decode(task.loopMemory)?.memory ?? LoopMemory()
        let mayBegin = LoopMachine(rules: LoopRules(task.spec), memory: memory).mayBegin
        let (journal, id) = (parts.journal, task.id)
        return {
            guard mayBegin else { return false }
            // What cannot be read holds up nothing.
            return (try? await journal.hasUnheard(of: id)) ?? false
        }
    }

    /// Writes down that the task waits, so that whoever looks knows for what.
    private func begin(_ task: inout TaskRecord, _ spec: ForgeSpec) async throws -> ReviewMachine {
        var forge = task.forge ?? ForgeRecord(remote: "", branch: "")
        let since = forge.since ?? parts.surroundings.wallClock.now()
        forge.since = since
        task.forge = forge
        let wait = TaskWait(.review, from: since, until: since + spec.patience, attempt: forge.rounds + 1)
        task.wait = wait
        try await parts.store(&task, as: .waiting)
        parts.observer.observe(.waiting(wait))
        return ReviewMachine(spec, forge, deadline: wait.until)
    }

    private func goOn(_ task: inout TaskRecord, with items: [ReviewItem], _ spec: ForgeSpec) async throws {
        let kept = LoopState.decode(task.loopMemory)?.memory
        let memory =
            kept
            ?? LoopMemory(iterationsUsed: task.iterations, usage: task.usage, activeTime: task.activeTime)
        task.loopMemory = try LoopState.encode(
            LoopMachine(rules: LoopRules(task.spec), memory: memory.restored(for: .review))
        )
        task.forge?.rounds += 1
        task.forge?.told.formUnion(items.map(\.id))
        task.forge?.feedback = items
        task.wait = nil
        try await parts.store(&task, as: .running)
        let round = task.forge?.rounds ?? 1
        parts.observer.observe(.notice(.review(.cameBack(items: items.count, round: round, of: spec.rounds))))
    }

    private func reason(for end: ReviewEnd, _ proof: Proof, _ task: TaskRecord) -> Reason {
        switch end {
        case .merged, .closed, .green, .leftFailing, .roundsUsed, .patienceOver: .completed(proof)
        case .stopped: parts.control.stopReason ?? .interrupted(.person)
        case .refused(let failure):
            .blocked(.forge(ForgeObstacle(failure, remote: task.forge?.remote ?? "", branch: task.forge?.branch)))
        }
    }
}
