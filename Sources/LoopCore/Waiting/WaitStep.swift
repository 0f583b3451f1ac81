package import Domain

/// What a waiting task does next.
///
/// role      its time   the account's turn    then
/// waits     ahead      start                 go on: somebody's try worked
/// waits     ahead      probe, hold           sleep: this time is the task's own
/// waits     over       start, probe          go on
/// waits     over       hold                  wait as it says
/// standsBy  no matter  start                 go on: the probe works
/// standsBy  no matter  probe                 go on: the probe ended and said nothing, so somebody else tries
/// standsBy  no matter  hold, probed          look again soon
/// standsBy  no matter  hold, not probed      wait as it says: the limit was met again
///
/// Going on means that the account is asked once more, with its lock. Many are freed at once by a probe that works:
/// they go on spread over some seconds.
package enum WaitStep: Hashable, Sendable {
    case goOn(isSpread: Bool)
    case hold(AccountHold)
    case sleep(Duration)

    /// A wait sleeps in slices, so that a clock that was set, or a machine that slept, is noticed soon.
    package static let slice = Duration.seconds(60)
    /// How often one that stands by looks at the probe.
    package static let look = Duration.seconds(2)

    /// `left` is what is left of the wait; zero or below when its time has come.
    package static func next(_ role: TaskWait.Role, left: Duration, turn: AccountTurn) -> WaitStep {
        switch (role, turn) {
        case (.waits, .start), (.probes, .start): .goOn(isSpread: left > .zero)
        case (.standsBy, .start): .goOn(isSpread: true)
        case (.standsBy, .probe): .goOn(isSpread: false)
        case (.standsBy, .hold(let hold)): hold.isProbed ? .sleep(look) : .hold(hold)
        case (.waits, .probe), (.probes, .probe): left > .zero ? .sleep(min(left, slice)) : .goOn(isSpread: false)
        case (.waits, .hold(let hold)), (.probes, .hold(let hold)):
            left > .zero ? .sleep(min(left, slice)) : .hold(hold)
        }
    }
}
