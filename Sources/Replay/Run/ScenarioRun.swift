import Domain
import LoopCore
import Runner
import Workspaces

/// Plays one scenario with makima's real runner, on a real repository.
package struct ScenarioRun: Sendable {
    private let stage: ReplayStage
    private let scenario: Scenario

    package init(_ scenario: Scenario, on stage: ReplayStage) {
        self.scenario = scenario
        self.stage = stage
    }

    /// Plays to the end and compares what came with what was expected.
    ///
    /// Throws where the place for the play could not be prepared.
    package func play() async throws -> Verdict {
        Verdict(on: try await played(), scenario: scenario)
    }

    /// Plays to the end and returns how often the agent was started.
    package func starts() async throws -> Int {
        try await played().starts.count
    }

    private func played() async throws -> Played {
        let playground = try Playground(launcher: stage.launcher)
        let repository = try await ReplayRepository.make(scenario.setup, in: playground, git: stage.git)
        let clock = ReplayClock(begin: scenario.clock?.time ?? Self.anyTime)
        let agent = try FakeAgent(of: scenario, in: playground)
        let witness = Witness(clock: clock)
        let service = try await stage.service(for: scenario, in: playground, clock: clock)
        let before = try await repository.ownState()
        if let failures = scenario.setup.earlierFailures {
            try await fail(failures, service: service, repository: repository, clock: clock)
        }
        let memoryBefore = scenario.expectation.mostMemory == nil ? 0 : ProcessFacts.resetPeakMemory()
        let begin = ContinuousClock.now
        var played = try await withLock(of: repository) {
            try await phases(service: service, agent: agent, repository: repository, witness: witness)
        }
        played.wallTime = begin.duration(to: .now)
        played.peakMemory = ProcessFacts.peakMemory - memoryBefore
        played.starts = agent.starts()
        played.waits = witness.waits
        played.isRepositoryUntouched = try await repository.ownState() == before
        try await look(at: &played, service: service, repository: repository)
        return played
    }

    /// Some time in 2026.
    private static let anyTime = Timestamp(millisecondsSince1970: 1_772_000_000_000)

    private func look(at played: inout Played, service: LocalTaskService, repository: ReplayRepository) async throws {
        guard let task = played.task else { return }
        let dossier = try await service.dossier(task.id)
        played.dossier = dossier
        played.survivors = ProcessFacts.count(withEnvironment: "MAKIMA_TASK_ID=\(task.id)")
        guard !scenario.expectation.paths.isEmpty else { return }
        if let revision = task.branch ?? dossier.checkpoints.last?.commit.rawValue {
            played.paths = try await repository.paths(of: revision)
        }
    }

    // MARK: - Tasks

    /// Runs the task through all its phases; a refusal ends them.
    private func phases(
        service: LocalTaskService,
        agent: FakeAgent,
        repository: ReplayRepository,
        witness: Witness
    ) async throws -> Played {
        var played = Played()
        do {
            let task = try await service.create(spec(agent: agent, repository: repository.start))
            let (stopped, time) = try await withCancel(agent) { stops in
                try await service.run(task.id, observer: witness, stops: stops)
            }
            played.phases.append(stopped)
            played.cancelTime = time
            for phase in scenario.phases {
                guard let resume = phase.resume else { continue }
                let request = ResumeRequest(maxIterations: resume.maxIterations)
                let stops = StopRequests()
                played.phases.append(
                    try await service.resume(task.id, request, observer: witness, stops: stops)
                )
            }
        } catch let error as LimitError {
            played.refusal = "\(error)"
        } catch let error as ServiceError {
            played.refusal = "\(error)"
        }
        return played
    }

    private func spec(agent: FakeAgent, repository: ReplayRepository.Start) throws -> TaskSpec {
        var generator = SystemRandomNumberGenerator()
        var spec = TaskSpec(
            id: TaskID(using: &generator),
            name: "replay",
            plan: plan,
            repository: RepositorySpec(path: repository.path, base: repository.base, baseBranch: repository.branch),
            limits: try limits(),
            agent: agent.configuration,
            sandbox: SandboxSpec(mode: stage.sandboxMode, write: [agent.record])
        )
        spec.timeouts.iteration = scenario.timeouts.iteration ?? spec.timeouts.iteration
        spec.timeouts.stall = scenario.timeouts.stall ?? spec.timeouts.stall
        spec.timeouts.toolCall = scenario.timeouts.toolCall ?? spec.timeouts.toolCall
        spec.completion = scenario.setup.completion.flatMap(CompletionAction.init) ?? spec.completion
        return spec
    }

    private var plan: String {
        switch scenario.plan {
        case .any: "Do what is left to do."
        case .text(let text): text
        case .bytes(let count): "Do what is left to do." + String(repeating: " And on.", count: count / 8 + 1)
        }
    }

    private func limits() throws -> LoopLimits {
        var limits = LoopLimits()
        limits.ceiling = scenario.limits.ceiling ?? limits.ceiling
        limits.noChangeThreshold = scenario.limits.noChange ?? limits.noChangeThreshold
        limits.sameErrorThreshold = scenario.limits.sameError ?? limits.sameErrorThreshold
        limits.maxIterations = try LimitResolution.maxIterations(
            wish: scenario.limits.maxIterations,
            default: limits.maxIterations,
            ceiling: limits.ceiling
        )
        return limits
    }

    /// A task before this one: its agent fails in one way until the breaker opens.
    private func fail(
        _ count: Int,
        service: LocalTaskService,
        repository: ReplayRepository,
        clock: ReplayClock
    ) async throws {
        var turn = Turn()
        turn.errorOutput = "error: permission to write was denied\n"
        turn.exit = 1
        var earlier = scenario
        earlier.turns = [turn]
        earlier.repeatsLast = true
        earlier.limits.maxIterations = count
        let agent = try FakeAgent(of: earlier, named: "earlier", in: repository.playground)
        let task = try await service.create(
            ScenarioRun(earlier, on: stage).spec(agent: agent, repository: repository.start)
        )
        _ = try await service.run(task.id, observer: Witness(clock: clock), stops: StopRequests())
    }

    // MARK: - What happens beside

    /// Holds the scenario's lock, where it has one, while `body` runs.
    private func withLock(
        of repository: ReplayRepository,
        _ body: @Sendable () async throws -> Played
    ) async throws -> Played {
        guard let lock = scenario.setup.heldLock else { return try await body() }
        try repository.playground.write([], to: "repository/\(lock.path)")
        async let held: Void = repository.hold(lock)
        let played = try await body()
        await held
        return played
    }

    /// Stops the task as soon as its agent hangs, where the scenario wants that; says how long the end took.
    private func withCancel(
        _ agent: FakeAgent,
        _ body: @Sendable (StopRequests) async throws -> TaskRecord
    ) async throws -> (TaskRecord, Duration?) {
        let stops = StopRequests()
        guard scenario.needs.contains(.cancel) else { return (try await body(stops), nil) }
        return try await withThrowingTaskGroup(of: ContinuousClock.Instant?.self) { group in
            group.addTask {
                while !agent.isHanging { try await Task.sleep(for: .milliseconds(20), clock: ContinuousClock()) }
                stops.request()
                return .now
            }
            let stopped = try await body(stops)
            let end = ContinuousClock.now
            group.cancelAll()
            // Nobody wished to stop where the agent never hung: the looking was cancelled.
            let begin = try? await group.next()
            return (stopped, begin.flatMap { $0 }.map { $0.duration(to: end) })
        }
    }
}

extension ReplayRepository {
    typealias Start = RepositoryReader.Start
}
