import Domain
import Runner
import Settings
import Wire

/// What somebody wants of a contract, before it is known whether that can be.
struct ContractWish {
    /// As a task of it is made where nothing else is said; its plan is the goal.
    var run: RunTask
    var file = ContractFile()
    var isSupervised = true
    var targets: [String] = []
    var phases: [WirePhase] = []
    var limits = WireContractLimits()
    var supervisorAgent: String?
    /// Whom the supervisor may name.
    var agents: [String] = []
    var supervisorMaxIterations: Int?
    var orphans: OrphanPolicy?
}

/// Makes the request for a contract, as `makima run` makes a task.
struct ContractComposer {
    let environment: CommandEnvironment

    struct Composed {
        var request: ContractRequest
        var warnings: [String]

        /// The same request makes one contract.
        var key: String { "contract-\(request.contractId ?? "")" }
    }

    func compose(_ wish: ContractWish) async throws -> Composed {
        var run = wish.run
        // What becomes of the work is the contract's affair.
        run.repository.completion = .branch
        run.repository.target = nil
        if run.work.proof.check.isEmpty { run.work.proof.check = wish.file.checks }
        run.work.agent.agent = run.work.agent.agent ?? wish.file.agent
        run.plan.name = run.plan.name ?? wish.file.name
        let task = try await run.composedForContract(in: environment)
        try await PermissionPreview(spec: task.spec).check(on: environment.machine)
        let place = task.spec.repository
        let facts = RepositoryFacts(path: place.path, base: place.base, baseBranch: place.baseBranch)
        let defaults = try await environment.machine.loadSettings(for: facts).tasks
        var request = ContractRequest()
        request.contractId = environment.makeTaskID().rawValue
        request.template = TaskRequest(task.spec)
        request.template.taskId = nil
        // Each task begins at its target as that is then.
        request.template.spawn.baseSha = nil
        request.template.spawn.checks = []
        request.checks = task.spec.checks.map(WireCheck.init)
        request.targets = try targets(wish, place)
        request.phases = wish.file.phases.map(WirePhase.init) + wish.phases
        request.limits = WireContractLimits(wish.file.limits).overlaid(by: wish.limits)
        request.orphans = wish.orphans ?? .finish
        request.supervised = wish.isSupervised
        request.tasks = try wish.file.tasks.map { try planned($0, defaults) }
        try nameAgents(of: wish, in: &request, defaults)
        let known = try configured(wish, task.spec, defaults)
        let named = BudgetPreview(spec: task.spec, options: wish.run.limits).named
        let preview = ContractPreview(request, in: facts, named: named) { known[$0.name] }
        var warnings = task.warnings
        for warning in try await preview.warnings(on: environment.machine) where !warnings.contains(warning) {
            warnings.append(warning)
        }
        return Composed(request: request, warnings: warnings)
    }

    /// The agents that may work, as they are configured here, by name.
    private func configured(_ wish: ContractWish, _ spec: TaskSpec, _ defaults: TaskDefaults) throws
        -> [String: AgentConfiguration]
    {
        var names = wish.file.tasks.compactMap(\.agent)
        if wish.isSupervised {
            names += [wish.supervisorAgent ?? wish.file.supervisorAgent].compactMap(\.self)
            names += wish.agents.isEmpty ? wish.file.agents : wish.agents
        }
        let named = try Set(names).sorted().map { try defaults.agent($0, model: nil) }
        return Dictionary((spec.agents + named).map { ($0.name, $0) }) { first, _ in first }
    }

    private func nameAgents(of wish: ContractWish, in request: inout ContractRequest, _ defaults: TaskDefaults) throws {
        guard wish.isSupervised else { return }
        if let name = wish.supervisorAgent ?? wish.file.supervisorAgent {
            request.supervisorAgent = WireAgent(try defaults.agent(name, model: nil))
        }
        let names = wish.agents.isEmpty ? wish.file.agents : wish.agents
        request.agents = try names.map { WireAgent(try defaults.agent($0, model: nil)) }
        request.supervisorMaxIterations = wish.supervisorMaxIterations
    }

    private func targets(_ wish: ContractWish, _ place: RepositorySpec) throws(ContractCommandError) -> [String] {
        let named = wish.targets.isEmpty ? [wish.file.target].compactMap(\.self) : wish.targets
        let usual = named.isEmpty ? [place.baseBranch].compactMap(\.self) : named
        guard !usual.isEmpty else { throw .targetUnknown }
        return (usual + wish.file.tasks.compactMap(\.target))
            .reduce(into: []) { all, branch in
                if !all.contains(branch) { all.append(branch) }
            }
    }

    private func planned(_ task: ContractFile.Task, _ defaults: TaskDefaults) throws -> WirePlannedTask {
        var planned = WirePlannedTask()
        (planned.name, planned.plan) = (task.name, task.plan)
        planned.checks = CheckArguments.definitions(task.checks).map(WireCheck.init)
        (planned.after, planned.continues, planned.touches) = (task.after, task.continues, task.touches)
        planned.agent = try task.agent.map { WireAgent(try defaults.agent($0, model: nil)) }
        planned.maxIterations = task.maxIterations
        if task.maxCost != nil || task.maxTokens != nil {
            var budgets = WireBudgets()
            (budgets.maxCostMicrodollars, budgets.maxTokens) = (task.maxCost, task.maxTokens)
            planned.budgets = budgets
        }
        (planned.target, planned.priority) = (task.target, task.priority)
        return planned
    }
}

extension WirePhase {
    init(_ phase: ContractFile.Phase) {
        self.init()
        name = phase.name
        checks = CheckArguments.definitions(phase.checks).map(WireCheck.init)
    }
}

extension WireContractLimits {
    init(_ limits: ContractFile.Limits) {
        self.init()
        maxCostMicrodollars = limits.maxCost
        maxTokens = limits.maxTokens
        maxDurationMilliseconds = limits.maxDuration
        maxTasks = limits.maxTasks
        maxAtOnce = limits.atOnce
        maxDepth = limits.maxDepth
        maxFanOut = limits.maxFanOut
        maxReturns = limits.maxReturns
        maxBatch = limits.batch
        maxCalls = limits.maxCalls
    }

    /// Where both say something, `other` counts.
    func overlaid(by other: WireContractLimits) -> WireContractLimits {
        var sum = self
        sum.maxCostMicrodollars = other.maxCostMicrodollars ?? maxCostMicrodollars
        sum.maxTokens = other.maxTokens ?? maxTokens
        sum.maxDurationMilliseconds = other.maxDurationMilliseconds ?? maxDurationMilliseconds
        sum.maxTasks = other.maxTasks ?? maxTasks
        sum.maxAtOnce = other.maxAtOnce ?? maxAtOnce
        sum.maxDepth = other.maxDepth ?? maxDepth
        sum.maxFanOut = other.maxFanOut ?? maxFanOut
        sum.maxReturns = other.maxReturns ?? maxReturns
        sum.maxBatch = other.maxBatch ?? maxBatch
        sum.maxCalls = other.maxCalls ?? maxCalls
        sum.actions = other.actions ?? actions
        return sum
    }
}

extension CommandEnvironment {
    /// Reads a contract's file, with the plans that it names; those begin at the file's directory.
    func contractFile(at path: String, for use: ContractFile.Use) throws -> ContractFile {
        let bytes: [UInt8]
        do {
            bytes = try FileReader(path: absolute(path)).readToEnd(upTo: PlanReader.limit + 1)
        } catch {
            throw CommandError.planUnreadable(path: path, reason: error.reason)
        }
        let directory = absolute(path).split(separator: "/").dropLast().map { "/\($0)" }.joined()
        return try ContractFile(reading: ConfigurationFile(path: path, bytes: bytes), for: use) { named in
            var options = PlanOptions()
            (options.plan, options.name) = (nil, nil)
            options.planFile = named.hasPrefix("/") ? named : "\(directory)/\(named)"
            do {
                return .text(try PlanReader(options: options, environment: self).read())
            } catch let error as CommandError {
                return .unusable(error.problemOfPlan)
            } catch {
                return .unusable("\(error)")
            }
        }
    }
}

extension CommandError {
    /// Beside the name of the file.
    fileprivate var problemOfPlan: String {
        switch self {
        case .planUnreadable(_, let reason): "it cannot be read: \(reason)."
        case .planEmpty: "it is empty."
        case .planNotText: "it is not valid UTF-8 text."
        case .planTooLong(_, let limit): "it is longer than \(limit) bytes."
        default: description
        }
    }
}
