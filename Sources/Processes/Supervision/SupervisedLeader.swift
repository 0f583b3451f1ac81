import Glibc

/// The process that ends last of those that a supervised program is in, as seen from the loop's thread.
protocol SupervisedLeader: AnyObject, Sendable {
    /// Sends it a signal, and its group where it leads one; nothing happens when it has ended.
    func signal(_ number: Int32)
    /// Kills everything below it, and lets it go on.
    func killDescendants()
    /// Ends what is left, and calls `body` when nothing is.
    func conclude(then body: @escaping @Sendable (ExitStatus) -> Void)
}

extension GroupLeader: SupervisedLeader {
    func conclude(then body: @escaping @Sendable (ExitStatus) -> Void) {
        conclude(isQuiet: { false }, then: body)
    }
}

/// A leader that another makima started: it is no child of this process, and how it ends is told by its record alone.
///
/// Unchecked: only touched on the loop's thread.
final class AdoptedLeader: SupervisedLeader, @unchecked Sendable {
    private let identity: ProcessIdentity
    /// Means this process for as long as it is open.
    private let pidfd: Descriptor
    private var exit: Watch?

    /// Throws where the process has ended.
    init(_ identity: ProcessIdentity) throws(ProcessError) {
        self.identity = identity
        pidfd = try Descriptor.pidfd(of: identity.pid)
        // Only now: from here on the number cannot come to mean another process unnoticed.
        guard identity.isRunning else {
            throw .systemCallFailed("pidfd_open", subject: "\(identity.pid)", errno: ESRCH)
        }
    }

    /// Calls `ended` when it has ended; the owner must then call `conclude`.
    func watch(on loop: EventLoop, ended: @escaping @Sendable () -> Void) throws(ProcessError) {
        exit = try loop.watch(try pidfd.copy()) { [weak self] in
            self?.exit?.cancel()
            ended()
        }
    }

    func signal(_ number: Int32) { pidfd.signal(number) }

    func killDescendants() {
        guard identity.isRunning else { return }
        ProcessTree(root: identity.pid).killDescendants()
    }

    func conclude(then body: @escaping @Sendable (ExitStatus) -> Void) { body(.code(0)) }
}
