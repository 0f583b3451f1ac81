import Domain

/// One round of handing out: what was handed out in it is taken off what the daemons have left.
struct DispatchRound {
    let limits: DispatchLimits
    private var daemons: [DaemonState]
    private let away: [DaemonState]
    private var heldKeys: [String: Int]
    private let time: Timestamp
    private let labels: Set<String>
    var plan = DispatchPlan()

    init(limits: DispatchLimits, daemons: [DaemonState], heldKeys: [String: Int], time: Timestamp) {
        self.limits = limits
        let all = daemons.sorted { $0.id < $1.id }
        let daemons = all.filter { !$0.isAway }
        self.daemons = daemons
        away = all.filter(\.isAway)
        self.heldKeys = heldKeys
        self.time = time
        labels = daemons.reduce(into: []) { $0.formUnion($1.labels) }
    }

    /// Hands a task out, or says why not.
    mutating func place(_ task: FleetTask) -> Result<DaemonID, Obstructed> {
        if let key = task.demands.keys.first(where: { heldKeys[$0.name, default: 0] >= $0.limit }) {
            return .failure(Obstructed(value: .keyBusy(key.name)))
        }
        switch choose(for: task) {
        case .failure(let obstacle): return .failure(obstacle)
        case .success(let index):
            let daemon = daemons[index]
            take(task, off: index)
            plan.placements.append(
                DispatchPlan.Placement(
                    task: task.id,
                    previousAttempt: task.attempt,
                    session: SessionKey(daemon.id, daemon.session)
                )
            )
            return .success(daemon.id)
        }
    }

    private mutating func take(_ task: FleetTask, off index: Int) {
        for key in task.demands.keys { heldKeys[key.name, default: 0] += 1 }
        daemons[index].assigned = max(daemons[index].capacity.usedSlots, daemons[index].assigned) + 1
        // Until the daemon tells anew, what was asked for counts as used.
        if let memory = task.demands.memoryMiB { daemons[index].capacity.memoryFreeMiB? -= memory }
        if let disk = task.demands.diskMiB { daemons[index].capacity.diskFreeMiB? -= disk }
    }

    private func choose(for task: FleetTask) -> Result<Int, Obstructed> {
        guard !daemons.isEmpty else {
            return .failure(Obstructed(value: task.demands.daemon.map { .daemonAway($0) } ?? .noDaemons))
        }
        var free: [Int] = []
        var nearest: (daemon: DaemonID, obstacle: DaemonObstacle)?
        var busyHome: DaemonID?
        var others = false
        for index in candidates(for: task) {
            let daemon = daemons[index]
            guard let obstacle = obstacle(daemon, task) else {
                free.append(index)
                continue
            }
            others = others || obstacle != .refusing && obstacle != .declined
            if nearest.map({ $0.obstacle < obstacle }) ?? true { nearest = (daemon.id, obstacle) }
            if affinity(daemon, task) > 0, obstacle >= .loaded { busyHome = busyHome ?? daemon.id }
        }
        guard let best = free.min(by: { isBetter($0, $1, for: task) }) else {
            let said = others ? [] : turnedDown(task)
            if !said.isEmpty { return .failure(Obstructed(value: .turnedDown(said))) }
            return .failure(Obstructed(value: nearest.map { busy($0.daemon, $0.obstacle) } ?? nobody(for: task)))
        }
        if let busyHome, affinity(daemons[best], task) == 0, time - task.queuedAt < limits.affinityPatience {
            return .failure(Obstructed(value: .repositoryElsewhere(busyHome)))
        }
        return .success(best)
    }

    /// The daemons that may have the task at all.
    private func candidates(for task: FleetTask) -> [Int] {
        daemons.indices.filter { index in
            let daemon = daemons[index]
            if let only = task.demands.daemon { return daemon.id == only }
            return task.demands.labels.isSubset(of: daemon.labels)
        }
    }

    private func nobody(for task: FleetTask) -> DispatchObstacle {
        if let only = task.demands.daemon { return .daemonAway(only) }
        let missing = task.demands.labels.subtracting(labels)
        // Each label is somewhere, but no daemon has them all.
        return .labelsMissing(
            (missing.isEmpty ? task.demands.labels : missing).sorted(),
            away: away.filter { task.demands.labels.isSubset(of: $0.labels) }.map(\.id)
        )
    }

    private func busy(_ daemon: DaemonID, _ obstacle: DaemonObstacle) -> DispatchObstacle {
        guard obstacle == .loaded, let load = daemons.first(where: { $0.id == daemon })?.capacity.load else {
            return .daemonBusy(daemon, obstacle)
        }
        return .daemonLoaded(daemon, load: load, most: limits.mostLoad)
    }

    /// What those have said that may have the task, and are not to be asked now.
    private func turnedDown(_ task: FleetTask) -> [TurnedDown] {
        candidates(for: task)
            .compactMap { index in
                let daemon = daemons[index].id
                guard let decline = task.declines.first(where: { $0.daemon == daemon }), let reason = decline.reason
                else { return nil }
                let isRefused = decline.cause == .refusal
                return TurnedDown(daemon, isRefused: isRefused, reason: reason, tries: decline.count ?? 1)
            }
    }

    private func obstacle(_ daemon: DaemonState, _ task: FleetTask) -> DaemonObstacle? {
        let capacity = daemon.capacity
        let decline = task.declines.first {
            $0.daemon == daemon.id && $0.holds(in: daemon.session, at: time, patience: limits.declinePatience)
        }
        if decline?.cause == .refusal { return .refusing }
        if daemon.isDraining { return .draining }
        if decline != nil { return .declined }
        if let free = capacity.memoryFreeMiB, free < limits.memoryReserveMiB + (task.demands.memoryMiB ?? 0) {
            return .memoryLow
        }
        if let free = capacity.diskFreeMiB, free < limits.diskReserveMiB + (task.demands.diskMiB ?? 0) {
            return .diskLow
        }
        if let load = capacity.load, load >= limits.mostLoad { return .loaded }
        return daemon.freeSlots == 0 ? .full : nil
    }

    /// The workspace is worth more than a clone of the repository.
    private func affinity(_ daemon: DaemonState, _ task: FleetTask) -> Int {
        if task.home == daemon.id { return 2 }
        guard let repository = task.demands.repository else { return 0 }
        return daemon.repositories.contains(repository) ? 1 : 0
    }

    private func isBetter(_ lhs: Int, _ rhs: Int, for task: FleetTask) -> Bool {
        let (left, right) = (daemons[lhs], daemons[rhs])
        let near = (affinity(left, task), affinity(right, task))
        if near.0 != near.1 { return near.0 > near.1 }
        let use = (used(left), used(right))
        if use.0 != use.1 { return use.0 < use.1 }
        let load = (left.capacity.load ?? 0, right.capacity.load ?? 0)
        if load.0 != load.1 { return load.0 < load.1 }
        return left.id < right.id
    }

    /// Which part of its slots is in use.
    private func used(_ daemon: DaemonState) -> Double {
        1 - Double(daemon.freeSlots) / Double(max(1, daemon.capacity.slots))
    }
}
