package import Domain

/// Decides how long makima stays with a pull request, and what of it is given back to the agent.
///
/// A value: the shell looks at the forge and at the clock, and tells what it saw.
///
/// state      event           then
/// ready      opened          watching: look at once
/// watching   looked          ended where it is merged or closed; working where something new came and a round is left;
///                            ended where none is left, where all is green, or where nothing more can come; else look again
/// watching   said            working where a round is left: people have said something to the agent; else look again
/// watching   lookFailed      ended where the forge says no; else look again, later each time
/// ready, watching   stopRequested   ended
/// anything else is late, and changes nothing
package struct ReviewMachine: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case ready
        /// `quiet` looks in a row showed the same end, `troubles` in a row failed.
        case watching(quiet: Int, troubles: Int)
        /// What came back is given to the agent.
        case working
        case ended(ReviewEnd)
    }

    package enum Event: Hashable, Sendable {
        case opened
        case looked(ReviewSnapshot, at: Timestamp)
        case lookFailed(ForgeFailure, at: Timestamp)
        /// It is open, and people have said something that the agent has not heard and may still be told.
        case said(ReviewSnapshot, at: Timestamp)
        case stopRequested
    }

    package enum Effect: Hashable, Sendable {
        case look(after: Duration)
        /// Let the agent go on with these, which were never told; with none it hears what people said.
        case goOn([ReviewItem])
        case end(ReviewEnd)
    }

    package private(set) var state = State.ready
    private let rounds: Rounds
    private let told: Set<String>
    private let interval: Duration
    private let deadline: Timestamp

    /// So many looks in a row must show the same before it is believed: checks of a new commit do not begin at once.
    private static let looksToBelieve = 2
    /// The longest time between two looks at a forge in trouble, where the interval is not longer.
    private static let longestPause = Duration.seconds(900)
    /// So many things are told at once; the others come with the next round.
    private static let mostItems = 20

    private struct Rounds: Hashable, Sendable {
        var used: Int
        var limit: Int

        var isLeft: Bool { used < limit }
    }

    /// Goes on with what `record` tells; `deadline` is when makima leaves the pull request.
    package init(_ spec: ForgeSpec, _ record: ForgeRecord, deadline: Timestamp) {
        rounds = Rounds(used: record.rounds, limit: spec.rounds)
        told = record.told
        interval = spec.interval
        self.deadline = deadline
    }

    /// Applies `event`; `nil` where it means nothing now.
    package mutating func handle(_ event: Event) -> Effect? {
        switch (state, event) {
        case (.ready, .opened):
            state = .watching(quiet: 0, troubles: 0)
            return .look(after: .zero)
        case (.watching(let quiet, _), .looked(let snapshot, let now)):
            return judge(snapshot, quiet: quiet, at: now)
        case (.watching(let quiet, _), .said(let snapshot, let now)):
            return judge(snapshot, quiet: quiet, hasUnheard: true, at: now)
        case (.watching(let quiet, let troubles), .lookFailed(let failure, let now)):
            return bear(failure, quiet: quiet, troubles: troubles, at: now)
        case (.ready, .stopRequested), (.watching, .stopRequested): return end(.stopped)
        case (.ready, .looked), (.ready, .said), (.ready, .lookFailed), (.watching, .opened), (.working, _),
            (.ended, _):
            return nil
        }
    }

    private mutating func judge(
        _ snapshot: ReviewSnapshot,
        quiet: Int,
        hasUnheard: Bool = false,
        at now: Timestamp
    ) -> Effect {
        switch snapshot.standing {
        case .merged: return end(.merged)
        case .closed: return end(.closed)
        case .open: break
        }
        let new = news(of: snapshot)
        if new.isEmpty, hasUnheard, rounds.isLeft {
            state = .working
            return .goOn([])
        }
        if !new.isEmpty {
            guard rounds.isLeft else { return end(.roundsUsed(open: new.count)) }
            state = .working
            return .goOn(Array(new.prefix(Self.mostItems)))
        }
        if let settled = Self.settled(snapshot) {
            guard quiet + 1 < Self.looksToBelieve else { return end(settled) }
            return lookAgain(quiet: quiet + 1, at: now)
        }
        return lookAgain(quiet: 0, at: now)
    }

    /// What was never told: comments at once, checks that failed when none runs any more, so that all are told together.
    private func news(of snapshot: ReviewSnapshot) -> [ReviewItem] {
        snapshot.items.filter { item in
            !told.contains(item.id) && (item.kind != .checkFailed || snapshot.pending == 0)
        }
    }

    /// How it ends where nothing changes any more; `nil` while somebody still has something to do.
    private static func settled(_ snapshot: ReviewSnapshot) -> ReviewEnd? {
        guard snapshot.pending == 0 else { return nil }
        if !snapshot.failing.isEmpty { return .leftFailing(snapshot.failing) }
        return snapshot.passed > 0 || snapshot.isApproved ? .green : nil
    }

    private mutating func bear(_ failure: ForgeFailure, quiet: Int, troubles: Int, at now: Timestamp) -> Effect {
        let pause: Duration
        switch failure {
        case .credentialsMissing, .refused: return end(.refused(failure))
        case .limited(let wait): pause = max(interval, wait)
        case .unavailable, .unreadable:
            pause = max(interval, min(Self.longestPause, interval * (1 << min(troubles, 10))))
        }
        return lookAgain(quiet: quiet, troubles: troubles + 1, after: pause, at: now)
    }

    private mutating func lookAgain(
        quiet: Int,
        troubles: Int = 0,
        after pause: Duration? = nil,
        at now: Timestamp
    ) -> Effect {
        guard now < deadline else { return end(.patienceOver) }
        state = .watching(quiet: quiet, troubles: troubles)
        return .look(after: min(pause ?? interval, deadline - now))
    }

    private mutating func end(_ reason: ReviewEnd) -> Effect {
        state = .ended(reason)
        return .end(reason)
    }
}

/// Why makima does not stay with a pull request any more.
package enum ReviewEnd: Hashable, Sendable {
    case merged
    case closed
    /// Every check passed or people approved, and nothing is left to be told.
    case green
    /// These checks fail, which the agent was told of, and it did not change anything that could help.
    case leftFailing([String])
    /// More came back, and no round is left.
    case roundsUsed(open: Int)
    case patienceOver
    case refused(ForgeFailure)
    /// A person wants it.
    case stopped
}
