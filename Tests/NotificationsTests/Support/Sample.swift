import Domain

@testable import Notifications

enum Sample {
    static let time = Timestamp(millisecondsSince1970: 1_772_000_000_000)
    static let origin = NotificationOrigin(host: "build", dashboard: "http://127.0.0.1:7420")

    static func id(_ seed: UInt64 = 1) -> TaskID {
        var generator = SeededBits(state: seed)
        return TaskID(using: &generator)
    }

    static func moment(_ reason: Reason?, status: TaskStatus? = nil, task: UInt64 = 1, attempt: Int = 1) -> TaskMoment {
        var moment = TaskMoment(
            id: id(task),
            name: "fix-parser",
            call: "k7xq",
            status: status ?? reason?.status ?? .running,
            attempt: attempt,
            at: time
        )
        moment.reason = reason
        moment.iterations = 3
        moment.usage.cost = USD(microdollars: 1_200_000)
        moment.repository = "/srv/project"
        moment.branch = "makima/fix-parser"
        return moment
    }

    static func event(_ reason: Reason = .completed(.verified), task: UInt64 = 1, attempt: Int = 1) -> NotificationEvent
    {
        event(moment(reason, task: task, attempt: attempt))
    }

    static func event(_ moment: TaskMoment) -> NotificationEvent {
        guard let event = NotificationEvent(moment, from: origin) else {
            fatalError("A task that goes on tells nothing.")
        }
        return event
    }

    static func target(_ change: (inout NotificationTarget) -> Void = { _ in }) -> NotificationTarget {
        var target = NotificationTarget(name: "phone")
        change(&target)
        return target
    }

    private struct SeededBits: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }
}
