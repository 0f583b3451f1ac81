import Glibc

/// Tells the makima process that runs a task to stop, as Ctrl-C would, or at once.
enum OwnerSignal {
    static func isGone(_ owner: Int32) -> Bool {
        kill(owner, 0) != 0 && errno == ESRCH
    }

    /// Returns false when the process has gone meanwhile.
    static func send(to owner: Int32, force: Bool) throws(ServiceError) -> Bool {
        // Two interrupts would be one where the second comes before the first is handled: the kernel counts none of them.
        try send(force ? SIGUSR2 : SIGINT, to: owner)
    }

    /// Tells it to pause; as ``send(to:force:)``.
    static func pause(_ owner: Int32) throws(ServiceError) -> Bool { try send(SIGUSR1, to: owner) }

    private static func send(_ signal: Int32, to owner: Int32) throws(ServiceError) -> Bool {
        // The owner alone holds that part of the lock by which its number was found: it lived until just now.
        guard kill(owner, signal) != 0 else { return true }
        guard errno == ESRCH else { throw .ownerUnreachable(owner, code: errno) }
        return false
    }
}
