/// What the kernel did to an agent or a check at the limits of its control group.
package struct LimitHits: Hashable, Sendable, Codable {
    /// How many processes were ended because memory had run out.
    package var killed = 0
    /// The limit of memory that was reached; `nil` where the machine's or makima's own was.
    package var memoryMiB: Int?
    /// How often no process or thread could be started any more.
    package var refused = 0
    /// The limit of processes that was reached; `nil` where the machine's or makima's own was.
    package var processes: Int?

    package init(killed: Int = 0, memoryMiB: Int? = nil, refused: Int = 0, processes: Int? = nil) {
        self.killed = killed
        self.memoryMiB = memoryMiB
        self.refused = refused
        self.processes = processes
    }

    package var isEmpty: Bool { killed == 0 && refused == 0 }

    /// Clauses without a full stop.
    package var clauses: [String] {
        var clauses: [String] = []
        if killed > 0 {
            clauses.append("\(killed) \(killed == 1 ? "process was" : "processes were") ended \(memoryPlace)")
        }
        if refused > 0 {
            let place =
                processes.map { "at the limit of \($0) processes" } ?? "at a limit of processes that makima did not set"
            clauses.append(
                "a process or thread could not be started \(refused == 1 ? "once" : "\(refused) times") \(place)"
            )
        }
        return clauses
    }

    /// The clauses as one.
    package var clause: String { clauses.joined(separator: ", and ") }

    /// How an agent ended that was itself ended because memory had run out.
    ///
    /// The same words each time, so that an agent that always ends so is recognised by them.
    package var agentError: String { "The agent's process was ended \(memoryPlace)." }

    private var memoryPlace: String {
        memoryMiB.map { "at the memory limit of \($0) MiB" } ?? "because the machine's memory had run out"
    }
}
