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
        /// When something was sent that needs nobody, within the last hour; in order.
        var sent: [Timestamp] = []
        /// The same of what needs a person.
        var urgent: [Timestamp] = []
        /// How many were held back since.
        var heldBack = 0
        /// The tasks amongst these that need a person, as they came.
        var needing: [TaskID] = []
        var tasks: [TaskID: Told] = [:]
    }

    /// What was held back, and is to be told for itself.
    package struct HeldBack: Hashable, Sendable {
        package var count: Int
        /// The tasks that need a person.
        package var needing: [TaskID]
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
    /// So many tasks are named that need a person.
    private static let mostNeeding = 50

    /// Judges an event; what is held back is noted at once.
    package mutating func judge(_ event: NotificationEvent, for target: NotificationTarget, at time: Timestamp)
        -> Judgement
    {
        guard event.priority >= target.least else { return .unimportant }
        var page = page(of: target, at: time)
        guard !page.knows(event) else { return .repetition }
        guard page.hasRoom(for: event.priority, at: target) else {
            page.heldBack += 1
            if event.priority == .high, let task = event.subject?.task, !page.needing.contains(task) {
                page.needing = (page.needing + [task]).suffix(Self.mostNeeding)
            }
            page.note(event, at: time, most: Self.mostMarks)
            pages[target.name] = page
            return .heldBack
        }
        // Where somebody is needed, it is told for itself.
        return .tell(heldBack: page.needing.isEmpty ? page.heldBack : 0)
    }

    /// Notes that an event was sent, or that nobody tries to send it any more.
    package mutating func noteTold(_ event: NotificationEvent, to target: NotificationTarget, at time: Timestamp) {
        var page = page(of: target, at: time)
        if event.priority == .high { page.urgent.append(time) } else { page.sent.append(time) }
        page.heldBack = max(0, page.heldBack - event.heldBack)
        // Whoever hears of a task need not be told that it was held back.
        page.needing.removeAll { event.needing.contains($0) || event.subject?.task == $0 }
        page.note(event, at: time, most: Self.mostMarks)
        page.forget(before: time - Self.memory, most: Self.mostTasks)
        pages[target.name] = page
    }

    /// What was held back, once there is room to say so; `nil` before.
    package func heldBackToTell(to target: NotificationTarget, at time: Timestamp) -> HeldBack? {
        let page = page(of: target, at: time)
        let priority: NotificationPriority = page.needing.isEmpty ? .normal : .high
        guard page.heldBack > 0, page.hasRoom(for: priority, at: target) else { return nil }
        return HeldBack(count: page.heldBack, needing: page.needing)
    }

    /// The same, where tasks amongst it need a person: it is told before anything else.
    package func needingToTell(to target: NotificationTarget, at time: Timestamp) -> HeldBack? {
        heldBackToTell(to: target, at: time).flatMap { $0.needing.isEmpty ? nil : $0 }
    }

    private func page(of target: NotificationTarget, at time: Timestamp) -> Page {
        var page = pages[target.name] ?? Page()
        // A clock that was set back must not hold everything back until it is there again.
        page.sent = page.sent.filter { $0 <= time && time - $0 < Self.window }
        page.urgent = page.urgent.filter { $0 <= time && time - $0 < Self.window }
        return page
    }
}

extension NotificationLedger.Page {
    /// What needs a person is not held back because others were told.
    fileprivate func hasRoom(for priority: NotificationPriority, at target: NotificationTarget) -> Bool {
        priority == .high ? urgent.count < target.mostUrgentPerHour : sent.count < target.mostPerHour
    }

    /// What is about no task is never a repetition.
    fileprivate func knows(_ event: NotificationEvent) -> Bool {
        guard let subject = event.subject, let told = tasks[subject.task] else { return false }
        // An attempt that never began is nothing new.
        if event.kind == .cannotBegin, told.marks.contains(subject.mark) { return true }
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
