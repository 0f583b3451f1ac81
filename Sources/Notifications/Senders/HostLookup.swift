import Dispatch
package import Domain
import Processes
import Synchronization

/// Finds the addresses of names, and this machine's own.
package struct HostLookup: Sendable {
    private let found: @Sendable (HostName) -> [IPAddress]
    /// `nil` where they cannot be told.
    package let own: @Sendable () -> Set<IPAddress>?

    /// `found` may take its time; it is called on a thread of its own.
    package init(
        found: @escaping @Sendable (HostName) -> [IPAddress],
        own: @escaping @Sendable () -> Set<IPAddress>?
    ) {
        self.found = found
        self.own = own
    }

    package static let system = HostLookup(found: NetworkAddresses.found, own: NetworkAddresses.own)

    /// None where the name is not known, or where the caller is cancelled: a look-up itself cannot be ended.
    func addresses(of host: HostName) async -> [IPAddress] {
        let answer = LookupAnswer()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard answer.wait(continuation) else { return }
                let found = found
                DispatchQueue.global().async { answer.give(found(host)) }
            }
        } onCancel: {
            answer.give([])
        }
    }
}

/// Who waits for a look-up is answered once: by it, or by an end of the waiting.
private final class LookupAnswer: Sendable {
    private enum State {
        case unasked
        case waiting(CheckedContinuation<[IPAddress], Never>)
        case answered
    }

    private let state = Mutex(State.unasked)

    /// Whether there is something to wait for.
    func wait(_ continuation: CheckedContinuation<[IPAddress], Never>) -> Bool {
        let waits = state.withLock { state in
            guard case .unasked = state else { return false }
            state = .waiting(continuation)
            return true
        }
        if !waits { continuation.resume(returning: []) }
        return waits
    }

    func give(_ addresses: [IPAddress]) {
        let waiting: CheckedContinuation<[IPAddress], Never>? = state.withLock { state in
            defer { state = .answered }
            guard case .waiting(let continuation) = state else { return nil }
            return continuation
        }
        waiting?.resume(returning: addresses)
    }
}
