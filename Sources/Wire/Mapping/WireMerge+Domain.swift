package import Domain

extension MergeTasks {
    /// Makes the command that has a daemon merge `batch`; where the repository is, and work that the daemon lacks, is added by
    /// the caller.
    package init(_ batch: MergeBatch, command id: String, lane: String) {
        self.id = id
        self.lane = lane
        targetBranch = batch.target
        entries = batch.entries.map { entry in
            var wire = WireMergeEntry()
            wire.taskId = entry.task.rawValue
            wire.taskName = entry.name.asLabel
            wire.touches = entry.touches
            wire.checks = entry.checks.map(WireCheck.init)
            return wire
        }
        checks = batch.checks.map(WireCheck.init)
    }

    /// `nil` where a task's name is none: then it did not come from a message.
    package var batch: MergeBatch? {
        var all: [MergeEntry] = []
        for entry in entries {
            guard let task = TaskID(rawValue: entry.taskId) else { return nil }
            let checks = entry.checks.map(\.check)
            all.append(MergeEntry(task, name: entry.taskName, touches: entry.touches, checks: checks))
        }
        return MergeBatch(all, into: targetBranch, checks: checks.map(\.check))
    }
}

extension CommandAnswer {
    /// Takes the report of a merge, cut as far as is needed for the answer to fit into a frame.
    package mutating func take(_ report: MergeReport) {
        let texts = report.entries.count + 2 * report.receipts.count
        // What cannot fit is not tried.
        for limit in [64 << 10, 16 << 10, 4 << 10, 1 << 10, 256] where limit == 256 || limit * texts < WireLimits.frame
        {
            merge = WireMergeReport(report, limit: limit)
            // What else may be wrong with it no cutting mends: it is told when it is sent.
            guard case .frameTooLarge? = problem else { return }
        }
    }

    private var problem: WireError? {
        do throws(WireError) {
            _ = try Frame.encode(self)
            return nil
        } catch { return error }
    }
}

extension WireMergeReport {
    /// `limit` is how many bytes of each text, and of all paths of one task, are taken at most.
    init(_ report: MergeReport, limit: Int) {
        before = report.before?.rawValue
        after = report.after?.rawValue
        entries = report.entries.prefix(WireLimits.checks).map { WireMergeOutcome($0, limit: limit) }
        receipts = report.receipts.prefix(2 * WireLimits.checks).map { WireReceipt($0, limit: limit) }
        switch report.verdict {
        case .merged: verdict = "merged"
        case .unchanged: verdict = "unchanged"
        case .checksFailed(let targetFails):
            verdict = "checks_failed"
            self.targetFails = targetFails
        case .notEvaluated: verdict = "not_evaluated"
        case .obstructed(let obstacle):
            verdict = "obstructed"
            self.obstacle = obstacle.code
            paths = obstacle.paths.fitting(limit)
        }
    }

    /// `nil` for one of a later version.
    package var report: MergeReport? {
        let entries = entries.compactMap(\.report)
        let receipts = receipts.compactMap(\.receipt)
        guard let verdict = domainVerdict, entries.count == self.entries.count, receipts.count == self.receipts.count
        else { return nil }
        return MergeReport(
            verdict,
            before: before.flatMap(CommitID.init(rawValue:)),
            after: after.flatMap(CommitID.init(rawValue:)),
            entries: entries,
            receipts: receipts
        )
    }

    private var domainVerdict: MergeVerdict? {
        switch verdict {
        case "merged": .merged
        case "unchanged": .unchanged
        case "checks_failed": .checksFailed(targetFails: targetFails)
        case "not_evaluated": .notEvaluated
        case "obstructed": domainObstacle.map { .obstructed($0) }
        default: nil
        }
    }

    private var domainObstacle: MergeObstacle? {
        switch obstacle {
        case "conflict": .conflict(paths: paths)
        case "checkout_dirty": .checkoutDirty(paths: paths)
        case "checks_failed": .checksFailed(receipts.compactMap(\.receipt))
        case "filtered_checkout": .filtered(paths: paths)
        case "branch_moved": .branchMoved
        case "branch_missing": .branchMissing
        default: nil
        }
    }
}

extension WireMergeOutcome {
    init(_ report: MergeEntryReport, limit: Int) {
        taskId = report.task.rawValue
        switch report.outcome {
        case .fits(let commit):
            outcome = "fits"
            self.commit = commit.rawValue
        case .present: outcome = "present"
        case .conflict(let paths):
            outcome = "conflict"
            self.paths = paths.fitting(limit)
            rivals = report.rivals.prefix(MergeRival.most).map(WireMergeRival.init)
        case .outside(let paths):
            outcome = "outside"
            self.paths = paths.fitting(limit)
        case .missing: outcome = "missing"
        }
    }

    fileprivate var report: MergeEntryReport? {
        guard let task = TaskID(rawValue: taskId) else { return nil }
        return domainOutcome.map { MergeEntryReport(task, $0, rivals: rivals.compactMap(\.rival)) }
    }

    private var domainOutcome: MergeEntryOutcome? {
        switch outcome {
        case "fits": commit.flatMap(CommitID.init(rawValue:)).map { .fits($0) }
        case "present": .present
        case "conflict": .conflict(paths: paths)
        case "outside": .outside(paths: paths)
        case "missing": .missing
        default: nil
        }
    }
}

extension [String] {
    /// The first paths that together take no more than `limit` bytes; one at least.
    fileprivate func fitting(_ limit: Int) -> [String] {
        var left = limit
        var taken: [String] = []
        for path in self.prefix(WireLimits.list) {
            let cut = path.clipped(to: Swift.min(limit, WireLimits.path))
            left -= cut.utf8.count
            guard left >= 0 || taken.isEmpty else { break }
            taken.append(cut)
        }
        return taken
    }
}

extension WireMergeRival {
    package init(_ rival: MergeRival) {
        self.init()
        (commit, taskId) = (rival.commit.rawValue, rival.task?.rawValue)
    }

    fileprivate var rival: MergeRival? {
        CommitID(rawValue: commit).map { MergeRival($0, task: taskId.flatMap(TaskID.init(rawValue:))) }
    }
}
