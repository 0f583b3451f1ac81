import Domain
import Runner
import Settings
import Wire

/// `makima run --graph`: tasks that no agent leads, in the order of their dependencies.
struct GraphRun {
    let run: RunTask
    /// As given on the command line.
    let path: String
    let environment: CommandEnvironment

    func execute() async throws -> ExitStatus {
        let composed: ContractComposer.Composed
        let queue: (any TaskQueue)?
        do {
            try refuseWhatMeansNothing()
            composed = try await ContractComposer(environment: environment).compose(wish())
            queue = try await environment.machine.openQueue()
            if queue == nil, run.detach { _ = try await environment.queue() }
        } catch {
            throw RefusedCommand(error)
        }
        environment.notes(run.quiet)
            .print(composed.warnings.map { StyledLine("Warning: ", .warning) + StyledLine($0) })
        guard let queue else {
            return try await GraphServer(environment: environment, format: run.format, quiet: run.quiet).run(composed)
        }
        let made = try await queue.makeContract(composed.request, key: composed.key)
        let answer = ContractAnswer(made)
        if run.detach {
            try answer.print(in: environment, run.format, run.quiet)
            return .success
        }
        if !run.format.json { try answer.print(in: environment, run.format, run.quiet, isFollowed: true) }
        return try await ContractFollowing(
            book: queue,
            environment: environment,
            format: run.format,
            quiet: run.quiet
        )
        .follow(made)
    }

    /// Asked only when the command line is understood: what follows an unknown option looks like a plan.
    private func refuseWhatMeansNothing() throws(ContractCommandError) {
        if let plan = run.plan.plan { throw .withGraph("a plan, as '\(plan.firstLine(upTo: 40))'") }
        for (name, isGiven) in [
            ("'--plan-file'", run.plan.planFile != nil), ("'--base'", run.repository.base != nil),
            ("'--completion'", run.repository.completion != nil),
            ("'--pr-rounds'", run.repository.review.prRounds != nil),
            ("'--include-changes'", run.repository.includeChanges), ("'--print-prompt'", run.printPrompt),
        ] where isGiven { throw .withGraph(name) }
    }

    private func wish() throws -> ContractWish {
        let file = try environment.contractFile(at: path, for: .graph)
        var task = run
        task.plan.plan = file.goal ?? "Do these tasks: \(file.tasks.map(\.name).joined(separator: ", "))."
        task.plan.name = run.plan.name ?? file.name ?? file.goal?.firstLine(upTo: 60) ?? fileName
        // Budgets of the command line are those of all tasks together.
        (task.limits.maxCost, task.limits.maxTokens, task.limits.maxDuration) = (nil, nil, nil)
        var wish = ContractWish(run: task)
        wish.file = file
        wish.isSupervised = false
        wish.targets = [run.repository.target].compactMap(\.self)
        wish.limits.maxCostMicrodollars = run.limits.maxCost?.amount
        wish.limits.maxTokens = run.limits.maxTokens
        wish.limits.maxDurationMilliseconds = run.limits.maxDuration?.duration
        return wish
    }

    private var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// A server and a daemon in this process, for as long as a graph takes.
struct GraphServer {
    let environment: CommandEnvironment
    let format: FormatOptions
    let quiet: QuietOptions

    func run(_ composed: ContractComposer.Composed) async throws -> ExitStatus {
        let wishes = environment.listenForStops()
        defer { wishes.finish() }
        try await tellOfOthers()
        let ending = StopRequests()
        let (ready, signal) = AsyncStream<Void>.makeStream()
        let following = FleetFollowing(stops: ending, tell: { _ in }, ready: { _ in signal.yield() })
        return try await withThrowingTaskGroup(of: ExitStatus?.self) { group in
            group.addTask {
                defer { signal.finish() }
                try await environment.machine.serve(Self.options, following)
                return nil
            }
            group.addTask {
                guard await ready.first(where: { true }) != nil else { throw ContractCommandError.serverGone }
                let status = try await lead(composed, wishes, ending)
                ending.request()
                return status
            }
            var status: ExitStatus?
            while let ended = try await group.next() {
                // The server ended first: nobody is there to be asked any more.
                if ended == nil, status == nil { group.cancelAll() }
                status = ended ?? status
            }
            return status ?? .failure
        }
    }

    /// As `makima up`, on any port.
    private static var options: ServerOptions {
        var options = ServerOptions()
        (options.host, options.port) = ("127.0.0.1", 0)
        options.mostLoad = .infinity
        var daemon = DaemonOptions()
        daemon.paths = ["/"]
        options.daemon = daemon
        return options
    }

    private func tellOfOthers() async throws {
        let count = try await environment.machine.tasksOfSleepingServer() ?? 0
        guard count > 0 else { return }
        environment.notes(quiet)
            .print(
                StyledLine("Warning: ", .warning)
                    + StyledLine(
                        "The server of this machine has \(count.counted("other task")), which go on too while this runs."
                    )
            )
    }

    private enum Step: Sendable {
        case ended(ContractView)
        /// A person does not want to wait for agents to end.
        case forced
        /// Nobody can want anything any more.
        case unheard
    }

    private func lead(
        _ composed: ContractComposer.Composed,
        _ wishes: StopRequests,
        _ ending: StopRequests
    ) async throws -> ExitStatus {
        let queue = try await environment.queue()
        let made = try await queue.makeContract(composed.request, key: composed.key)
        if !format.json { try ContractAnswer(made).print(in: environment, format, quiet, isFollowed: true) }
        let following = ContractFollowing(book: queue, environment: environment, format: format, quiet: quiet)
        let step = try await withThrowingTaskGroup(of: Step.self) { group in
            group.addTask {
                let ended = try await following.run(made.contractId, after: 0)
                return .ended(try await rest(ended, at: queue))
            }
            group.addTask { try await obey(wishes, made, at: queue) }
            defer { group.cancelAll() }
            while let step = try await group.next() {
                if case .unheard = step { continue }
                return step
            }
            return .unheard
        }
        guard case .ended(let contract) = step else {
            // The first wish lets agents end, the second does not.
            ending.requestForced()
            tellHowToGoOn(made)
            return .interrupted
        }
        try following.printEnd(of: contract)
        if contract.status != .done { tellHowToGoOn(contract) }
        return ExitStatus(contract.status)
    }

    /// The first wish stops the contract, a second or a forced one does not wait for that.
    private func obey(_ wishes: StopRequests, _ contract: ContractView, at book: any ContractBook) async throws -> Step
    {
        var isStopping = false
        for await wish in wishes.stream {
            if isStopping || wish == .forced { return .forced }
            isStopping = true
            environment.notes(quiet)
                .print(StyledLine("Stopping: agents may end, everything is kept. Ctrl-C again does not wait.", .faint))
            _ = try await book.stopContract(contract.contractId)
        }
        return .unheard
    }

    /// What a contract wants stopped stops before its server does.
    private func rest(_ contract: ContractView, at book: any ContractBook) async throws -> ContractView {
        var contract = contract
        while contract.status != .done, contract.tasks.contains(where: { $0.status.isAtWork }) {
            try await environment.clock.sleep(for: .milliseconds(500))
            contract = try await book.contract(contract.contractId) ?? contract
        }
        return contract
    }

    private func tellHowToGoOn(_ contract: ContractView) {
        environment.notes(quiet)
            .print(
                StyledLine("Hint: ", .accent)
                    + StyledLine(
                        "Its server ends now and keeps everything; to go on, start one with 'makima up', then 'makima contract "
                            + "resume \(contract.callName)'."
                    )
            )
    }
}

extension TaskStatus {
    /// Whether a daemon has it.
    fileprivate var isAtWork: Bool {
        switch self {
        case .initializing, .starting, .running, .waiting: true
        case .pending, .blocked, .paused, .stalled, .iterationLimitReached, .budgetReached, .interrupted, .failed,
            .done:
            false
        }
    }
}
