import Domain
import Runner

/// The facts of one iteration and what followed from them, for `makima why --iteration`.
struct IterationAccount {
    let dossier: TaskDossier
    let number: Int

    /// Every try of the iteration, in order.
    private var records: [IterationRecord] { dossier.iterations.filter { $0.number == number } }

    var lines: [StyledLine] {
        records.flatMap { record in
            [StyledLine(title(of: record), .strong)]
                + facts(of: record).map { StyledLine("  \($0)") }
                + [StyledLine("  The rule: ", .accent) + StyledLine(rule(of: record))]
                + [StyledLine("  What followed: ", .accent) + StyledLine(consequence(of: record)), ""]
        }
        .dropLast()
    }

    var json: JSONValue {
        .list(
            records.map { record in
                .fields([
                    ("iteration", record.json),
                    ("progress", record.outcome.map { .flag(isNew($0.checkpoint)) } ?? .null),
                    ("rule", .text(rule(of: record))), ("consequence", .text(consequence(of: record))),
                ])
            }
        )
    }

    private func title(of record: IterationRecord) -> String {
        let again = record.attempt > 1 ? ", try \(record.attempt)" : ""
        return "Iteration \(record.number)\(again), in run \(record.run)"
    }

    private func facts(of record: IterationRecord) -> [String] {
        guard let outcome = record.outcome else { return ["it has not ended"] }
        let name = outcome.performer.map { " '\($0.name)'" } ?? ""
        var facts = ["the agent\(name): \(outcome.endWords)"]
        facts.append(outcome.counted ? "it used up an iteration" : "it used up no iteration")
        facts.append("its gate: \(outcome.gateWords)")
        if let hits = outcome.limitHits { facts.append("its limits: \(hits.clause)") }
        facts += (outcome.notes ?? []).map { "it noted: \($0.firstLine(upTo: 300))" }
        if let kept = outcome.checkpoint {
            facts.append("its files: checkpoint \(kept.number), \(kept.change.words), \(progress(of: kept))")
        } else {
            facts.append("its files: not kept as a checkpoint")
        }
        facts += outcome.receipts.map { "the check '\($0.check.title)': \($0.words)" }
        if outcome.receipts.isEmpty, !dossier.task.spec.checks.isEmpty { facts.append("the checks: not run") }
        return facts
    }

    private func progress(of kept: Checkpoint) -> String {
        isNew(kept) ? "a state that the task never had" : "a state that the task had before"
    }

    private func isNew(_ kept: Checkpoint?) -> Bool {
        guard let kept else { return false }
        let known = Set(dossier.checkpoints.filter { $0.number < kept.number }.map(\.tree))
        return !known.contains(kept.tree)
    }

    private func rule(of record: IterationRecord) -> String {
        guard let outcome = record.outcome else { return "What runs is not judged." }
        if outcome.ownerDied { return InterruptCause.ownerDied.rule }
        guard outcome.agent.end == .ok, !outcome.gate.isReady else { return outcome.agent.end.rule }
        return "Only a gate that says ready, without blockers, has the work judged; anything else lets the loop go on."
    }

    /// What the journal has next.
    private func consequence(of record: IterationRecord) -> String {
        let all = dossier.iterations
        guard let index = all.firstIndex(where: { $0.number == record.number && $0.attempt == record.attempt }) else {
            return "nothing yet"
        }
        if all.indices.contains(index + 1) {
            let next = all[index + 1]
            if next.run > record.run { return "run \(record.run) stopped, and run \(next.run) went on" }
            return next.number == record.number
                ? "the same iteration was tried again" : "iteration \(next.number) began"
        }
        guard let reason = dossier.task.reason else {
            return "nothing yet: the task is \(dossier.task.status.rawValue)"
        }
        return "the task stopped: \(reason.explanation(task: dossier.call).sentence)"
    }
}
