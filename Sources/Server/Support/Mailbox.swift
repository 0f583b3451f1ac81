import Synchronization

/// Hands elements from one task to another, all that are there at once; who puts waits while too much is in it.
final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var weight = 0
        var isFinished = false
        var taker: CheckedContinuation<Void, Never>?
        var putter: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let state = Mutex(State())

    /// `limit` is of the weight that may wait; one element more is always taken.
    init(limit: Int) {
        self.limit = limit
    }

    /// Puts an element in, and waits until there is room for another; nothing happens after the end.
    func put(_ element: Element, weight: Int) async {
        let taker = state.withLock { state in
            guard !state.isFinished else { return nil as CheckedContinuation<Void, Never>? }
            state.elements.append(element)
            state.weight += weight
            defer { state.taker = nil }
            return state.taker
        }
        taker?.resume()
        await wait { state in
            state.weight > self.limit
        } park: { state, waiter in
            state.putter = waiter
        }
    }

    /// Whether who puts has to wait.
    var isFull: Bool { state.withLock { $0.weight > limit } }

    /// All that is there, waiting while that is nothing; `nil` at the end.
    func take() async -> [Element]? {
        await wait { state in
            state.elements.isEmpty
        } park: { state, waiter in
            state.taker = waiter
        }
        let (taken, putter) = state.withLock { state in
            defer { (state.elements, state.weight, state.putter) = ([], 0, nil) }
            return (state.elements, state.putter)
        }
        putter?.resume()
        return taken.isEmpty ? nil : taken
    }

    /// Nothing more comes; what is in it is still taken.
    func finish() {
        let waiters = state.withLock { state in
            state.isFinished = true
            defer { (state.taker, state.putter) = (nil, nil) }
            return [state.taker, state.putter]
        }
        for waiter in waiters { waiter?.resume() }
    }

    /// Suspends while `must` says so; the end, or that of the calling task, is not waited beyond.
    private func wait(
        while must: @escaping @Sendable (borrowing State) -> Bool,
        park: @escaping @Sendable (inout State, CheckedContinuation<Void, Never>) -> Void
    ) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let parked = state.withLock { state in
                    guard must(state), !state.isFinished else { return false }
                    park(&state, waiter)
                    return true
                }
                if !parked { waiter.resume() }
            }
        } onCancel: {
            finish()
        }
    }
}
