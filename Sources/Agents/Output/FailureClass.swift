import Domain

/// What a failure is about that an agent's program reports about itself or about the model's service.
enum FailureClass: Hashable, Sendable {
    case usageLimit
    case rateLimited
    case overloaded
    case network
    case authentication
    case billing
    case contextOverflow
    case unusableSession
    case launchFailure

    /// The end of an iteration with such a failure, told in `message`, for people.
    func end(_ message: String, resetsAt: Timestamp? = nil, retryAfter: Duration? = nil) -> IterationEnd {
        switch self {
        case .usageLimit: .usageLimit(resetsAt: resetsAt)
        case .rateLimited: .rateLimited(retryAfter: retryAfter)
        case .overloaded: .overloaded
        case .network: .network(message: message)
        case .authentication: .authentication(message: message)
        case .billing: .billing(message: message)
        case .contextOverflow: .contextOverflow
        case .unusableSession: .unusableSession
        case .launchFailure: .launchFailure(message: message)
        }
    }

    /// What the agent waits for when it tries again by itself after such a failure; `nil` where waiting is no use.
    var waitCause: WaitCause? {
        switch self {
        case .usageLimit: .usageLimit
        case .rateLimited: .rateLimited
        case .overloaded: .overloaded
        case .network: .network
        case .authentication, .billing, .contextOverflow, .unusableSession, .launchFailure: nil
        }
    }
}
