/// What makima adds to the agent's own time: to begin a task, and between its iterations.
struct Iterations {
    let laboratory: Laboratory
    let repository: Repository
    let bars: Bars

    /// The most that is accepted, in milliseconds, on a machine where bare git takes `checkpoint` for the checkpoint.
    ///
    /// Elsewhere the bars of iterations are scaled by what git takes in the same run.
    struct Bars {
        var iteration: Double
        var checkpoint: Double
        /// Where the work of makima itself weighs; in larger repositories looking through the files outweighs it, and that
        /// is to be compared with what git takes for the same.
        var processor: Double?
        /// To begin; not scaled, because it needs no files written (a pool of workspaces, or an overlay).
        var start: Double?
    }

    private static let perRun = 11

    private var place: String { laboratory.place }

    /// Checking out 100,000 files takes many seconds: fewer runs.
    private var runs: Int { repository.fileCount > 50_000 ? 2 : laboratory.count(5, quick: 2) }

    private var repetitions: Int { repository.fileCount > 50_000 ? 5 : laboratory.count(15, quick: 5) }

    func measure() throws(BenchError) -> Table {
        let floors = try GitFloors(laboratory: laboratory, repository: repository)
            .measure(
                workspaces: runs,
                repetitions: repetitions
            )
        let bare = try bareLoop()
        var rows: [Row] = []
        for sandbox in TaskRun.Sandbox.allCases {
            rows += try rowsOfTask(sandbox, bare: bare, floors: floors)
        }
        return Table(
            title: "A task in a repository of \(Decimal.grouped(repository.fileCount)) files",
            method: """
                \(runs) runs of \(Self.perRun) iterations for each sandbox mode. "Added" is the time from the \
                last line of one call of the agent to the first line of the next, less the same of a bare shell loop \
                (\(bare.gap.text) ms), so it has the checkpoint, the journal, the sandbox and all decisions in it. \
                The agent is a bash script that appends to one file, or changes nothing. Floors are bare git on the \
                same repository, with warm caches: `worktree add` and `clone --shared --no-checkout` for the \
                workspace; `git status`, and `add -A`, `write-tree`, `commit-tree`, `update-ref` with a kept private \
                index for the checkpoint of one edited file. Processor time is of makima and all its children, between \
                two calls of the agent, less the agent's own. Bars per iteration (\(Decimal.text(bars.iteration, digits: 0)) ms\
                \(bars.processor.map { ", \(Decimal.text($0, digits: 0)) ms of processor" } ?? "")) are those of a machine \
                on which the checkpoint of bare git takes \(Decimal.text(bars.checkpoint)) ms; here they are \
                \(Decimal.text(scale(floors))) times as high.
                """,
            rows: rows
        )
    }

    private func rowsOfTask(
        _ sandbox: TaskRun.Sandbox,
        bare: BareLoop,
        floors: GitFloors.Result
    ) throws(BenchError) -> [Row] {
        var task = TaskRun(
            laboratory: laboratory,
            repository: repository,
            agent: .editing,
            maxIterations: Self.perRun,
            sandbox: sandbox
        )
        let editing = try repeated(task)
        let cpu = try processor(task).map { $0 - bare.cpuSeconds }
        task.agent = .idle
        // The third iteration without a change is the last.
        task.maxIterations = 3
        let idle = try repeated(task)

        let starts = (editing + idle).compactMap { $0.secondsToFirstCall }
        let ends = editing.compactMap { run in run.calls.last?.ended.map { run.finished.endedOnWall - $0 } }
        let mode = "sandbox \(sandbox.rawValue)"
        return startRows(Samples(starts).scaled(by: 1000), mode: mode, floors: floors) + [
            Row(
                name: "Added per editing iteration, \(mode)",
                unit: "ms",
                ours: added(editing, bare),
                floor: ("checkpoint", floors.checkpoint),
                bar: .atMost(bars.iteration * scale(floors))
            ),
            Row(
                name: "Added per idle iteration, \(mode)",
                unit: "ms",
                ours: added(idle, bare),
                floor: ("`git status`", floors.status),
                bar: .atMost(bars.iteration * scale(floors))
            ),
            Row(
                name: "Processor per editing iteration, \(mode)",
                unit: "ms",
                ours: Samples(cpu).scaled(by: 1000),
                floor: ("checkpoint", floors.checkpointProcessor),
                bar: bars.processor.map { .atMost($0 * scale(floors)) }
            ),
            Row(name: "Last line → end of makima, \(mode)", unit: "ms", ours: Samples(ends).scaled(by: 1000)),
        ]
    }

    private func scale(_ floors: GitFloors.Result) -> Double { floors.checkpoint.median / bars.checkpoint }

    private func startRows(_ starts: Samples, mode: String, floors: GitFloors.Result) -> [Row] {
        [
            Row(
                name: "Start → agent's first line, \(mode)",
                unit: "ms",
                ours: starts,
                floor: ("`worktree add`", floors.worktree),
                bar: bars.start.map { .atMost($0) }
            ),
            Row(name: "the same", unit: "ms", ours: starts, floor: ("`clone --shared`", floors.clone)),
        ]
    }

    /// Returns the processor seconds of single iterations, the agent's own included.
    ///
    /// Watched from outside, in a run that is not used for anything else: making the workspace takes so much more that
    /// the difference of two runs would say nothing.
    private func processor(_ task: TaskRun) throws(BenchError) -> [Double] {
        try (0..<(repository.fileCount > 50_000 ? 1 : 2))
            .map { _ throws(BenchError) in
                let program = try task.command()
                let running = try program.start()
                var first: (calls: Int, seconds: Double)?
                var last = (calls: 0, seconds: 0.0)
                var end: Finished?
                while end == nil {
                    let calls = task.calls.count
                    if calls > last.calls, let seconds = ProcessTable.processorSeconds(ofTree: running.pid) {
                        last = (calls, seconds)
                        first = first ?? last
                    }
                    Clocks.pause(milliseconds: 3)
                    end = running.poll()
                }
                try task.removeState()
                guard let first, last.calls > first.calls else { throw .tooLate(what: "A second call of the agent") }
                return (last.seconds - first.seconds) / Double(last.calls - first.calls)
            }
    }

    private func repeated(_ task: TaskRun) throws(BenchError) -> [TaskRun.Result] {
        var results: [TaskRun.Result] = []
        for _ in 0..<runs { results.append(try task.run()) }
        return results
    }

    private func added(_ results: [TaskRun.Result], _ bare: BareLoop) -> Samples {
        Samples(results.flatMap { Call.gaps($0.calls) }).scaled(by: 1000).reduced(by: bare.gap.median)
    }

    /// The same agent in a shell loop that does nothing else.
    private struct BareLoop {
        /// In milliseconds.
        var gap: Samples
        /// Of one call.
        var cpuSeconds: Double
    }

    private func bareLoop() throws(BenchError) -> BareLoop {
        let agent = try AgentScript.editing.install(in: laboratory)
        let directory = "\(place)/bare"
        try Files.makeDirectory(directory)
        var loop = laboratory.shell("for i in $(seq 20); do '\(agent)' </dev/null; done", in: directory)
        loop.output = "\(place)/bare.out"
        let finished = try loop.run()
        let calls = Call.read(Files.read(loop.output) ?? "")
        try laboratory.remove(directory)
        return BareLoop(gap: Samples(Call.gaps(calls)).scaled(by: 1000), cpuSeconds: finished.cpuSeconds / 20)
    }
}
