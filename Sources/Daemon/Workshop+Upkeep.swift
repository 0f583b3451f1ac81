import Domain
import Journal
import Runner
import Wire

/// Lets go of what is remembered of tasks that are over.
extension Workshop {
    /// Tidies up, now and from time to time, until the daemon ends.
    func keepTidy() async {
        repeat { await tidyUp() } while await clock.sleep(for: Self.interval)
    }

    private static let interval = Duration.seconds(3600)
    /// A merge whose work came before that does not come any more: one that does lacks it, and is sent again with all of it.
    private static let mergePatience = Duration.seconds(86_400)

    private func tidyUp() async {
        do {
            try await dropParcelsOfMerges()
            for held in try await parts.journal.settledTasks() where !isLeaving { try await tidyUp(held) }
        } catch {
            // It is looked at again, and in nobody's way.
            parts.tell(.upkeepFailed("What is over could not be tidied up: \(error)"))
        }
    }

    private func dropParcelsOfMerges() async throws {
        let open = Set(try await parts.journal.unansweredLanes())
        parcels.dropMerges(before: now + (.zero - Self.mergePatience)) { open.contains(ToDaemon.lane(ofMerges: $0)) }
    }

    private func tidyUp(_ held: HeldTask) async throws {
        do {
            guard let task = try await parts.service.journal.task(held.task) else {
                // Discarded on this machine; whatever begins it anew is an attempt that is held.
                guard try await parts.journal.held(held.task)?.isHeld == false else { return }
                parcels.drop(held.task, upTo: held.attempt)
                return try await parts.journal.forget(held.task)
            }
            guard held.phase == .closed, now - task.updatedAt > parts.settings.memory else { return }
            try await parts.journal.thin(held)
        } catch JournalError.damagedRow {
            // It stays for whoever mends it.
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Others are not kept from it.
            parts.tell(.upkeepFailed("\(error)"))
        }
    }

    /// Remembers again what a task has told that was over for long, so that nothing of it is told twice.
    func remember(_ held: HeldTask) async throws {
        guard try await parts.journal.progress(of: held.task).derived.contains(DaemonJournal.thinned) else { return }
        let reader = TaskReader(journal: parts.service.journal, state: parts.service.state)
        guard case .facts(var facts) = try await reader.facts(of: held) else { throw Refusal.unknownTask }
        var progress = GatherProgress()
        progress.derived = Set(GatherPlan.everything(in: facts))
        var isMeasured = false
        while !isMeasured {
            do throws(UnreadableOutput) {
                try reader.measure(&facts, after: progress)
                isMeasured = true
            } catch {
                progress.derived.insert(GatherPlan.key(ofUnreadable: error.source))
            }
        }
        for (source, size) in facts.sizes { progress.taken[source.name] = size }
        try await parts.journal.restore(progress, of: held.task)
    }
}
