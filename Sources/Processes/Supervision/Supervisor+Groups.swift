package import Domain

extension Supervisor {
    /// Why the limits of memory and processor time that are asked for cannot be kept here; `nil` where they can.
    package func obstacle(to limits: ProcessLimits) -> LimitObstacle? {
        let needed = limits.controllersNeeded
        guard !needed.isEmpty else { return nil }
        guard let groups else { return .absent }
        return groups.obstacle(to: needed)
    }

    /// Whether the kernel counts the processes of each one that is started, whosever they are.
    package var countsProcesses: Bool { groups.map { $0.obstacle(to: [.pids]) == nil } ?? false }
}
