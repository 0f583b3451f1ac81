import Glibc

/// The watch over one shim, from its start until nothing of it is left.
///
/// The shim keeps the deadline and ends its program. Without a sandbox the program can stop or kill the shim and its guard,
/// though: what they do not do in time is done here.
///
/// It lives on without its process object until then, so that the shim is always reaped. Unchecked: everything is only
/// touched on the loop's thread.
final class Supervision: @unchecked Sendable {
    /// What was agreed with the shim.
    struct Terms: Sendable {
        /// From its start.
        var deadline: Duration?
        /// Between interrupt, terminate and kill.
        var grace: Duration
        /// How much longer than it needs the shim is given.
        var patience: Duration
        var isConfining: Bool
        /// What everything that is started is in.
        var group: SupervisedGroup?

        /// How long a gentle end may take.
        var gentleEnd: Duration { grace * 2 + patience }
    }

    let ended = Completion<ExitStatus>()
    /// Why makima wanted the end: what counts where the shim cannot tell.
    let wish = Completion<ExitRecord.Cause>()

    /// Whether the program did not start in time.
    let lateStart = Completion<Void>()

    private let terms: Terms
    private let loop: EventLoop
    private var leader: (any SupervisedLeader)?
    private var timers: [ExitRecord.Cause: OneShotTimer] = [:]
    private var lastTimer: OneShotTimer?
    private var startTimer: OneShotTimer?

    init(_ terms: Terms, on loop: EventLoop) {
        self.terms = terms
        self.loop = loop
    }

    /// Watches the child `pid`; one that cannot be watched is killed, and counts as ended.
    func watch(_ pid: pid_t) {
        loop.run { [self] in
            do {
                leader = try GroupLeader(pid: pid, on: loop) { [self] in conclude() }
            } catch {
                ended.complete(.signal(SIGKILL))
            }
            if let deadline = terms.deadline { expectEnd(.deadline, within: deadline + terms.gentleEnd) }
        }
    }

    /// Watches what another makima started; where that cannot be done it counts as ended, and its shim ends it.
    func watch(_ adopted: AdoptedLeader) {
        loop.run { [self] in
            do {
                leader = adopted
                try adopted.watch(on: loop) { [self] in conclude() }
            } catch {
                leader = nil
                ended.complete(.signal(SIGKILL))
            }
            if let deadline = terms.deadline { expectEnd(.deadline, within: deadline + terms.gentleEnd) }
        }
    }

    private func conclude() { leader?.conclude { [self] in finish($0) } }

    /// Ends everything itself where a gentle end, which the shim was told of, takes too long.
    func expectGentleEnd() {
        wish.complete(.interrupted)
        loop.run { [self] in
            wake()
            expectEnd(.interrupted, within: terms.gentleEnd)
        }
    }

    /// Ends everything itself unless it has ended by itself after `patience`, by default that of the terms.
    func kill(after patience: Duration? = nil) {
        wish.complete(.killed)
        loop.run { [self] in
            wake()
            expectEnd(.killed, within: patience ?? terms.patience)
        }
    }

    /// Calls `end` where ``noteStart()`` has not come within `limit`.
    func expectStart(within limit: Duration, orElse end: @escaping @Sendable () -> Void) {
        loop.run { [self] in
            guard leader != nil else { return }
            // Without a descriptor for a timer the deadline ends it.
            startTimer = try? OneShotTimer(on: loop) { [self] in
                lateStart.complete(())
                end()
            }
            startTimer?.arm(limit)
        }
    }

    func noteStart() {
        loop.run { [self] in forgetStart() }
    }

    private func forgetStart() {
        startTimer?.cancel()
        startTimer = nil
    }

    /// A shim that was stopped could not act.
    private func wake() { leader?.signal(SIGCONT) }

    private func expectEnd(_ cause: ExitRecord.Cause, within limit: Duration) {
        guard leader != nil, timers[cause] == nil else { return }
        do {
            let timer = try OneShotTimer(on: loop) { [self] in takeOver(cause) }
            timers[cause] = timer
            timer.arm(limit)
        } catch {
            // Without a descriptor for a timer there is no patience; a deadline is left to the shim.
            if cause != .deadline { takeOver(cause) }
        }
    }

    /// Ends the program by makima's own hand.
    ///
    /// Under a sandbox its first process is enough. Elsewhere the guard is left at first: it reaps, sees what else there is
    /// and records it.
    private func takeOver(_ cause: ExitRecord.Cause) {
        guard let leader, lastTimer == nil else { return }
        wish.complete(cause)
        guard !terms.isConfining else { return leader.signal(SIGKILL) }
        leader.killDescendants()
        do {
            lastTimer = try OneShotTimer(on: loop) { leader.signal(SIGKILL) }
            lastTimer?.arm(terms.patience)
        } catch {
            // Without a descriptor for a timer there is no patience.
            leader.signal(SIGKILL)
        }
    }

    private func finish(_ status: ExitStatus) {
        for timer in timers.values { timer.cancel() }
        timers = [:]
        forgetStart()
        lastTimer?.cancel()
        lastTimer = nil
        leader = nil
        guard let group else { return ended.complete(status) }
        group.end(on: loop) { [self] in ended.complete(status) }
    }

    /// Known to nobody else, so that it is removed when nobody waits for the process any more.
    var group: SupervisedGroup? { terms.group }
}
