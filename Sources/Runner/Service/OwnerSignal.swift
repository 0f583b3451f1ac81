import Glibc

/// Tells the makima process that runs a task to stop, as Ctrl-C would.
enum OwnerSignal {
    static func isGone(_ owner: Int32) -> Bool {
        kill(owner, 0) != 0 && errno == ESRCH
    }

    /// Returns false when the process has gone meanwhile.
    static func send(to owner: Int32, force: Bool) throws(ServiceError) -> Bool {
        // The owner alone holds that part of the lock by which its number was found: it lived until just now.
        for _ in 0..<(force ? 2 : 1) where kill(owner, SIGINT) != 0 {
            guard errno == ESRCH else { throw .ownerUnreachable(owner, code: errno) }
            return false
        }
        return true
    }
}
