package import Domain

/// What the end of one agent's process says about its account.
///
/// end                                             then
/// usageLimit, rateLimited                         all tasks of the account wait as long as this one
/// overloaded, network                             they wait as this one, but a minute at most: it may be its own trouble
/// incomplete, killed, launchFailure, silence      nothing is known: whoever comes next probes
/// everything else, where nobody stopped it        the service answered: what was known is over
package enum AccountLesson: Hashable, Sendable {
    case limited(WaitCause, until: Timestamp, stated: Timestamp?)
    /// Believed only from a probe: any other process may have been let in before the limit was met.
    case answered
    case nothing

    /// The longest wait for a service that fails others too.
    package static let longestForService = Duration.seconds(60)

    /// `end` came at `now`, and `own` is the wait that the task itself begins for it, where it does.
    ///
    /// Where a person wanted the end, it says nothing but what limits it met.
    package static func from(
        _ end: IterationEnd,
        own: TaskWait?,
        wasStopped: Bool,
        at now: Timestamp
    ) -> AccountLesson {
        switch end {
        case .usageLimit(let reset):
            let delay = RetryPolicy.usageDelay(afterFailures: 1, resetsAt: reset)
            return .limited(.usageLimit, until: own?.until ?? delay.end(from: now, jitter: 0), stated: reset)
        case .rateLimited(let wish):
            return .limited(.rateLimited, until: own?.until ?? serviceEnd(atLeast: wish, from: now), stated: nil)
        case .overloaded:
            return service(.overloaded, own: own, at: now)
        case .network:
            return service(.network, own: own, at: now)
        case .incomplete, .killed, .launchFailure, .silentLaunchFailure, .stall, .timeout(.iteration),
            .timeout(.firstOutput), .timeout(.timeBudget):
            // Who answered before that has told so when it did.
            return .nothing
        case .ok, .agentError, .authentication, .billing, .contextOverflow, .unusableSession, .permissionDenied,
            .question, .permissionAsked, .timeout(.toolCall):
            return wasStopped ? .nothing : .answered
        }
    }

    private static func service(_ cause: WaitCause, own: TaskWait?, at now: Timestamp) -> AccountLesson {
        let end = own?.until ?? serviceEnd(atLeast: nil, from: now)
        return .limited(cause, until: min(end, now + longestForService), stated: nil)
    }

    private static func serviceEnd(atLeast wish: Duration?, from now: Timestamp) -> Timestamp {
        RetryPolicy.serviceDelay(afterFailures: 1, atLeast: wish).end(from: now, jitter: 0)
    }
}
