package import Domain

/// That a queued task does not begin until somebody does something.
package struct Standstill: Hashable, Sendable, Codable {
    /// A stable word for the cause.
    package var code: String
    /// For people, with a full stop.
    package var sentence: String
    /// What to do, with a full stop.
    package var hint: String
    /// When that began: by it each time is known from the one before; `nil` until it is noted.
    package var since: Timestamp?

    /// Decides it by what keeps a task back; `nil` where that passes by itself: it waits for its time, for what is at work or
    /// will be, or for a slot.
    ///
    /// What a contract merges by itself nobody needs to, and of a task of it that has stopped it tells itself where nobody else
    /// decides about that.
    package init?(of task: FleetTask, _ schedule: [ScheduleObstacle], _ dispatch: DispatchObstacle?) {
        guard task.isQueued else { return nil }
        let isOfContract = task.demands.contract != nil
        let obstacle = schedule.first { $0.needsPerson && !(isOfContract && $0.isOfContract) }
        if let obstacle {
            (code, sentence, hint) = (obstacle.code, obstacle.sentence, obstacle.hint(for: task.id))
        } else if schedule.isEmpty, let dispatch, dispatch.needsPerson {
            (code, sentence, hint) = (dispatch.code, dispatch.sentence, dispatch.hint(for: task.id))
        } else {
            return nil
        }
    }
}

extension Standstill {
    /// Whether it is one of daemons, which begins and ends for all of their tasks.
    package var isOutage: Bool { ["no_daemon", "daemon_away", "labels_missing", "disk_low"].contains(code) }
}

extension DispatchObstacle {
    /// Whether somebody has to do something: who drains a daemon knows it.
    package var needsPerson: Bool {
        switch self {
        case .noDaemons, .daemonAway, .labelsMissing: true
        case .turnedDown(let all): all.allSatisfy(\.lasts)
        case .daemonBusy(_, let obstacle): obstacle == .refusing || obstacle == .diskLow
        case .daemonLoaded, .keyBusy, .repositoryElsewhere, .behindOthers: false
        }
    }

    fileprivate var code: String {
        switch self {
        case .noDaemons: "no_daemon"
        case .daemonAway: "daemon_away"
        case .labelsMissing: "labels_missing"
        case .turnedDown: "refused"
        case .daemonBusy(_, .diskLow): "disk_low"
        case .daemonBusy(_, .refusing): "refused"
        case .daemonBusy, .daemonLoaded, .keyBusy, .repositoryElsewhere, .behindOthers: "busy"
        }
    }

    fileprivate func hint(for task: TaskID) -> String {
        let stop = "or stop it with 'makima stop \(task.short)'."
        switch self {
        case .noDaemons: return "Start a daemon; 'makima daemons' shows those that are known."
        case .daemonAway(let daemon):
            return "Start the daemon '\(daemon)' again, or go on with 'makima resume \(task.short) --elsewhere'."
        case .labelsMissing(_, let away):
            guard let daemon = away.first else { return "Start a daemon that has them, \(stop)" }
            return "Start the daemon '\(daemon)' again, \(stop)"
        case .turnedDown, .daemonBusy(_, .refusing):
            return "Mend that and offer it anew with 'makima resume \(task.short)', \(stop)"
        case .daemonBusy(let daemon, .diskLow): return "Make room on the machine of '\(daemon)', \(stop)"
        case .daemonBusy, .daemonLoaded, .keyBusy, .repositoryElsewhere, .behindOthers: return "It goes on by itself."
        }
    }
}

extension TurnedDown {
    /// So often in a row it went wrong, it does not pass by itself.
    private static let mostTries = 3

    fileprivate var lasts: Bool { isRefused || tries >= Self.mostTries }
}

extension ScheduleObstacle {
    /// Whether a contract sees to it.
    fileprivate var isOfContract: Bool {
        switch self {
        case .parentNotMerged, .parentStopped: true
        case .notBefore, .parentNotDone, .parentMissing: false
        }
    }

    fileprivate var code: String {
        switch self {
        case .notBefore: "not_before"
        case .parentNotDone: "parent_not_done"
        case .parentStopped: "parent_stopped"
        case .parentNotMerged: "parent_not_merged"
        case .parentMissing: "parent_missing"
        }
    }

    fileprivate func hint(for task: TaskID) -> String {
        let stop = "stop it with 'makima stop \(task.short)'."
        return switch self {
        case .notBefore, .parentNotDone: "It goes on by itself."
        case .parentStopped(let parent, _): "Go on with 'makima resume \(parent.short)', or \(stop)"
        case .parentNotMerged(let parent): "Merge that with 'makima merge \(parent.short)', or \(stop)"
        case .parentMissing: "\(stop.prefix(1).uppercased())\(stop.dropFirst())"
        }
    }
}

/// Since when tasks stand still without a break, so that a daemon that is just started again alarms nobody.
package struct StandstillWatch: Hashable, Sendable {
    package static let grace = Duration.seconds(60)

    private var since: [TaskID: Timestamp] = [:]

    package init() {}

    /// Returns the tasks whose standstill is to be another now; `found` has all that are queued, with what is so of each.
    package mutating func look(_ found: [(task: FleetTask, standstill: Standstill?)], at time: Timestamp) -> [FleetTask]
    {
        var still: [TaskID: Timestamp] = [:]
        var changed: [FleetTask] = []
        for (task, standstill) in found {
            var now = task
            if let standstill {
                let first = since[task.id] ?? time
                still[task.id] = first
                // What is told already needs no grace again.
                guard task.standstill != nil || time - first >= Self.grace else { continue }
                now.standstill = standstill
                let isSame = task.standstill?.code == standstill.code
                now.standstill?.since = isSame ? task.standstill?.since ?? first : first
            } else {
                now.standstill = nil
            }
            guard now != task else { continue }
            now.updatedAt = time
            changed.append(now)
        }
        since = still
        return changed
    }
}
