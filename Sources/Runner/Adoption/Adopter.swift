import Domain
import Glibc
import Journal
import LoopCore
import Processes

/// Finds what of an iteration can be gone on with whose owner died, and takes a living agent over.
struct Adopter: Sendable {
    let parts: ServiceParts

    /// The right to a task, and its agent where that still works.
    struct Taken: Sendable {
        let lock: OwnerLock
        let adoption: Adoption
    }

    /// Takes over the agent of a task whose owner is gone; `nil` where nothing of it works that could be.
    func take(_ id: TaskID) async throws -> Taken? {
        guard let task = try await parts.journal.task(id),
            let (open, handover, isEnding) = try await orphan(of: task)
        else { return nil }
        let terms = Supervisor.AdoptionTerms(
            isConfining: task.spec.sandbox.mode != .off,
            timeLeft: task.spec.timeouts.iteration
        )
        guard let adopted = try await parts.supervisor.adopt(spool(of: open, task), terms) else { return nil }
        let path = parts.state.task(id).ownerLock
        guard let lock = try adopted.heldDescriptor.map({ try OwnerLock.adopt($0, path) }) else {
            // It does not hold the task: nobody may say that he does.
            adopted.process.kill()
            _ = try await adopted.process.exit()
            return nil
        }
        var adoption = Adoption(record: open, handover: handover, agent: .working(adopted.process))
        adoption.isEnding = isEnding
        return Taken(lock: lock, adoption: adoption)
    }

    /// Whether the agent of a task whose owner is gone may work still, such that others can go on with it.
    func isAtWork(_ task: TaskRecord) async throws -> Bool { try await orphan(of: task) != nil }

    /// What of the task's open iteration came to its own end, though nobody looked on; `nil` where there is no such thing.
    func ended(_ task: TaskRecord) async throws -> Adoption? {
        guard let (open, handover, isEnding) = try await orphan(of: task), !isEnding else { return nil }
        // A record that cannot be read tells of no end.
        guard case .ended(let record)? = try? spool(of: open, task).state() else { return nil }
        if !record.isOwnEnd {
            guard record.cause == .ownerLost, try await Recovery(parts: parts).hadFinished(open, of: task) else {
                return nil
            }
        }
        return Adoption(record: open, handover: handover, agent: .ended(record))
    }

    /// The iteration that the task's owner left open, where its agent was started such that others can go on with it, and where
    /// no person has set the files back since; and whether the agent was being ended.
    private func orphan(of task: TaskRecord) async throws -> (IterationRecord, Handover, isEnding: Bool)? {
        guard let (number, isEnding) = LoopState.decode(task.loopMemory)?.iterationAtWork,
            let open = try await parts.journal.iterations(of: task.id).last(where: { $0.endedAt == nil }),
            open.number == number, open.run == task.runs,
            let handover = Handover.read(from: spool(of: open, task).directory)
        else { return nil }
        let isSetBack = try await parts.journal.checkpoints(of: task.id)
            .contains { $0.cause == .restored && $0.takenAt > open.startedAt }
        return isSetBack ? nil : (open, handover, isEnding)
    }

    private func spool(of open: IterationRecord, _ task: TaskRecord) -> Spool {
        Spool(parts.state.task(task.id).iteration(open.number, attempt: open.attempt, run: open.run))
    }
}

extension LoopMachine {
    /// The iteration whose agent works, and whether that was asked to end.
    fileprivate var iterationAtWork: (number: Int, isEnding: Bool)? {
        switch state {
        case .iterating(let number): (number, false)
        case .stopping(_, .iteration(let number)): (number, true)
        case .ready, .checking, .waiting, .stopping(_, .checks), .stopped: nil
        }
    }
}

extension ExitRecord {
    /// Whether nothing that has to do with the death of its makima ended the program.
    fileprivate var isOwnEnd: Bool {
        switch cause {
        case .exited, .deadline: true
        case .interrupted, .killed, .ownerLost, .lost: false
        }
    }
}
