import Domain
import LoopCore

/// Looks, before anything is made, whether the agents of a task can be held to its budgets.
struct BudgetPreview {
    let spec: TaskSpec
    /// Whether the budgets were named on the command line, and not in the configuration.
    let options: LimitOptions

    /// Returns what a person should know; throws where a budget cannot be held.
    func warnings(on machine: any Machine) async throws -> [String] {
        var warnings: [String] = []
        for agent in spec.agents {
            let report = await machine.report(on: agent)
            try validate(agent, report)
            let isLimited = [spec.budgets.maxCost.map { Int($0.microdollars) }, spec.budgets.maxTokens]
                .contains { ($0 ?? 0) > 0 }
            guard isLimited, report.mayReportTokens, !report.reportsTokens else { continue }
            warnings.append(
                "The budget holds as far as the program of the agent '\(agent.name)' tells what it spends, in records that "
                    + "makima knows; after the first process that tells nothing the task stops."
            )
        }
        return warnings
    }

    private func validate(_ agent: AgentConfiguration, _ report: AgentReport) throws {
        do throws(LimitError) {
            try BudgetCheck.validate(
                spec.budgets,
                for: agent,
                reportsCost: report.reportsCost,
                reportsTokens: report.reportsTokens,
                mayReportTokens: report.mayReportTokens
            )
        } catch {
            switch error {
            case .costUnknown where options.maxCost == nil, .tokensUnknown where options.maxTokens == nil:
                throw ConfiguredBudgetError(refusal: error)
            case .costUnknown, .tokensUnknown, .tooSmall, .alreadyUsed, .aboveCeiling, .budgetSpent:
                throw error
            }
        }
    }
}

/// A budget that cannot be held, and that nobody named on the command line.
struct ConfiguredBudgetError: Error, ExplainedError, CustomStringConvertible {
    let refusal: LimitError

    var description: String { "\(refusal) The budget comes from the configuration." }
    var errorCode: ErrorCode { refusal.errorCode }
    var hint: String {
        "\(refusal.hint) 'makima config' says where the budget is set."
    }
}
