import Domain
import Runner
import Wire

extension Runner.ResumeRequest {
    /// What the command changes; `agents` are those that are configured here, by name.
    init(_ resume: ResumeTask, agents: [String: AgentConfiguration], trust: RequestTrust) throws(WireError) {
        self.init(
            maxIterations: resume.maxIterations,
            maxCost: resume.budgets?.maxCostMicrodollars,
            maxTokens: resume.budgets?.maxTokens,
            maxDuration: resume.budgets?.maxDurationMilliseconds,
            message: resume.message,
            allowProtected: resume.allowProtected
        )
        waits = resume.waits
        skipsWait = resume.skipsWait
        reopens = resume.reopen
        pullRequestRounds = resume.pullRequestRounds
        sandbox = resume.sandboxMode
        network = resume.network
        allowHosts = resume.allowHosts
        read = resume.read
        permissions = resume.permissions
        resources.disk = resume.maxDiskMiB.map { .at($0) }
        resources.memory = resume.maxMemoryMiB.map { .at($0) }
        if let chosen = resume.agent { agent = try chosen.configuration(over: agents[chosen.name], trust: trust) }
        if !resume.choices.isEmpty {
            var all: [AgentConfiguration] = []
            for choice in resume.choices {
                all.append(try choice.configuration(over: agents[choice.name], trust: trust))
            }
            choices = all
        }
        checks = resume.checks.isEmpty ? nil : resume.checks.map(\.check)
        setupCommand = resume.setupCommand
    }
}
