import Domain

extension LoopMachine {
    mutating func handleChecking(_ event: Event, report: IterationReport) -> [Effect] {
        switch event {
        case .checksEnded(let checks):
            guard checks.number == report.number else { return [] }
            return judge(checks, of: report)
        case .stopRequested:
            state = .stopping(.interrupted(.person), .checks(report))
            return [.interruptChecks]
        case .pauseRequested:
            state = .stopping(.paused, .checks(report))
            return [.interruptChecks]
        case .blocked(let cause):
            count(report, evidence: evidence(of: report))
            // What keeps the checks from running says nothing about the work.
            memory.owedVerdict = report
            return stop(.blocked(cause))
        case .failed(let cause):
            count(report, evidence: evidence(of: report))
            return stop(.failed(cause))
        case .start, .iterationEnded, .waitElapsed, .heldBack, .agentChosen:
            return []
        }
    }

    private mutating func judge(_ checks: ChecksReport, of report: IterationReport) -> [Effect] {
        account(for: checks)
        if checks.isCutByBudget, let limit = rules.budgets.maxDuration {
            count(report, evidence: evidence(of: report))
            memory.owedVerdict = report
            return stop(.budget(.time(spent: max(activeTime, limit), limit: limit)))
        }
        memory.owedVerdict = nil
        let stall = count(report, evidence: evidence(of: report, judgedBy: checks))
        let judged = Set(checks.receipts.map(\.check.name))
        // A check that left no receipt has not passed. The shell owes one for each, so this is a defect of makima.
        if let missing = rules.checks.subtracting(judged).min() {
            return stop(.failed(.internalError(message: "The check '\(missing)' was not run.")))
        }
        if checks.receipts.allSatisfy(\.verdict.isPassed) {
            return complete(report.differsFromBase ? .verified : .empty, unheard: checks.hasUnheard)
        }
        return goOn(unless: stall)
    }
}
