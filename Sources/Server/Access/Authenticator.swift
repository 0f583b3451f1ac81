import Domain
import Fleet
import Logging
import Store

/// Finds out who asks.
struct Authenticator: Sendable {
    let store: any TaskStore
    let surroundings: Surroundings
    private let failures: RateLimiter
    private let requests: RateLimiter

    init(store: any TaskStore, limits: ServerLimits, surroundings: Surroundings) {
        self.store = store
        self.surroundings = surroundings
        failures = RateLimiter(capacity: limits.failuresPerMinute, perSecond: limits.failuresPerMinute / 60)
        requests = RateLimiter(capacity: limits.requestBurst, perSecond: limits.requestsPerSecond)
    }

    /// Throws an ``APIError`` where the caller is unknown, or asks too often.
    func caller(_ credential: Credential, from address: String) async throws -> Caller {
        let time = surroundings.now()
        guard case .token(let token) = credential else { throw refusal(address, at: time) }
        switch try await store.authenticate(token, at: time) {
        case .accepted(let record):
            if let wait = requests.take(record.id, at: time) { throw APIError.tooMany(after: wait) }
            return Caller(token: record)
        case .refused(let cause):
            surroundings.logger.warning(
                "A token was refused.",
                metadata: ["token.id": "\(token.id)", "cause": "\(cause.rawValue)", "address": "\(address)"]
            )
            throw refusal(address, at: time)
        }
    }

    /// Only who is refused is slowed down: others of the same address have nothing to do with it.
    private func refusal(_ address: String, at time: Timestamp) -> APIError {
        failures.take(address, at: time).map(APIError.tooMany) ?? .unauthorized
    }
}
