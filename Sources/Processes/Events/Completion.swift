import Synchronization

/// A value that comes once, for everybody who waits for it.
final class Completion<Value: Sendable>: Sendable {
    private enum State {
        case pending([@Sendable (Value) -> Void])
        case complete(Value)
    }

    private let state = Mutex(State.pending([]))

    /// The value, `nil` as long as it has not come.
    var current: Value? {
        state.withLock { state in
            if case .complete(let value) = state { value } else { nil }
        }
    }

    /// Only the first value counts.
    func complete(_ value: Value) {
        let observers: [@Sendable (Value) -> Void] = state.withLock { state in
            guard case .pending(let observers) = state else { return [] }
            state = .complete(value)
            return observers
        }
        for observer in observers { observer(value) }
    }

    /// Calls `body` with the value as soon as there is one, on whatever thread brings it.
    func observe(_ body: @escaping @Sendable (Value) -> Void) {
        let value: Value? = state.withLock { state in
            switch state {
            case .complete(let value): return value
            case .pending(let observers):
                state = .pending(observers + [body])
                return nil
            }
        }
        if let value { body(value) }
    }

    /// Waits for the value, also in a cancelled task.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            observe { continuation.resume(returning: $0) }
        }
    }
}
