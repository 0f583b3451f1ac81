/// Why a queued task is not handed to a daemon now.
package enum DispatchObstacle: Hashable, Sendable {
    case noDaemons
    /// The one daemon that has its workspace is not connected.
    case daemonAway(DaemonID)
    /// No daemon has all of these labels.
    case labelsMissing([String])
    /// As many tasks of this key are with daemons as may be.
    case keyBusy(String)
    /// Every daemon that might take it has a reason not to; this is of the one that is nearest to taking it.
    case daemonBusy(DaemonID, DaemonObstacle)
    /// A daemon that has its repository is expected to be free soon.
    case repositoryElsewhere(DaemonID)

    /// For people, with a full stop.
    package var sentence: String {
        switch self {
        case .noDaemons: "No daemon is connected."
        case .daemonAway(let daemon): "Its workspace is with daemon '\(daemon)', which is not connected."
        case .labelsMissing(let labels):
            "No connected daemon has the \(labels.count == 1 ? "label" : "labels") "
                + "\(labels.map { "'\($0)'" }.joined(separator: ", "))."
        case .keyBusy(let key): "As many tasks of '\(key)' are at work as may be."
        case .daemonBusy(let daemon, let obstacle): "Daemon '\(daemon)' \(obstacle.clause)."
        case .repositoryElsewhere(let daemon): "Daemon '\(daemon)' has its repository, and is busy for the moment."
        }
    }
}

/// Why a daemon does not get a task, in the order in which it is looked at: what is further down is nearer to working.
package enum DaemonObstacle: Int, Hashable, Sendable, CaseIterable, Comparable {
    case draining
    case declined
    case memoryLow
    case diskLow
    case loaded
    case full

    package static func < (lhs: DaemonObstacle, rhs: DaemonObstacle) -> Bool { lhs.rawValue < rhs.rawValue }

    /// Follows the daemon's name.
    package var clause: String {
        switch self {
        case .draining: "takes no new tasks"
        case .declined: "could not take it a moment ago"
        case .memoryLow: "has too little free memory"
        case .diskLow: "has too little free space"
        case .loaded: "has too much to do (the load average of its machine is high)"
        case .full: "has no free slot"
        }
    }
}
