/// Why a queued task is not handed to a daemon now.
package enum DispatchObstacle: Hashable, Sendable {
    case noDaemons
    /// The one daemon that has its workspace is not connected.
    case daemonAway(DaemonID)
    /// No connected daemon has all of these labels; those that are away have all that the task asks for.
    case labelsMissing([String], away: [DaemonID] = [])
    /// As many tasks of this key are with daemons as may be.
    case keyBusy(String)
    /// Every daemon that might take it has a reason not to; this is of the one that is nearest to taking it.
    case daemonBusy(DaemonID, DaemonObstacle)
    /// The same of one whose machine has too much to do; both for each processor.
    case daemonLoaded(DaemonID, load: Double, most: Double)
    /// Every daemon that might take it has said that it cannot.
    case turnedDown([TurnedDown])
    /// A daemon that has its repository is expected to be free soon.
    case repositoryElsewhere(DaemonID)
    /// It was not looked at: what is more urgent has taken all the time, or all slots.
    case behindOthers

    /// For people, with a full stop.
    package var sentence: String {
        switch self {
        case .noDaemons: "No daemon is connected."
        case .daemonAway(let daemon):
            "Its workspace is with daemon '\(daemon)', which is not connected; 'makima resume --elsewhere' lets another go on."
        case .labelsMissing(let labels, let away):
            "No connected daemon has the \(labels.count == 1 ? "label" : "labels") "
                + "\(labels.map { "'\($0)'" }.joined(separator: ", "))\(Self.clause(ofAway: away))."
        case .keyBusy(let key) where TouchKeys.isOne(key): "A task that may change the same paths is at work."
        case .keyBusy(let key) where Contract.isKey(key):
            "As many tasks of its contract are at work as may be at once."
        case .keyBusy(let key): "As many tasks of '\(key)' are at work as may be."
        case .daemonBusy(let daemon, let obstacle): "Daemon '\(daemon)' \(obstacle.clause)."
        case .daemonLoaded(let daemon, let load, let most):
            "Daemon '\(daemon)' \(DaemonObstacle.loaded.clause): the load average of its machine is \(Self.text(load)) for each "
                + "processor, and 'makima server --most-load' allows less than \(Self.text(most))."
        case .turnedDown(let all): all.prefix(3).map(\.sentence).joined(separator: " ")
        case .behindOthers: "Tasks that are more urgent come first."
        case .repositoryElsewhere(let daemon): "Daemon '\(daemon)' has its repository, and is busy for the moment."
        }
    }
}

extension DispatchObstacle {
    private static func clause(ofAway daemons: [DaemonID]) -> String {
        guard !daemons.isEmpty else { return "" }
        let names = daemons.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
        let others = daemons.count > 3 ? " and \(daemons.count - 3) more" : ""
        return daemons.count == 1
            ? "; \(names) has all that it asks for, and is away"
            : "; \(names)\(others) have all that it asks for, and are away"
    }

    /// With two digits behind the point at most.
    private static func text(_ load: Double) -> String { "\((load * 100).rounded() / 100)" }
}

/// What a daemon has said to a task.
package struct TurnedDown: Hashable, Sendable {
    package var daemon: DaemonID
    /// Whether it is not asked again before it connects anew.
    package var isRefused: Bool
    /// The daemon's own words.
    package var reason: String
    /// How often in a row.
    package var tries: Int

    package init(_ daemon: DaemonID, isRefused: Bool, reason: String, tries: Int = 1) {
        self.daemon = daemon
        self.isRefused = isRefused
        self.reason = reason
        self.tries = tries
    }

    /// With a full stop.
    var sentence: String {
        let words = reason.hasSuffix(".") ? reason : "\(reason)."
        return isRefused
            ? "Daemon '\(daemon)' refuses it: \(words)"
            : "Daemon '\(daemon)' could not take it, and is asked again later: \(words)"
    }
}

/// Why a daemon does not get a task, in the order in which it is looked at: what is further down is nearer to working.
package enum DaemonObstacle: Int, Hashable, Sendable, CaseIterable, Comparable {
    /// It may not work on it, or cannot.
    case refusing
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
        case .refusing: "refuses it"
        case .draining: "takes no new tasks"
        case .declined: "could not take it a moment ago"
        case .memoryLow: "has too little free memory"
        case .diskLow: "has too little free space"
        case .loaded: "has too much to do"
        case .full: "has no free slot"
        }
    }
}
