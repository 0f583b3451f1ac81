package import Domain

/// Opens when counted iterations stop producing evidence of progress.
///
/// Progress is a tree that the task never had before, or a commit of such a tree, or a set of failing checks that
/// shrank to one it never was before; of an agent that leads other tasks also a call that had an effect. So there is only so much progress to be had: going round in circles, empty
/// commits and checks that fail now and then are none.
package struct CircuitBreaker: Hashable, Sendable, Codable {
    /// What one counted iteration shows.
    package struct Evidence: Hashable, Sendable {
        package var tree: TreeID?
        package var headTree: TreeID?
        /// `nil` where they were not run.
        package var checks: ChecksReport?
        /// Of the error it ended with; `nil` where there was none.
        package var signature: String?
        package var lacksPerson: MissingPerson?
        /// It has led other tasks: that is its work, though no file changes.
        package var hasLed = false
        /// What the agent named that keeps it from going on.
        package var blockers: [String] = []

        package init(
            tree: TreeID?,
            headTree: TreeID? = nil,
            checks: ChecksReport? = nil,
            signature: String? = nil,
            lacksPerson: MissingPerson? = nil
        ) {
            self.tree = tree
            self.headTree = headTree
            self.checks = checks
            self.signature = signature
            self.lacksPerson = lacksPerson
        }
    }

    /// What a person would have been needed for.
    package enum MissingPerson: String, Hashable, Sendable, Codable {
        case question
        case permission

        /// How many in a row without progress are tried before a person is called.
        var patience: Int {
            switch self {
            case .question: 3
            case .permission: 2
            }
        }
    }

    /// How often the checks may prove impossible to evaluate.
    package static let notEvaluableThreshold = 3

    private var seenTrees: Set<TreeID> = []
    private var seenHeadTrees: Set<TreeID> = []
    private var seenFailures: Set<Set<String>> = []
    /// The failing checks when they were last run to verdicts.
    private var failures: Set<String>?
    /// The trees of counted iterations since the breaker was closed, in order.
    private var history: [TreeID] = []
    private var idle = 0
    private var signature: String?
    private var sameErrors = 0
    private var notEvaluable = 0
    private var missingPersons = 0
    /// Why it opened, while one more iteration is to show whether another way helps; `nil` at all other times.
    private var trial: StallCause?

    package init() {}

    /// Whether the agent has lacked a person so often that one has to come.
    package func needsPerson(for lack: MissingPerson) -> Bool {
        missingPersons >= lack.patience
    }

    /// Takes note of files that are not the work of a counted iteration, so that they are nobody's progress.
    package mutating func noteSeen(tree: TreeID?, headTree: TreeID?) {
        if let tree { seenTrees.insert(tree) }
        if let headTree { seenHeadTrees.insert(headTree) }
    }

    /// Starts all counts anew.
    ///
    /// What the task has had before stays known.
    package mutating func close() {
        history = []
        idle = 0
        signature = nil
        sameErrors = 0
        notEvaluable = 0
        missingPersons = 0
        trial = nil
    }

    /// Leaves it half open: without progress in the next iteration it opens again, for `cause` if for nothing else.
    package mutating func tryAgain(after cause: StallCause) {
        trial = cause
    }

    /// Takes note of a counted iteration; returns why the breaker opens, if it does.
    ///
    /// An error that repeats says more than files that repeat, and those say more than files that rest.
    package mutating func record(_ evidence: Evidence, limits: LoopLimits) -> StallCause? {
        let progressed = noteProgress(evidence)
        missingPersons = evidence.lacksPerson == nil || progressed ? 0 : missingPersons + 1
        let unevaluated = noteUnevaluated(evidence.checks)
        if !evidence.isNobodysFault {
            // Progress in another way begins the count anew: the error has had another cause to come from.
            if trial != nil, progressed { signature = nil }
            noteSignature(evidence.signature)
            if let tree = evidence.tree { history.append(tree) }
        }
        if progressed {
            idle = 0
        } else if !evidence.isNobodysFault {
            idle += 1
        }
        defer { trial = nil }
        return sameError(limits, evidence) ?? unevaluated ?? oscillation() ?? noChange(limits, evidence)
            ?? (progressed ? nil : trial)
    }

    private mutating func noteProgress(_ evidence: Evidence) -> Bool {
        let isNewTree = evidence.tree.map { seenTrees.insert($0).inserted } ?? false
        let isNewCommit = evidence.headTree.map { seenHeadTrees.insert($0).inserted } ?? false
        noteSeen(tree: evidence.checks?.treeAfterChecks, headTree: nil)
        let shrank = evidence.checks.map { noteFailures($0) } ?? false
        return isNewTree || isNewCommit || shrank || evidence.hasLed
    }

    private mutating func noteFailures(_ checks: ChecksReport) -> Bool {
        guard checks.firstUnevaluated == nil else { return false }
        let before = failures
        let now = checks.failing
        failures = now
        let isNew = seenFailures.insert(now).inserted
        return isNew && before.map { now.isStrictSubset(of: $0) } ?? false
    }

    private mutating func noteUnevaluated(_ checks: ChecksReport?) -> StallCause? {
        guard let checks else { return nil }
        guard let (check, cause) = checks.firstUnevaluated else {
            notEvaluable = 0
            return nil
        }
        notEvaluable += 1
        guard notEvaluable >= Self.notEvaluableThreshold else { return nil }
        return .checksNotEvaluable(check: check, cause: cause, times: notEvaluable)
    }

    private mutating func noteSignature(_ now: String?) {
        sameErrors = now == nil ? 0 : now == signature ? sameErrors + 1 : 1
        signature = now
    }

    private func sameError(_ limits: LoopLimits, _ evidence: Evidence) -> StallCause? {
        guard let signature, sameErrors >= limits.sameErrorThreshold else { return nil }
        return .sameError(signature: signature, iterations: sameErrors, blockers: evidence.namedBlockers)
    }

    /// The trees of the last two rounds are the same, and the second one brought nothing new.
    private func oscillation() -> StallCause? {
        let longest = min(history.count / 2, idle)
        guard longest >= 2 else { return nil }
        for period in 2...longest {
            let second = history.suffix(period)
            let first = history.dropLast(period).suffix(period)
            if first.elementsEqual(second), Set(second).count > 1 { return .oscillation(period: period) }
        }
        return nil
    }

    private func noChange(_ limits: LoopLimits, _ evidence: Evidence) -> StallCause? {
        idle >= limits.noChangeThreshold ? .noChange(iterations: idle, blockers: evidence.namedBlockers) : nil
    }
}

extension CircuitBreaker.Evidence {
    /// Without progress it is held against nobody: a person was missing, or the checks gave no verdict.
    fileprivate var isNobodysFault: Bool {
        lacksPerson != nil || checks.map { $0.firstUnevaluated != nil && $0.failing.isEmpty } ?? false
    }

    fileprivate var namedBlockers: [String]? { blockers.isEmpty ? nil : blockers }
}

extension ChecksReport {
    /// The names of the checks that failed.
    var failing: Set<String> {
        Set(
            receipts.compactMap { receipt in
                guard case .failed = receipt.verdict else { return nil }
                return receipt.check.name
            }
        )
    }

    /// The first check without a verdict, and why.
    var firstUnevaluated: (check: CheckDefinition, cause: NotEvaluatedCause)? {
        for receipt in receipts {
            if case .notEvaluated(let cause) = receipt.verdict { return (receipt.check, cause) }
        }
        return nil
    }
}
