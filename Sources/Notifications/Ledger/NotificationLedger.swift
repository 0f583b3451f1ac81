package import Domain

/// What each target was told: by it nothing is told twice, and nobody is told too much.
///
/// Kept on the disk, so that it outlives the process.
package struct NotificationLedger: Hashable, Sendable {
    /// What becomes of an event at one target.
    package enum Judgement: Hashable, Sendable {
        /// It is to be sent, and says how many were held back before.
        case tell(heldBack: Int)
        /// It is below the least priority that the target is told.
        case unimportant
        /// It was told, or held back, before.
        case repetition
        /// There were too many within an hour.
        case heldBack
    }

    /// What one target was told.
    package struct Page: Hashable, Sendable {
        /// When something was sent, within the last hour; in order.
        var sent: [Timestamp] = []
        /// How many were held back since.
        var heldBack = 0
        var tasks: [TaskID: Told] = [:]
    }

    /// What was told of one task.
    package struct Told: Hashable, Sendable {
        var attempt: Int
        var at: Timestamp
        /// Of the attempt.
        var marks: Set<String>
    }

    /// Since when a server of this machine tells what changes; `nil` before its first start.
    package var servedSince: Timestamp?
    /// By target.
    var pages: [String: Page] = [:]

    package init() {}

    static let window = Duration.seconds(3600)
    /// What was told is remembered so long after it was told last.
    private static let memory = Duration.seconds(90 * 86_400)
    /// Beyond these, what was told longest ago is forgotten.
    private static let mostTasks = 2000
    /// A task that asks without end is not remembered without end.
    private static let mostMarks = 500

    /// Judges an event; what is held back is noted at once.
    package mutating func judge(_ event: NotificationEvent, for target: NotificationTarget, at time: Timestamp)
        -> Judgement
    {
        guard event.priority >= target.least else { return .unimportant }
        var page = page(of: target, at: time)
        guard !page.knows(event) else { return .repetition }
        if page.sent.count >= target.mostPerHour {
            page.heldBack += 1
            page.note(event, at: time, most: Self.mostMarks)
            pages[target.name] = page
            return .heldBack
        }
        return .tell(heldBack: page.heldBack)
    }

    /// Notes that an event was sent, or that nobody tries to send it any more.
    package mutating func noteTold(_ event: NotificationEvent, to target: NotificationTarget, at time: Timestamp) {
        var page = page(of: target, at: time)
        page.sent.append(time)
        page.heldBack = max(0, page.heldBack - event.heldBack)
        page.note(event, at: time, most: Self.mostMarks)
        page.forget(before: time - Self.memory, most: Self.mostTasks)
        pages[target.name] = page
    }

    /// How many were held back, once there is room to say so; `nil` before.
    package func heldBackToTell(to target: NotificationTarget, at time: Timestamp) -> Int? {
        let page = page(of: target, at: time)
        return page.heldBack > 0 && page.sent.count < target.mostPerHour ? page.heldBack : nil
    }

    private func page(of target: NotificationTarget, at time: Timestamp) -> Page {
        var page = pages[target.name] ?? Page()
        // A clock that was set back must not hold everything back until it is there again.
        page.sent = page.sent.filter { $0 <= time && time - $0 < Self.window }
        return page
    }
}

extension NotificationLedger.Page {
    /// What is about no task is never a repetition.
    fileprivate func knows(_ event: NotificationEvent) -> Bool {
        guard let subject = event.subject, let told = tasks[subject.task] else { return false }
        return subject.attempt < told.attempt || subject.attempt == told.attempt && told.marks.contains(subject.mark)
    }

    fileprivate mutating func note(_ event: NotificationEvent, at time: Timestamp, most: Int) {
        guard let subject = event.subject else { return }
        var told = tasks[subject.task] ?? .init(attempt: subject.attempt, at: time, marks: [])
        if told.attempt < subject.attempt { told = .init(attempt: subject.attempt, at: time, marks: []) }
        told.at = time
        if told.marks.count < most { told.marks.insert(subject.mark) }
        tasks[subject.task] = told
    }

    fileprivate mutating func forget(before time: Timestamp, most: Int) {
        tasks = tasks.filter { $0.value.at >= time }
        guard tasks.count > most else { return }
        let oldest = tasks.sorted { ($0.value.at, $0.key.rawValue) < ($1.value.at, $1.key.rawValue) }
        for entry in oldest.prefix(tasks.count - most) { tasks[entry.key] = nil }
    }
}

extension Timestamp {
    fileprivate static func - (lhs: Timestamp, rhs: Duration) -> Timestamp {
        Timestamp(millisecondsSince1970: lhs.millisecondsSince1970 - rhs.milliseconds)
    }
}
