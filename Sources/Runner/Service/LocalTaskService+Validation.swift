import Agents
import Domain
import LoopCore
import Workspaces

/// What a task is refused for before it is made, and before it goes on.
extension LocalTaskService {
    /// Refuses what nothing could come of on this machine.
    func validate(_ spec: TaskSpec) throws {
        try validateBudgets(of: spec)
        try validatePermissions(of: spec)
        try parts.requireLimits(of: spec.sandbox)
        if spec.sandbox.network == .allowlist, spec.sandbox.allowHosts.isEmpty { throw ServiceError.nothingAllowed }
    }

    /// Refuses budgets below zero, and those that the agent could not be held to.
    func validateBudgets(of spec: TaskSpec) throws(LimitError) {
        try LimitResolution.validate(spec.budgets)
        for agent in spec.agents {
            let capabilities = parts.agents.capabilities(of: agent)
            try BudgetCheck.validate(
                spec.budgets,
                for: agent,
                reportsCost: capabilities.reportsCost,
                reportsTokens: capabilities.reportsTokens,
                mayReportTokens: capabilities.mayReportTokens
            )
        }
    }

    /// Refuses work that could not be put to review: else that would be found when it is done.
    func validateForge(of spec: TaskSpec) async throws {
        guard spec.completion == .pullRequest else { return }
        let name = spec.forge?.remote
        guard spec.repository.targetBranch ?? spec.repository.baseBranch != nil else {
            throw ServiceError.noReview(spec.id, ForgeObstacle(.baseMissing, remote: name ?? ""))
        }
        let repository = RemoteRepository(
            git: parts.git,
            repository: spec.repository.path,
            variables: parts.forge.gitVariables()
        )
        guard RemoteRepository.Remote.chosen(name, among: try await repository.remotes()) != nil else {
            throw ServiceError.noReview(spec.id, ForgeObstacle(.remoteMissing, remote: name ?? ""))
        }
    }

    /// Refuses what an agent's program cannot be held to.
    private func validatePermissions(of spec: TaskSpec) throws(ServiceError) {
        let mode = spec.permissionMode
        for agent in spec.agents {
            let capabilities = parts.agents.capabilities(of: agent)
            let isConfined = spec.sandbox.mode != .off
            guard capabilities.supports(mode, isConfined: isConfined) else {
                let modes = PermissionMode.allCases.filter { capabilities.supports($0, isConfined: isConfined) }
                throw .permissionsUnsupported(agent: agent.name, mode, modes: modes)
            }
        }
        if mode == .ask, spec.questions == nil { throw .nobodyToAsk }
    }
}
