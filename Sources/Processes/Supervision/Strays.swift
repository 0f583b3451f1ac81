import Glibc

/// Processes that outlive the shim that should have ended them, because it was killed.
///
/// Without a sandbox a program may kill its own shim; what has left the shim's process group then runs on. Every process
/// that is started without a sandbox has the path of its spool in its environment, which its children inherit, and is
/// found by it. One that clears its environment is not found: only a sandbox holds those.
package struct Strays: Sendable {
    static let variable = "MAKIMA_RUN_ID"

    private let spool: Spool

    /// How often is looked again: what is killed may have started others meanwhile, and takes a moment to vanish.
    private static let rounds = 200

    package init(of spool: Spool) {
        self.spool = spool
    }

    /// Kills what is left of the spool's process, and returns how many processes that were.
    ///
    /// Does nothing where the shim recorded the end: then it has left nothing.
    @discardableResult
    package func end(waitingBy clock: any Clock<Duration>) async -> Int {
        guard shimIsLost else { return 0 }
        var killed: Set<ProcessIdentity> = []
        for _ in 0..<Self.rounds {
            let found = running()
            guard !found.isEmpty else { break }
            for process in found where process.isRunning && kill(process.pid, SIGKILL) == 0 { killed.insert(process) }
            // A cancelled task looks again at once: what was begun is finished all the same.
            try? await clock.sleep(for: .milliseconds(5))
        }
        return killed.count
    }

    private var shimIsLost: Bool {
        do {
            return try spool.state() == .started
        } catch {
            // A record that cannot be read tells of no end.
            return true
        }
    }

    private func running() -> [ProcessIdentity] {
        let mark = Array("\(Self.variable)=\(spool.directory)".utf8)
        return HostFolder.names(in: "/proc").compactMap { Int32($0) }
            .compactMap { pid in
                guard pid != getpid(), Self.isOwn(pid), let process = ProcessIdentity(of: pid), process.isRunning,
                    let environment = SmallFile.read("/proc/\(pid)/environ", atMost: 2 << 20),
                    environment.split(separator: 0).contains(where: { $0.elementsEqual(mark) })
                else { return nil }
                return process
            }
    }

    private static func isOwn(_ pid: Int32) -> Bool {
        var status = stat()
        return stat("/proc/\(pid)", &status) == 0 && status.st_uid == getuid()
    }
}
