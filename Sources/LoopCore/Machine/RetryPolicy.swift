package import Domain

/// How long a wait lasts.
package enum WaitDelay: Hashable, Sendable, Codable {
    /// Until a time that the agent stated, but at least so long: the time may have passed, and limits outlast it.
    case until(Timestamp, atLeast: Duration)
    case backoff(Duration)
    /// So long and no longer: nothing is met by many at once there.
    case exactly(Duration)
    /// Until a time that was decided before: by another task of the account, or by an earlier run.
    case at(Timestamp, stated: Timestamp?)

    /// The stated end, where there is one: an invented time is never shown.
    package var until: Timestamp? {
        switch self {
        case .until(let time, _): time
        case .backoff, .exactly: nil
        case .at(_, let stated): stated
        }
    }

    /// When the wait is over, by the wall clock.
    ///
    /// `jitter`, from 0 to 1, spreads the ends of many waits, later only.
    package func end(from now: Timestamp, jitter: Double) -> Timestamp {
        switch self {
        case .until(let time, let least):
            let isBelieved = time <= now + RetryPolicy.farthestReset
            let end = isBelieved ? max(time, now + least) : now + RetryPolicy.probeInterval
            return end + .seconds(60) * jitter
        case .backoff(let duration): return now + duration + duration * (0.25 * jitter)
        case .exactly(let duration): return now + duration
        case .at(let time, _): return time
        }
    }
}

/// How often and after how long the same iteration is tried again.
package enum RetryPolicy {
    /// For a service that is overloaded, unreachable or asks for fewer requests: about 20 minutes in all.
    package static let serviceTries = 10
    /// For a used-up allowance: after that it is not a matter of waiting any more.
    package static let usageTries = 5
    /// A stated reset further ahead is shown, but not believed: allowances come back within a week.
    package static let farthestReset = Duration.seconds(8 * 86_400)
    /// How often the service is asked all the same.
    package static let probeInterval = Duration.seconds(86_400)
    package static let loginTries = 2
    package static let sessionTries = 3
    /// For an agent that ends at once and says nothing.
    package static let launchTries = 3

    /// 5 s, doubled with each failure, 5 min at most; or what the service asked for, an hour at most.
    package static func serviceDelay(afterFailures failures: Int, atLeast wish: Duration?) -> WaitDelay {
        let exponential = Duration.seconds(5 << min(max(failures - 1, 0), 16))
        let longest = Duration.seconds(300)
        let asked = min(wish ?? .zero, .seconds(3600))
        return .backoff(max(min(exponential, longest), asked))
    }

    /// Until the reset; where it is not known 5, 15, 30, then 60 min.
    package static func usageDelay(afterFailures failures: Int, resetsAt: Timestamp?) -> WaitDelay {
        guard let resetsAt else { return .backoff(.seconds(60 * pick([5, 15, 30, 60], failures))) }
        return .until(resetsAt, atLeast: .seconds(60 * pick([1, 5, 15, 30], failures)))
    }

    private static func pick(_ steps: [Int], _ failures: Int) -> Int {
        steps[min(max(failures - 1, 0), steps.count - 1)]
    }
}
