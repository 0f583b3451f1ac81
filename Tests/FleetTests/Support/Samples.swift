import Domain
import Fleet
import TestSupport

/// Values for the tests of what a server decides.
enum Sample {
    static let then = Timestamp(millisecondsSince1970: 1_772_373_909_000)

    static func id(_ seed: Int = 1) -> TaskID {
        var random = SeededGenerator(seed: UInt64(seed))
        return TaskID(using: &random)
    }

    static func daemon(_ name: String = "anna") -> DaemonID {
        guard let id = DaemonID(rawValue: name) else { preconditionFailure("'\(name)' is no daemon's name.") }
        return id
    }

    static func task(_ seed: Int = 1, _ demands: TaskDemands = TaskDemands(), at time: Timestamp = then) -> FleetTask {
        FleetTask(id: id(seed), name: "task \(seed)", demands: demands, createdAt: time)
    }

    /// A task in `status` that `daemon` has in attempt 2, of which 5 messages were taken.
    static func assigned(_ status: TaskStatus = .running, seed: Int = 1, isAccepted: Bool = true) -> FleetTask {
        var task = task(seed)
        task.status = status
        task.attempt = 2
        task.sequence = 5
        task.assignment = Assignment(daemon: daemon(), session: 7, since: then, isAccepted: isAccepted)
        return task
    }

    static func closed(_ status: TaskStatus, seed: Int = 1) -> FleetTask {
        var task = assigned(status, seed: seed)
        task.assignment = nil
        task.home = daemon()
        return task
    }
}
