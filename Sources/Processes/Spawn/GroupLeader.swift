import Glibc

/// A child that leads a process group of its own, until nothing of the group is left.
///
/// Its end is seen through a pidfd. Then the group is killed, and only then the leader is reaped: as long as it is a
/// zombie, neither its number nor the group's can be given to anybody else.
///
/// Unchecked: only touched on the loop's thread.
final class GroupLeader: @unchecked Sendable {
    let pid: pid_t
    private let loop: EventLoop
    private var exit: Watch?
    private var isReaped = false
    private var settling: OneShotTimer?

    /// How long the killed rest of a group may take to vanish.
    private static let settlingSteps: [Duration] = [1, 2, 5, 10, 20, 50, 100].map(Duration.milliseconds)
    /// How many of these steps a group is given that has closed its output: what is left are then mostly zombies, which
    /// cannot be told from processes here, and which stay as long as their new parent does not reap them.
    private static let stepsWhenQuiet = 2

    /// Watches the child `pid` and calls `ended` when it has ended; the owner must then call `conclude`.
    ///
    /// When the child cannot be watched it is killed and reaped before the error is thrown.
    init(pid: pid_t, on loop: EventLoop, ended: @escaping @Sendable () -> Void) throws(ProcessError) {
        self.pid = pid
        self.loop = loop
        do {
            exit = try loop.watch(try Descriptor.pidfd(of: pid)) { [weak self] in
                self?.exit?.cancel()
                ended()
            }
        } catch {
            Self.abandon(pid)
            throw error
        }
    }

    /// Sends a signal to the whole group; nothing happens when the leader was reaped already.
    func signal(_ number: Int32) {
        guard !isReaped else { return }
        kill(-pid, number)
    }

    /// Kills everything below the leader, also what has left the group, and lets the leader go on.
    func killDescendants() {
        guard !isReaped else { return }
        ProcessTree(root: pid).killDescendants()
    }

    /// Kills what is left of the group, reaps the leader, and calls `body` when the group is empty.
    ///
    /// `isQuiet` tells whether nobody can write to the group's output any more.
    func conclude(
        isQuiet: @escaping @Sendable () -> Bool = { false },
        then body: @escaping @Sendable (ExitStatus) -> Void
    ) {
        signal(SIGKILL)
        isReaped = true
        let status = Self.reap(pid)
        settle(step: 0, isQuiet: isQuiet) { body(status) }
    }

    /// Killed processes need a moment until they are gone.
    private func settle(step: Int, isQuiet: @escaping @Sendable () -> Bool, then body: @escaping @Sendable () -> Void) {
        settling?.cancel()
        settling = nil
        let steps = isQuiet() ? Self.settlingSteps.prefix(Self.stepsWhenQuiet) : Self.settlingSteps[...]
        guard step < steps.count, kill(-pid, 0) == 0 || errno != ESRCH else { return body() }
        do {
            settling = try OneShotTimer(on: loop) { self.settle(step: step + 1, isQuiet: isQuiet, then: body) }
            settling?.arm(steps[step])
        } catch {
            // Without a descriptor for a timer there is no waiting; the group was killed all the same.
            body()
        }
    }

    /// Ends a child that cannot be watched.
    static func abandon(_ pid: pid_t) {
        kill(-pid, SIGKILL)
        _ = reap(pid)
    }

    private static func reap(_ pid: pid_t) -> ExitStatus {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            // Somebody else reaped it, or children are ignored in this process: its status is lost.
            guard errno == EINTR else { return .signal(SIGKILL) }
        }
        return status & 0x7f == 0 ? .code((status >> 8) & 0xff) : .signal(status & 0x7f)
    }
}
