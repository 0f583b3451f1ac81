package import Domain
package import Wire

/// Looks, before a contract is made, whether its branches are there and its agents can be held to its budgets.
///
/// The one place that decides so: for commands, and for a server whose daemons are all of its own machine.
package struct ContractPreview {
    private let targets: [String]
    private let place: RepositoryFacts
    private let budgets: [BudgetPreview]

    /// Finds what is to be looked at in a request.
    ///
    /// `agent` finds what is configured, and `nil` where this machine has no such agent. `named` are the budgets of each task that
    /// a person named; all of them where it is left out.
    package init(
        _ request: ContractRequest,
        in place: RepositoryFacts,
        named: Budgets? = nil,
        agent: (WireAgent) -> AgentConfiguration?
    ) {
        self.place = place
        targets = request.mergeTargets
        let spawn = request.template.spawn
        let workers = Self.once(([spawn.agent, spawn.otherAgent] + spawn.choices).compactMap(\.self).compactMap(agent))
        let own = spawn.budgets?.budgets ?? Budgets()
        let all = Budgets(maxCost: request.limits.maxCostMicrodollars, maxTokens: request.limits.maxTokens)
        let leading = request.supervised ? [request.supervisorAgent].compactMap(\.self) + request.agents : []
        let others = (request.tasks.compactMap(\.agent) + leading).compactMap(agent)
        budgets =
            [
                BudgetPreview(agents: workers, budgets: own, named: named ?? own),
                BudgetPreview(agents: Self.once(workers + others), named: all),
            ]
            + request.tasks.map { task in
                let agents = task.agent.map { [agent($0)].compactMap(\.self) } ?? workers
                return BudgetPreview(agents: agents, named: task.budgets?.budgets ?? Budgets())
            }
    }

    private static func once(_ agents: [AgentConfiguration]) -> [AgentConfiguration] {
        var names: Set<String> = []
        return agents.filter { names.insert($0.name).inserted }
    }

    /// Returns what a person should know; throws where the contract could not be.
    package func warnings(on machine: any Machine) async throws -> [String] {
        for target in targets {
            // Else it would be found missing by the first task, which would wait for a daemon that has it.
            guard try await machine.canMerge(into: target, in: place) else { throw MissingTargetError(target) }
        }
        var warnings: [String] = []
        for preview in budgets {
            for warning in try await preview.warnings(on: machine) where !warnings.contains(warning) {
                warnings.append(warning)
            }
        }
        return warnings
    }
}
