package import Domain

/// The work that is to go into one branch, one batch at a time.
///
/// A value: it is told what waits and what became of a batch, and says which batch is next. A batch whose combined tree
/// fails its checks is halved until the work that makes it fail is found; everything else is merged. Halving ends, so
/// everything that is added is merged, returned to its owner, or waits behind a ``MergeHalt``.
///
/// Of works that are in conflict one owner at a time is asked to mend that, and the others are held: what the next one had
/// mended would be in conflict again as soon as the first is merged, and each try costs an agent's iteration.
package struct MergeQueue: Hashable, Sendable, Codable {
    /// Without `refs/heads/`.
    package let target: String
    /// In this order.
    package private(set) var waiting: [MergeEntry] = []
    /// Parts of batches that failed, tried before what waits.
    package private(set) var parts: [[MergeEntry]] = []
    /// Whose work is in conflict and back at its owner.
    package private(set) var mending: TaskID?
    /// In conflict as well, until that one is merged or given up.
    package private(set) var held: [MergeEntry] = []
    /// What no daemon can get at, behind all the rest; `nil` where there is none.
    package private(set) var aside: [Aside]?
    /// At work, one at a time.
    package private(set) var batch: Batch?
    /// Why nothing more is begun, until a person lets it go on.
    package private(set) var halt: MergeHalt?
    /// Batches that were begun.
    package private(set) var count = 0
    /// Somebody wants to know whether the branch as it is passes.
    package private(set) var isToBeVerified = false

    /// What is being merged, or, without entries, checked.
    package struct Batch: Hashable, Sendable, Codable {
        /// From 1 within the queue.
        package var number: Int
        package var entries: [MergeEntry]
        /// Counted up where a batch had to be given to another daemon.
        package var attempt = 1
        /// No daemon does it; `nil` where one does, or is being looked for.
        package var wait: Wait?

        package var isVerification: Bool { entries.isEmpty }
    }

    /// That no daemon carries out a batch.
    package struct Wait: Hashable, Sendable, Codable {
        package var cause: MergeWait
        package var since: Timestamp
        /// It lasts: people are told.
        package var isTold = false

        package init(_ cause: MergeWait, since time: Timestamp) { (self.cause, self.since) = (cause, time) }
    }

    /// Work of which is known that no daemon carries it out.
    package struct Aside: Hashable, Sendable, Codable {
        package var entries: [MergeEntry]
        package var wait: Wait
    }

    package init(target: String) {
        self.target = target
    }

    /// Whether the work of a task is in it.
    package func has(_ task: TaskID) -> Bool {
        (waiting + held + parts.flatMap(\.self) + setAside + (batch?.entries ?? [])).contains { $0.task == task }
    }

    package var setAside: [MergeEntry] { (aside ?? []).flatMap(\.entries) }

    package var isIdle: Bool { isEmpty && held.isEmpty }

    /// Whether all that is in it waits for one owner.
    var isOnlyHeld: Bool { isEmpty && !held.isEmpty }

    private var isEmpty: Bool {
        waiting.isEmpty && parts.isEmpty && aside == nil && batch == nil && !isToBeVerified
    }

    /// Whether a batch is at work, or will be by itself.
    package var goesOn: Bool {
        if let batch { return batch.wait?.isTold != true }
        return halt == nil && (!waiting.isEmpty || !parts.isEmpty || isToBeVerified)
    }

    package mutating func add(_ entry: MergeEntry) {
        guard !has(entry.task) else { return }
        // The others wait for it.
        waiting.insert(entry, at: entry.task == mending ? 0 : waiting.count)
    }

    /// The owner of what is in conflict does not mend it: the next one is asked.
    package mutating func giveUp(_ task: TaskID) {
        guard mending == task else { return }
        mending = nil
        waiting = held + waiting
        held = []
    }

    /// Takes the work of a task back that no daemon is merging; returns whether it is out.
    package mutating func remove(_ task: TaskID) -> Bool {
        waiting.removeAll { $0.task == task }
        held.removeAll { $0.task == task }
        giveUp(task)
        parts = parts.map { $0.filter { $0.task != task } }.filter { !$0.isEmpty }
        let left = (aside ?? []).filter { !$0.entries.contains { $0.task == task } }
        aside = left.isEmpty ? nil : left
        if let batch, batch.wait != nil, batch.entries.contains(where: { $0.task == task }) {
            // The rest is another batch: no answer to this one is one to that.
            let rest = batch.entries.filter { $0.task != task }
            self.batch = nil
            if !rest.isEmpty { parts.insert(rest, at: 0) }
        }
        return !has(task)
    }

    /// Wants to know, once everything that waits is merged, whether the branch passes.
    package mutating func verify() { isToBeVerified = true }

    /// Wants to know it no more: it is not the last of what is to come.
    package mutating func forgetVerification() {
        isToBeVerified = false
        if batch?.isVerification == true { batch = nil }
    }

    /// Lets it go on after a halt.
    package mutating func goOn() { halt = nil }

    /// Begins the next batch of `limit` entries at most; `nil` where one is at work, nothing is to be done, or it is halted.
    package mutating func begin(limit: Int) -> Batch? {
        guard batch == nil, halt == nil else { return nil }
        if !parts.isEmpty {
            batch = Batch(number: count + 1, entries: parts.removeFirst())
        } else if !waiting.isEmpty {
            batch = Batch(number: count + 1, entries: Array(waiting.prefix(max(1, limit))))
            waiting.removeFirst(min(waiting.count, max(1, limit)))
        } else if let next = aside?.first {
            batch = Batch(number: count + 1, entries: next.entries, wait: next.wait)
            let left = (aside ?? []).dropFirst()
            aside = left.isEmpty ? nil : Array(left)
        } else if isToBeVerified {
            batch = Batch(number: count + 1, entries: [])
        } else {
            return nil
        }
        count += 1
        return batch
    }

    /// The batch at work is tried once more, as by another daemon.
    package mutating func tryAgain() { batch?.attempt += 1 }

    /// So long nobody is told that no daemon carries out a batch: one that comes back soon changes nothing.
    static let patience = Duration.seconds(30)

    /// Notes why no daemon carries out the batch; `nil` is that one does.
    package mutating func note(_ cause: MergeWait?, at time: Timestamp) {
        guard let cause else {
            batch?.wait = nil
            return
        }
        // Another cause does not begin the wait anew.
        var wait = batch?.wait ?? Wait(cause, since: time)
        wait.cause = cause
        wait.isTold = wait.isTold || time - wait.since >= Self.patience
        batch?.wait = wait
        if wait.isTold, cause.isOfWork { stepAside(at: time) }
    }

    /// Lets the others go first where a batch waits for the work of one; of several such each is looked at in turn.
    private mutating func stepAside(at time: Timestamp) {
        guard let batch, let wait = batch.wait else { return }
        let rest = batch.entries.filter { !wait.cause.isOf($0.task) }
        let entries = batch.entries.filter { wait.cause.isOf($0.task) }
        let areHeld = !held.isEmpty && entries.contains { $0.task == mending }
        let areOthers = !rest.isEmpty || !parts.isEmpty || !waiting.isEmpty || areHeld
        guard areOthers || aside != nil && time - wait.since >= Self.patience else { return }
        self.batch = nil
        if !rest.isEmpty { parts.insert(rest, at: 0) }
        guard !entries.isEmpty else { return }
        aside = ((aside ?? []) + [Aside(entries: entries, wait: wait)])
            .map { one in
                var one = one
                one.wait.since = time
                return one
            }
        for entry in entries { giveUp(entry.task) }
    }

    /// What no daemon can do together is done one after the other.
    package mutating func divide() {
        guard let batch, batch.entries.count > 1 else { return }
        self.batch = nil
        parts = batch.entries.map { [$0] } + parts
    }

    /// The batch at work could not be carried out: nothing is said about the work.
    package mutating func fail(_ message: String) { stand(.failed(message: message)) }

    /// Takes what became of the batch with that number; nothing where that is not at work.
    package mutating func settle(_ report: MergeReport, of number: Int) -> [MergeSettlement] {
        guard let batch, batch.number == number else { return [] }
        switch report.verdict {
        case .merged, .unchanged:
            self.batch = nil
            guard !batch.isVerification else {
                isToBeVerified = false
                return [.verified(passed: true, report.receipts)]
            }
            return land(report, of: batch)
        case .checksFailed(let targetFails):
            if batch.isVerification {
                self.batch = nil
                isToBeVerified = false
                return [.verified(passed: false, report.receipts)]
            }
            guard targetFails else { return divide(report, of: batch) }
            return [stand(.targetFails(report.failing))]
        case .notEvaluated: return [stand(.notEvaluated(report.failing))]
        case .obstructed(let obstacle): return [stand(.obstructed(obstacle))]
        }
    }

    /// Puts the batch back to where it came from: nobody is to carry it out.
    package mutating func putBack() {
        if let batch, !batch.isVerification { parts.insert(batch.entries, at: 0) }
        batch = nil
    }

    /// Puts the batch back, and waits for a person.
    @discardableResult
    private mutating func stand(_ halt: MergeHalt) -> MergeSettlement {
        putBack()
        self.halt = halt
        return .halted(halt)
    }

    private mutating func land(_ report: MergeReport, of batch: Batch) -> [MergeSettlement] {
        let settlements = batch.entries.compactMap { entry -> MergeSettlement? in
            switch report.outcome(of: entry.task) {
            case .fits(let commit): .merged(entry.task, commit)
            case .present: .merged(entry.task, nil)
            case .conflict(let paths): giveBack(entry, .conflict(paths: paths, onto: report.after))
            case .outside(let paths): .returned(entry.task, .outside(paths: paths))
            case .missing, nil: .returned(entry.task, .missing)
            }
        }
        for case .merged(let task, _) in settlements { giveUp(task) }
        return settlements
    }

    /// Returns work that is in conflict to its owner, or holds it while another one is mended.
    private mutating func giveBack(_ entry: MergeEntry, _ cause: ReturnCause) -> MergeSettlement? {
        guard mending == nil || mending == entry.task else {
            held.append(entry)
            return nil
        }
        mending = entry.task
        return .returned(entry.task, cause)
    }

    /// The combined tree fails: half of what fits is tried alone, then the other half.
    private mutating func divide(_ report: MergeReport, of batch: Batch) -> [MergeSettlement] {
        var settlements: [MergeSettlement] = []
        var (fitting, later): ([MergeEntry], [MergeEntry]) = ([], [])
        for entry in batch.entries {
            switch report.outcome(of: entry.task) {
            case .fits: fitting.append(entry)
            case .present:
                settlements.append(.merged(entry.task, nil))
                giveUp(entry.task)
            case .outside(let paths): settlements.append(.returned(entry.task, .outside(paths: paths)))
            case .missing, nil: settlements.append(.returned(entry.task, .missing))
            // What it is in conflict with may never get into the branch.
            case .conflict where !fitting.isEmpty: later.append(entry)
            case .conflict(let paths):
                giveBack(entry, .conflict(paths: paths, onto: report.before)).map { settlements.append($0) }
            }
        }
        self.batch = nil
        if fitting.count == 1 {
            let failed = report.receipts.filter { !$0.verdict.isPassed }
            settlements.append(.returned(fitting[0].task, .checksFailed(failed, onto: report.before)))
            fitting = []
        }
        let half = (fitting.count + 1) / 2
        parts = [Array(fitting.prefix(half)), Array(fitting.dropFirst(half)), later].filter { !$0.isEmpty } + parts
        return settlements
    }
}

/// What became of work in a queue.
package enum MergeSettlement: Hashable, Sendable {
    /// It is in the branch; without a commit where it was there before.
    case merged(TaskID, CommitID?)
    /// It is not, and its owner has to do something.
    case returned(TaskID, ReturnCause)
    /// The branch as it is.
    case verified(passed: Bool, [CheckReceipt])
    case halted(MergeHalt)
}

/// Why work goes back to its owner.
package enum ReturnCause: Hashable, Sendable, Codable {
    /// The branch has changed the same places; `onto` is its tip.
    case conflict(paths: [String], onto: CommitID?)
    /// On top of the branch these checks do not pass.
    case checksFailed([CheckReceipt], onto: CommitID?)
    /// It changes what the task must not touch.
    case outside(paths: [String])
    /// The daemon has no work of the task.
    case missing

    package var code: String {
        switch self {
        case .conflict: "conflict"
        case .checksFailed: "checks_failed"
        case .outside: "outside"
        case .missing: "missing"
        }
    }
}

/// Why a queue does not go on, though no work in it is to blame.
package enum MergeHalt: Hashable, Sendable, Codable {
    /// The branch fails these checks already without the work.
    case targetFails([String])
    /// These checks could not be evaluated.
    case notEvaluated([String])
    case obstructed(MergeObstacle)
    /// The daemon could not do it.
    case failed(message: String)

    package var code: String {
        switch self {
        case .targetFails: "target_fails"
        case .notEvaluated: "not_evaluated"
        case .obstructed(let obstacle): obstacle.code
        case .failed: "failed"
        }
    }
}

extension MergeReport {
    func outcome(of task: TaskID) -> MergeEntryOutcome? { entries.first { $0.task == task }?.outcome }

    /// The names of the checks without a pass, each once: of the combined tree, and of the branch alone.
    var failing: [String] { receipts.failing }
}

extension [CheckReceipt] {
    /// The names of those that did not pass, each once.
    var failing: [String] {
        var seen: Set<String> = []
        return filter { !$0.verdict.isPassed && seen.insert($0.check.name).inserted }.map(\.check.name)
    }
}
