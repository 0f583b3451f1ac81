/// What memory a task takes while its agent works and prints nothing.
struct IdleMemory {
    let laboratory: Laboratory
    let repository: Repository

    func measure() throws(BenchError) -> Table {
        let seconds = laboratory.count(4, quick: 2)
        var samples: [String: [Double]] = [:]
        for _ in 0..<laboratory.count(3, quick: 1) {
            for (name, value) in try memory(after: seconds) { samples[name, default: []].append(value) }
        }
        let rows = samples.sorted { $0.key < $1.key }
            .map { name, values in
                Row(name: "`\(name)`", unit: "MiB", ours: Samples(values), bar: name == "makima" ? .atMost(30) : nil)
            }
        return Table(
            title: "Memory while following",
            method: """
                An agent that sleeps, in the sandbox; \(seconds) s after its first line. Proportional set size (PSS) \
                of makima and of the programs that it started, those of one name together: the agent itself (`bash`, \
                `sleep`) is left out.
                """,
            rows: rows
        )
    }

    /// Returns the MiB of each program by name.
    private func memory(after seconds: Int) throws(BenchError) -> [String: Double] {
        let task = TaskRun(laboratory: laboratory, repository: repository, agent: .sleeping(seconds: seconds + 1))
        let running = try task.command().start()
        defer { _ = running.wait() }
        _ = try laboratory.await("The agent's first line") { task.calls.first }
        Clocks.pause(milliseconds: seconds * 1000)
        var sums: [String: Double] = [:]
        for pid in ProcessTable.tree(of: running.pid) {
            let name = ProcessTable.name(of: pid)
            guard name != "bash", name != "sleep" else { continue }
            sums[name, default: 0] += Double(ProcessTable.proportionalMemory(of: pid) ?? 0) / 1024
        }
        return sums
    }
}
