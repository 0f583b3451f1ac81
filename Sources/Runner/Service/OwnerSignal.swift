import Glibc
import Processes

/// Tells the makima process that runs a task to stop, as Ctrl-C would, or at once.
enum OwnerSignal {
    static func isGone(_ owner: Int32) -> Bool {
        kill(owner, 0) != 0 && errno == ESRCH
    }

    /// Whether the process waits for wishes: one that uses the task otherwise, as by a shell in its workspace, would die of an
    /// interrupt, or not notice.
    ///
    /// Also true where the system does not tell.
    static func hears(_ owner: Int32) -> Bool { catches(SIGUSR1, owner) }

    private static func catches(_ signal: Int32, _ owner: Int32) -> Bool {
        guard let bytes = SmallFile.read("/proc/\(owner)/status", atMost: 64 << 10),
            let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                .first(where: { $0.hasPrefix("SigCgt:") }),
            let caught = UInt64(line.dropFirst("SigCgt:".count).drop { $0 == "\t" }, radix: 16)
        else { return true }
        return caught & 1 << UInt64(signal - 1) != 0
    }

    /// Returns false when the process has gone meanwhile.
    static func send(to owner: Int32, force: Bool) throws(ServiceError) -> Bool {
        // Two interrupts would be one where the second comes before the first is handled: the kernel counts none of them.
        // One of an earlier version knows no SIGUSR2, and would die of it.
        try send(force && catches(SIGUSR2, owner) ? SIGUSR2 : SIGINT, to: owner)
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
