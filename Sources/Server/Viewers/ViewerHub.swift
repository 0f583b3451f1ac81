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

    private struct Viewer {
        let bell: Bell
        /// Of the token that it came with.
        let tokenID: String
    }

    private struct State {
        var viewers: [Subject: [ObjectIdentifier: Viewer]] = [:]
        var count = 0
        /// By token.
        var counts: [String: Int] = [:]
        var isFinished = false
        var deletions = Deletions()
        var contracts = ContractChanges()
    }

    private let limit: Int
    private let limitOfToken: Int
    private let state = Mutex(State())

    /// `limit` is of all viewers, `limitOfToken` of those that come with one token.
    init(limit: Int, limitOfToken: Int) {
        self.limit = limit
        self.limitOfToken = limitOfToken
    }

    enum Opening: Sendable {
        case open(Bell)
        /// Too many look on.
        case full
        case fullForToken
        /// The server is about to end.
        case finished
    }

    /// Begins to look; whoever does closes the bell.
    func open(_ subject: Subject, tokenID: String) -> Opening {
        state.withLock { state in
            guard !state.isFinished else { return .finished }
            guard state.count < limit else { return .full }
            guard state.counts[tokenID, default: 0] < limitOfToken else { return .fullForToken }
            let bell = Bell()
            state.viewers[subject, default: [:]][ObjectIdentifier(bell)] = Viewer(bell: bell, tokenID: tokenID)
            state.count += 1
            state.counts[tokenID, default: 0] += 1
            return .open(bell)
        }
    }

    func close(_ bell: Bell, _ subject: Subject) {
        state.withLock { state in
            guard let viewer = state.viewers[subject]?.removeValue(forKey: ObjectIdentifier(bell)) else { return }
            state.count -= 1
            let left = state.counts[viewer.tokenID, default: 1] - 1
            state.counts[viewer.tokenID] = left > 0 ? left : nil
            if state.viewers[subject]?.isEmpty == true { state.viewers[subject] = nil }
        }
    }

    func note(_ change: StoreChange) {
        let bells = state.withLock { state in
            state.deletions.add(change.deleted)
            state.contracts.add(change.contracts)
            if change.isOverflown {
                state.contracts.addUnknown()
                return state.viewers.values.flatMap(\.values).map(\.bell)
            }
            var bells: [Bell] = []
            if change.isListChanged || change.areContractsChanged {
                bells += (state.viewers[.all] ?? [:]).values.map(\.bell)
            }
            for task in change.tasks { bells += (state.viewers[.task(task)] ?? [:]).values.map(\.bell) }
            return bells
        }
        for bell in bells { bell.ring() }
    }

    /// The tasks that were deleted since `number`, and the number to ask with next.
    func deletions(since number: Int) -> (tasks: [TaskID], next: Int) {
        state.withLock { ($0.deletions.since(number), $0.deletions.next) }
    }

    /// The contracts that have changed since `number`, `nil` where not all are known; and the number to ask with next.
    func contracts(since number: Int) -> (changed: [ContractID]?, next: Int) {
        state.withLock { ($0.contracts.since(number), $0.contracts.next) }
    }

    /// Wakes everyone: so each finds out whether its connection is still there.
    func pulse() { for viewer in all { viewer.bell.ring() } }

    /// Ends the looking of those who came with a token.
    func end(tokenID: String) { for viewer in all where viewer.tokenID == tokenID { viewer.bell.finish() } }

    /// Ends all looking.
    func finish() {
        state.withLock { $0.isFinished = true }
        for viewer in all { viewer.bell.finish() }
    }

    private var all: [Viewer] { state.withLock { state in state.viewers.values.flatMap(\.values) } }

    var count: Int { state.withLock { $0.count } }
}
