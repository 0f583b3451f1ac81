/// A task that makima runs in a state directory of its own.
struct TaskRun {
    let laboratory: Laboratory
    let repository: Repository
    var agent: AgentScript
    var maxIterations = 1
    var sandbox = Sandbox.auto
    var readable: [String] = []

    /// How the agent is confined.
    enum Sandbox: String, CaseIterable {
        case auto
        case off
    }

    /// What a finished run showed.
    struct Result {
        var begun: Double
        var finished: Finished
        var calls: [Call]

        /// From the start of the program to the agent's first line.
        var secondsToFirstCall: Double? { calls.first.map { $0.begun - begun } }
    }

    private var state: String { "\(laboratory.place)/state" }

    /// Runs the task to its stop; what it kept is removed.
    func run() throws(BenchError) -> Result {
        let program = try command()
        let running = try program.start()
        // Stops at its limit, or as stalled when its agent changes nothing, or because one call shows no gate.
        let finished = try program.check(running.wait(), accepting: [0, 3, 4])
        let calls = self.calls
        try removeState()
        return Result(begun: running.begunOnWall, finished: finished, calls: calls)
    }

    /// Returns the program that runs the task, in an empty state directory.
    func command() throws(BenchError) -> Program {
        try removeState()
        return program(
            ["run", "Measure.", "--repo", repository.path] + followOptions
                + ["--sandbox", sandbox.rawValue] + readable.flatMap { ["--allow-read", $0] },
            agent: try agent.install(in: laboratory)
        )
    }

    func resume() throws(BenchError) -> Program {
        let folder = Files.matching("\(state)/tasks/*").first?.split(separator: "/").last.map(String.init) ?? ""
        return program(["resume", folder] + followOptions, agent: try agent.install(in: laboratory))
    }

    func list() throws(BenchError) -> Program {
        program(["list"], agent: try agent.install(in: laboratory))
    }

    func removeState() throws(BenchError) {
        try laboratory.remove(state)
    }

    /// The calls of the agent so far, read from where their output is kept.
    var calls: [Call] {
        Files.matching("\(state)/tasks/*/runs/*/iteration-*/stdout")
            .flatMap { Call.read(Files.read($0) ?? "") }
            .sorted { $0.begun < $1.begun }
    }

    private var followOptions: [String] {
        ["--agent", "command", "--max-iterations", String(maxIterations), "--quiet"]
    }

    private func program(_ arguments: [String], agent: String) -> Program {
        var program = laboratory.program([laboratory.makima] + arguments, in: repository.path)
        program.environment["MAKIMA_STATE_DIR"] = state
        program.environment["MAKIMA_AGENTS_COMMAND_COMMAND"] = agent
        return program
    }
}
