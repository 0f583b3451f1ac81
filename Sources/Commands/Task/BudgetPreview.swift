import Domain
import LoopCore

/// Looks, before anything is made, whether agents can be held to the budgets of their task or contract.
struct BudgetPreview {
    let agents: [AgentConfiguration]
    let budgets: Budgets
    /// Those that were named, on the command line or in a plan, and not in the configuration.
    let named: Budgets

    init(spec: TaskSpec, options: LimitOptions) {
        (agents, budgets) = (spec.agents, spec.budgets)
        named = Budgets(maxCost: options.maxCost?.amount, maxTokens: options.maxTokens)
    }

    init(agents: [AgentConfiguration], budgets: Budgets, named: Budgets) {
        (self.agents, self.budgets, self.named) = (agents, budgets, named)
    }

    /// Of budgets that were all named.
    init(agents: [AgentConfiguration], named budgets: Budgets) {
        (self.agents, self.budgets, named) = (agents, budgets, budgets)
    }

    /// Returns what a person should know; throws where a budget cannot be held.
    func warnings(on machine: any Machine) async throws -> [String] {
        var warnings: [String] = []
        for agent in agents {
            let report = await machine.report(on: agent)
            try validate(agent, report)
            let isLimited = [budgets.maxCost.map { Int($0.microdollars) }, budgets.maxTokens]
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
                budgets,
                for: agent,
                reportsCost: report.reportsCost,
                reportsTokens: report.reportsTokens,
                mayReportTokens: report.mayReportTokens
            )
        } catch {
            switch error {
            case .costUnknown where named.maxCost == nil, .tokensUnknown where named.maxTokens == nil:
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
