package import Domain
import Synchronization

/// What has changed in a store since it was last told.
package struct StoreChange: Hashable, Sendable {
    /// The tasks that have changed, or have something new in their history.
    package var tasks: Set<TaskID> = []
    /// The tasks that were deleted; as far as they are named.
    package var deleted: Set<TaskID> = []
    /// Whether a task was made, deleted or has another status, name or demands.
    package var isListChanged = false
    /// Whether a daemon, or a session of one, has changed.
    package var areDaemonsChanged = false
    /// The contracts that have changed.
    package var contracts: Set<ContractID> = []
    /// Whether commands were queued.
    package var areCommandsQueued = false
    /// Whether so many tasks or contracts have changed that they are not named: look at everything.
    package var isOverflown = false

    package init() {}

    package var isEmpty: Bool { self == StoreChange() }
    package var areContractsChanged: Bool { !contracts.isEmpty }

    /// More tasks, or contracts, are not named.
    static let most = 1000

    mutating func add(_ other: StoreChange) {
        isListChanged = isListChanged || other.isListChanged
        areDaemonsChanged = areDaemonsChanged || other.areDaemonsChanged
        areCommandsQueued = areCommandsQueued || other.areCommandsQueued
        isOverflown = isOverflown || other.isOverflown
        tasks.formUnion(other.tasks)
        deleted.formUnion(other.deleted)
        contracts.formUnion(other.contracts)
        guard isOverflown || tasks.count > Self.most || contracts.count > Self.most else { return }
        isOverflown = true
        tasks = []
        deleted = []
        contracts = []
    }
}

/// The changes of a store, as they come.
///
/// Who is slow gets several at once, and never more than ``StoreChange`` can hold: nobody is waited for, and nothing
/// piles up. For one reader.
package struct ChangeFeed: AsyncSequence, Sendable {
    package typealias Element = StoreChange
    package typealias Failure = Never

    fileprivate let subscription: ChangeSubscription

    package func makeAsyncIterator() -> Iterator { Iterator(subscription: subscription) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let subscription: ChangeSubscription
        private var bells: AsyncStream<Void>.Iterator

        fileprivate init(subscription: ChangeSubscription) {
            self.subscription = subscription
            bells = subscription.bells.makeAsyncIterator()
        }

        /// `nil` when the reader's task is cancelled, or the store is gone.
        package mutating func next(isolation actor: isolated (any Actor)?) async -> StoreChange? {
            while await bells.next(isolation: actor) != nil {
                let change = subscription.drain()
                if !change.isEmpty { return change }
            }
            return nil
        }
    }
}

/// One reader's changes that it has not been told yet.
private final class ChangeSubscription: Sendable {
    let bells: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation
    private let pending = Mutex(StoreChange())

    init() {
        (bells, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    deinit { bell.finish() }

    func add(_ change: StoreChange) {
        pending.withLock { $0.add(change) }
        bell.yield()
    }

    func drain() -> StoreChange {
        pending.withLock { pending in
            let change = pending
            pending = StoreChange()
            return change
        }
    }

    func finish() { bell.finish() }
}

/// Tells all readers of a store what has changed.
package final class ChangeBoard: Sendable {
    private struct Reader {
        weak var subscription: ChangeSubscription?
    }

    private let readers = Mutex<[Reader]>([])

    package init() {}

    deinit {
        for reader in readers.withLock({ $0 }) { reader.subscription?.finish() }
    }

    package func subscribe() -> ChangeFeed {
        let subscription = ChangeSubscription()
        readers.withLock { readers in
            readers.removeAll { $0.subscription == nil }
            readers.append(Reader(subscription: subscription))
        }
        return ChangeFeed(subscription: subscription)
    }

    /// Tells what a transaction that was committed has changed.
    package func post(_ change: StoreChange) {
        guard !change.isEmpty else { return }
        for reader in readers.withLock({ $0 }) { reader.subscription?.add(change) }
    }
}
