import Domain
import Store
import Synchronization

/// Wakes those who look on when there may be something new to see.
///
/// What they have seen they know themselves, and read the rest from the store: who is slow gets more at once, and
/// nothing piles up.
final class ViewerHub: Sendable {
    /// What somebody looks at.
    enum Subject: Hashable, Sendable {
        case task(TaskID)
        case all
    }

    private struct State {
        var viewers: [Subject: [ObjectIdentifier: Bell]] = [:]
        var count = 0
        var isFinished = false
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Begins to look; `nil` where too many do, or the server is about to end.
    func open(_ subject: Subject) -> Bell? {
        state.withLock { state in
            guard !state.isFinished, state.count < limit else { return nil }
            let bell = Bell()
            state.viewers[subject, default: [:]][ObjectIdentifier(bell)] = bell
            state.count += 1
            return bell
        }
    }

    func close(_ bell: Bell, _ subject: Subject) {
        state.withLock { state in
            guard state.viewers[subject]?.removeValue(forKey: ObjectIdentifier(bell)) != nil else { return }
            state.count -= 1
            if state.viewers[subject]?.isEmpty == true { state.viewers[subject] = nil }
        }
    }

    func note(_ change: StoreChange) {
        let bells = state.withLock { state in
            var bells: [Bell] = []
            if change.isListChanged || change.isOverflown { bells += (state.viewers[.all] ?? [:]).values }
            if change.isOverflown {
                for (subject, viewers) in state.viewers where subject != .all { bells += viewers.values }
            } else {
                for task in change.tasks { bells += (state.viewers[.task(task)] ?? [:]).values }
            }
            return bells
        }
        for bell in bells { bell.ring() }
    }

    /// Wakes everyone: so each finds out whether its connection is still there.
    func pulse() { for bell in all { bell.ring() } }

    /// Ends all looking.
    func finish() {
        state.withLock { $0.isFinished = true }
        for bell in all { bell.finish() }
    }

    private var all: [Bell] { state.withLock { state in state.viewers.values.flatMap(\.values) } }

    var count: Int { state.withLock { $0.count } }
}
