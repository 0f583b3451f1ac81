import Glibc

/// What follows when makima is killed in the middle of an iteration.
struct Recovery {
    let laboratory: Laboratory
    let repository: Repository

    func measure() throws(BenchError) -> Table {
        var agentEnds: [Double] = []
        var lists: [Double] = []
        var resumes: [Double] = []
        for _ in 0..<laboratory.count(5, quick: 3) {
            let once = try killAndResume()
            agentEnds.append(once.agentEnd)
            lists.append(once.list)
            resumes.append(once.resume)
        }
        return Table(
            title: "Recovery",
            method: """
                makima gets SIGKILL in the second call of the agent, which hangs. Then: until no process that it \
                started is left; `makima list`, which finds and records the interruption with a checkpoint; and \
                `makima resume` from its start to the first line of the agent's next call.
                """,
            rows: [
                Row(name: "SIGKILL → agent gone", unit: "ms", ours: Samples(agentEnds)),
                Row(name: "`makima list`", unit: "ms", ours: Samples(lists)),
                Row(
                    name: "`makima resume` → agent's next call",
                    unit: "ms",
                    ours: Samples(resumes),
                    bar: .atMost(100)
                ),
            ]
        )
    }

    /// Returns milliseconds.
    private func killAndResume() throws(BenchError) -> (agentEnd: Double, list: Double, resume: Double) {
        let task = TaskRun(laboratory: laboratory, repository: repository, agent: .hangingOnce, maxIterations: 3)
        let running = try task.command().start()
        do {
            _ = try laboratory.await("The agent's second call") { task.calls.count == 2 ? true : nil }
        } catch {
            running.kill(SIGTERM)
            _ = running.wait()
            throw error
        }
        let others = ProcessTable.tree(of: running.pid).dropFirst()
        let killed = Clocks.monotonic()
        running.kill(SIGKILL)
        _ = running.wait()
        _ = try laboratory.await("The agent's end") { others.allSatisfy { !isAlive($0) } ? true : nil }
        let agentEnd = (Clocks.monotonic() - killed) * 1000
        let list = try laboratory.seconds(task.list()) * 1000
        let resume = try task.resume()
        let resumed = try resume.start()
        _ = try resume.check(resumed.wait(), accepting: [0, 3, 4])
        let calls = task.calls
        try task.removeState()
        guard calls.count == 3, let next = calls.last else { throw .tooLate(what: "The agent's third call") }
        return (agentEnd, list, (next.begun - resumed.begunOnWall) * 1000)
    }

    /// A process that has ended but that nobody has waited for is not alive.
    private func isAlive(_ pid: Int32) -> Bool {
        guard let text = Files.read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return false }
        return !text[text.index(after: end)...].hasPrefix(" Z")
    }
}
