import Glibc

/// The watch over one shim, from its start until nothing of it is left.
///
/// It lives on without its process object until then, so that the shim is always reaped. Unchecked: everything is only
/// touched on the loop's thread.
final class Supervision: @unchecked Sendable {
    let ended = Completion<ExitStatus>()

    private let loop: EventLoop
    private var leader: GroupLeader?
    private var patience: OneShotTimer?

    init(on loop: EventLoop) {
        self.loop = loop
    }

    /// Watches the child `pid`; one that cannot be watched is killed, and counts as ended.
    func watch(_ pid: pid_t) {
        loop.run { [self] in
            do {
                leader = try GroupLeader(pid: pid, on: loop) { [self] in
                    leader?.conclude(then: { [self] in finish($0) })
                }
            } catch {
                ended.complete(.signal(SIGKILL))
            }
        }
    }

    /// Kills the shim and its sandbox unless they have ended by themselves after `patience`.
    func kill(after patience: Duration) {
        loop.run { [self] in
            guard let leader, self.patience == nil else { return }
            // A shim that was stopped could not act.
            leader.signal(SIGCONT)
            do {
                self.patience = try OneShotTimer(on: loop) { leader.signal(SIGKILL) }
                self.patience?.arm(patience)
            } catch {
                // Without a descriptor for a timer there is no patience.
                leader.signal(SIGKILL)
            }
        }
    }

    private func finish(_ status: ExitStatus) {
        patience?.cancel()
        patience = nil
        leader = nil
        ended.complete(status)
    }
}
