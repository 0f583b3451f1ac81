package import Domain

/// Which daemon carries out a batch of a merge queue, from what is so now.
package struct MergePlacement: Hashable, Sendable {
    /// The work of one task of the batch.
    package struct Work: Hashable, Sendable {
        package var task: TaskID
        /// The daemon that has the task's workspace, and so the work; `nil` where none has.
        package var home: DaemonID?
        /// Whether the server has all of it, and can send it to any daemon.
        package var isStored: Bool

        package init(_ task: TaskID, home: DaemonID?, isStored: Bool) {
            (self.task, self.home, self.isStored) = (task, home, isStored)
        }
    }

    package enum Decision: Hashable, Sendable {
        case daemon(DaemonID)
        case waits(MergeWait)
        /// Each work may be merged by a daemon, but not all of them by the same.
        case divide
    }

    package var place: ContractPlace
    package var works: [Work]
    /// The daemons that have worked for the contract, and so have its repository.
    package var homes: Set<DaemonID>
    /// What a daemon that has not worked for the contract must have, as the tasks want it.
    package var labels: Set<String> = []
    /// The task that has mended a conflict: by its own commits, which do not travel, git knows what it has brought in.
    package var mended: TaskID?
    /// Nobody that has the repository could be had for a while: a daemon that would have to clone it will do.
    package var mayClone = false

    package init(_ place: ContractPlace, _ works: [Work], homes: Set<DaemonID>) {
        (self.place, self.works, self.homes) = (place, works, homes)
    }

    /// `daemons` are those that are connected.
    package func decide(among daemons: [DaemonState]) -> Decision {
        guard !daemons.isEmpty else { return .waits(.noDaemons) }
        // Where a path is the repository, the work of all tasks is in it.
        let bound = place.path == nil ? works.filter { !$0.isStored && $0.home != nil } : []
        if Set(bound.map(\.home)).count > 1 { return .divide }
        var able = candidates(among: daemons)
        if let work = bound.first, let home = work.home {
            able = able.filter { $0.id == home }
            if able.isEmpty { return .waits(.workAway(work.task, home)) }
        }
        guard let nearest = able.min(by: isBetter) else { return .waits(.repositoryAway(place.address)) }
        guard let best = able.filter({ !$0.isDraining }).min(by: isBetter) else {
            return .waits(.draining(nearest.id))
        }
        return .daemon(best.id)
    }

    private func candidates(among daemons: [DaemonState]) -> [DaemonState] {
        if place.path != nil {
            // A path means something on the machines only where the work is.
            let own = Set(works.compactMap(\.home))
            let known = own.isEmpty ? homes : own
            guard known.isEmpty else { return daemons.filter { known.contains($0.id) } }
        }
        let fit = daemons.filter { labels.isSubset(of: $0.labels) }
        let having = daemons.filter { homes.contains($0.id) } + fit.filter { has($0) && !homes.contains($0.id) }
        guard having.isEmpty else { return having }
        // Nothing tells yet whose it is.
        if homes.isEmpty { return fit }
        return mayClone && place.path == nil ? fit : []
    }

    private func has(_ daemon: DaemonState) -> Bool { daemon.repositories.contains(place.address) }

    /// Where a conflict was mended; else who has most of the work, and need not be sent it.
    private func isBetter(_ lhs: DaemonState, _ rhs: DaemonState) -> Bool {
        let home = works.first { $0.task == mended }?.home
        if lhs.id != rhs.id, let home, [lhs.id, rhs.id].contains(home) { return lhs.id == home }
        let (left, right) = (votes(for: lhs.id), votes(for: rhs.id))
        return left == right ? lhs.id < rhs.id : left > right
    }

    private func votes(for daemon: DaemonID) -> Int { works.count { $0.home == daemon } }
}

/// Why no daemon carries out a batch; it goes by itself.
package enum MergeWait: Hashable, Sendable, Codable {
    case noDaemons
    /// No connected daemon has the repository with this address.
    case repositoryAway(String)
    /// The work of the task is with that daemon only, which is not connected.
    case workAway(TaskID, DaemonID)
    /// Whoever could do it takes nothing new; one of them.
    case draining(DaemonID)
    /// A daemon cannot even be told of it, the work aside, and why.
    case unsendable(String)

    package var code: String {
        switch self {
        case .noDaemons: "no_daemons"
        case .repositoryAway: "repository_away"
        case .workAway: "work_away"
        case .draining: "draining"
        case .unsendable: "unsendable"
        }
    }

    /// Whether it is of certain work, so that other work may be merged meanwhile.
    var isOfWork: Bool {
        switch self {
        case .workAway, .unsendable: true
        case .noDaemons, .repositoryAway, .draining: false
        }
    }

    /// Whether it is of that task's work, which is in the batch.
    func isOf(_ task: TaskID) -> Bool {
        if case .workAway(let other, _) = self { return task == other }
        return isOfWork
    }

    /// For people; `target` is what is merged into.
    package func explanation(into target: String, of contract: Contract) -> Explanation {
        let begin = "Nobody can merge into '\(target)' now:"
        let again = "It goes on by itself."
        switch self {
        case .noDaemons:
            return Explanation(
                "\(begin) no daemon is connected.",
                hint: "Start one, as with 'makima daemon' or 'makima up'. \(again)"
            )
        case .repositoryAway(let address):
            return Explanation(
                "\(begin) no connected daemon has the repository '\(address)'.",
                hint: "Start the one that has worked on it. \(again)"
            )
        case .workAway(let task, let daemon):
            return Explanation(
                "\(begin) the work of \(contract.name(of: task)) is with daemon '\(daemon)' only, which is not connected.",
                hint: "Start it again. \(again) 'makima contract stop \(contract.id.short)' gives it up."
            )
        case .draining(let daemon):
            return Explanation(
                "\(begin) daemon '\(daemon)' takes nothing new.",
                hint: "Let it take tasks again, or start another one that has the repository. \(again)"
            )
        case .unsendable(let error):
            return Explanation(
                "\(begin) its checks and patterns cannot be told to a daemon. \(error)",
                hint:
                    "'makima contract stop \(contract.id.short)', and begin it with fewer or shorter 'touches' and checks."
            )
        }
    }
}
