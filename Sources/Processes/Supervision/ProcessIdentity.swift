import CLinux
import Glibc

/// Which process is meant, also when its number has been given to another one.
package struct ProcessIdentity: Hashable, Sendable, Codable {
    package var pid: Int32
    /// In the kernel's ticks since the machine was started.
    package var startTime: UInt64

    init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// `nil` when there is no such process.
    package init?(of pid: Int32) {
        guard let facts = ProcessFacts(of: pid) else { return nil }
        self.pid = pid
        startTime = facts.startTime
    }

    /// Whether the process runs; one that only waits to be reaped does not.
    package var isRunning: Bool {
        guard let facts = ProcessFacts(of: pid) else { return false }
        return facts.startTime == startTime && !facts.isZombie
    }

    /// How long ago it was started, also counting the time in which the machine was suspended.
    package var age: Duration {
        let uptime = SmallFile.read("/proc/uptime", atMost: 64) ?? []
        guard let word = String(decoding: uptime, as: UTF8.self).split(separator: " ").first,
            let seconds = Double(word)
        else { return .zero }
        let perSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return max(.zero, .seconds(seconds) - .milliseconds(Int64(clamping: startTime * 1000 / perSecond)))
    }

    private func watch(on loop: EventLoop, _ ended: @escaping @Sendable () -> Void) throws(ProcessError) {
        let raw = cs_pidfd_open(pid)
        if raw < 0, errno == ESRCH { return ended() }
        let pidfd = try Descriptor(adopting: raw, "pidfd_open", "\(pid)")
        // Only now: from here on the number cannot come to mean another process unnoticed.
        guard isRunning else { return ended() }
        loop.whenReadable(pidfd, ended)
    }

    /// Waits until the process has ended, also one that is not a child; returns at once when it is gone already.
    package func ended(on loop: EventLoop) async throws {
        let ended = Completion<Void>()
        try watch(on: loop) { ended.complete(()) }
        await ended.value()
    }
}
