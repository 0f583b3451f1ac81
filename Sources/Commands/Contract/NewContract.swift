import ArgumentParser
import Domain
import Runner
import Settings
import Wire

/// `makima contract new`: makes a contract that an agent leads.
struct NewContract: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Make a contract: an agent leads others to a goal",
        discussion: """
            A supervisor splits the goal into tasks, looks at what comes of them and has their work merged; makima holds it to \
            the limits, merges through a queue in which every tip passes the checks, and decides by them whether the goal is \
            reached. The tasks work in this repository, through the server.
            """
    )

    @OptionGroup(title: "Goal") var goal: GoalOptions
    @OptionGroup(title: "Supervisor") var supervisor: SupervisorOptions
    @OptionGroup(title: "Limits") var limits: ContractLimitOptions
    @OptionGroup(title: "Tasks") var work: TaskOptions

    @Option(
        help: ArgumentHelp("The repository (default: the one around the current directory)", valueName: "directory"),
        completion: .directory
    )
    var repo: String?

    @Option(
        help: ArgumentHelp(
            "A branch that work may be merged into; repeatable, the usual one first (default: the one checked out)",
            valueName: "branch"
        )
    )
    var target: [String] = []

    @Flag(help: "Follow it until it is done, or needs you")
    var follow = false

    @OptionGroup(title: "Output") var format: FormatOptions
    @OptionGroup(title: "Output") var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue: any TaskQueue
        let composed: ContractComposer.Composed
        do {
            let wish = try wish(in: environment)
            queue = try await environment.queue()
            composed = try await ContractComposer(environment: environment).compose(wish)
        } catch {
            throw RefusedCommand(error)
        }
        let notes = environment.notes(quiet)
        notes.print(composed.warnings.map { StyledLine("Warning: ", .warning) + StyledLine($0) })
        let made = try await queue.makeContract(composed.request, key: composed.key)
        let following = ContractFollowing(book: queue, environment: environment, format: format, quiet: quiet)
        if !follow || !format.json {
            try ContractAnswer(made).print(in: environment, format, quiet, isFollowed: follow)
        }
        return follow ? try await following.follow(made) : .success
    }

    private func wish(in environment: CommandEnvironment) throws -> ContractWish {
        let file = try goal.file.map { try environment.contractFile(at: $0, for: .supervised) }
        let goals = [goal.goal, goal.goalFile, file?.goal].compactMap(\.self)
        guard !goals.isEmpty else { throw ContractCommandError.goalMissing }
        guard goals.count == 1 else { throw ContractCommandError.goalTwice }
        var plan = PlanOptions()
        (plan.plan, plan.planFile, plan.name) = (goal.goal ?? file?.goal, goal.goalFile, goal.name)
        var wish = ContractWish(run: try run(plan))
        wish.file = file ?? ContractFile()
        wish.targets = target
        wish.phases = try phases(beside: &wish.file)
        try limits.apply(to: &wish.limits)
        wish.supervisorAgent = supervisor.supervisorAgent
        wish.agents = (supervisor.agents ?? "").split(separator: ",").map { String($0).trimmingBlanks }
        wish.supervisorMaxIterations = supervisor.maxIterations
        wish.orphans = supervisor.orphans
        return wish
    }

    /// As a task of the contract is made.
    private func run(_ plan: PlanOptions) throws -> RunTask {
        var run = try RunTask.parse(["--", "goal"])
        (run.plan, run.work) = (plan, work)
        run.repository.repo = repo
        return run
    }

    /// The phases of the command line; checks of those in the file are added there.
    private func phases(beside file: inout ContractFile) throws(ContractCommandError) -> [WirePhase] {
        var phases = goal.phase.map { name in
            var phase = ContractFile.Phase()
            phase.name = name
            return phase
        }
        for text in goal.phaseCheck {
            let parts = text.split(separator: ":", maxSplits: 1).map { String($0).trimmingBlanks }
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { throw .malformedPhaseCheck(text) }
            if let index = phases.firstIndex(where: { $0.name == parts[0] }) {
                phases[index].checks.append(parts[1])
            } else if let index = file.phases.firstIndex(where: { $0.name == parts[0] }) {
                file.phases[index].checks.append(parts[1])
            } else {
                throw .unknownPhase(parts[0], known: (phases + file.phases).map(\.name))
            }
        }
        return phases.map(WirePhase.init)
    }
}

/// What came of making a contract, for the person who did it.
struct ContractAnswer {
    let contract: ContractView

    init(_ contract: ContractView) {
        self.contract = contract
    }

    func print(
        in environment: CommandEnvironment,
        _ format: FormatOptions,
        _ quiet: QuietOptions,
        isFollowed: Bool = false
    ) throws {
        guard !format.json else { return environment.answers.print(json: try APIText.value(contract)) }
        let call = contract.callName
        let target = contract.targets.first ?? ""
        environment.answers.print(
            StyledLine("Contract \(call) ", .strong)
                + StyledLine("'\(contract.name)' is made; work goes into '\(target)'.")
        )
        guard !isFollowed else { return }
        environment.notes(quiet)
            .print(
                StyledLine("Hint: ", .accent)
                    + StyledLine(
                        "Follow it with 'makima contract attach \(call)'; 'makima contract show \(call)' shows its tasks."
                    )
            )
    }
}
