package import Domain
import Glibc

/// Processes that outlive the shim that should have ended them, because it was killed.
///
/// Without a sandbox a program may kill its own shim. Then the shim's guard ends what is left; where that was killed
/// too, it is found here. Every process that is started without a sandbox has the path of its spool in its environment,
/// which its children inherit; and whoever can write into the spool's output, or into the pipes that lead there, has
/// them from the shim. One that clears its environment and writes elsewhere is not found: only a sandbox holds those.
/// Neither sign can be that of the user's own shell, wherever it stands. What was started in a control group is killed
/// through that, and then the kernel says that nothing is left.
package struct Strays: Sendable {
    static let variable = "MAKIMA_RUN_ID"

    private let spool: Spool

    /// How often is looked again: what is killed may have started others meanwhile, and takes a moment to vanish.
    private static let rounds = 200

    package init(of spool: Spool) {
        self.spool = spool
    }

    /// What was left of a process.
    package struct Findings: Hashable, Sendable {
        /// How many processes were ended, by the guard or here.
        package var ended = 0
        /// Whether there may be others: what hid itself while nobody watched, or cannot be killed.
        package var mayHaveMissed = false
        /// What the kernel did at the limits of a process whose makima was gone.
        package var limitHits: LimitHits?

        package init(ended: Int = 0, mayHaveMissed: Bool = false) {
            self.ended = ended
            self.mayHaveMissed = mayHaveMissed
        }
    }

    /// Kills what is left of the spool's process, which must have ended.
    ///
    /// Where it had no control group and the end is recorded nothing is done: then nothing is left.
    @discardableResult
    package func end(waitingBy clock: any Clock<Duration>) async -> Findings {
        var findings = Findings()
        switch spool.group {
        case .none: return await endLooking(waitingBy: clock)
        case .there(let group):
            await group.end(waitingBy: clock)
            findings = Findings(ended: group.end?.ended ?? 0, mayHaveMissed: group.end?.isProven != true)
            findings.limitHits = group.end?.hits
        case .removed(let killed): findings.ended = killed
        }
        // What moved itself out of the group is looked for all the same.
        findings.ended += await endLooking(waitingBy: clock).ended
        return findings
    }

    private func endLooking(waitingBy clock: any Clock<Duration>) async -> Findings {
        switch recordedState {
        case .ended(let record):
            return Findings(ended: record.strays, mayHaveMissed: record.cause == .lost && record.survivors > 0)
        case .launchFailed: return Findings()
        // A shim records at once whether its program was started.
        case .empty where access(spool.recordPath, F_OK) != 0: return Findings()
        case .empty, .started, nil: return Findings(ended: await endFound(waitingBy: clock), mayHaveMissed: true)
        }
    }

    private func endFound(waitingBy clock: any Clock<Duration>) async -> Int {
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

    /// `nil` where the record cannot be read: then it tells of no end.
    private var recordedState: Spool.State? {
        do {
            return try spool.state()
        } catch {
            return nil
        }
    }

    private func running() -> [ProcessIdentity] {
        let mark = Array("\(Self.variable)=\(spool.directory)".utf8)
        let outputs = Outputs(of: spool)
        return HostFolder.names(in: "/proc").compactMap { Int32($0) }
            .compactMap { pid in
                guard pid != getpid(), Self.isOwn(pid), let process = ProcessIdentity(of: pid), process.isRunning,
                    Self.has(mark, pid) || outputs.isWritten(by: pid)
                else { return nil }
                return process
            }
    }

    private static func has(_ mark: [UInt8], _ pid: Int32) -> Bool {
        let environment = SmallFile.read("/proc/\(pid)/environ", atMost: 2 << 20) ?? []
        return environment.split(separator: 0).contains { $0.elementsEqual(mark) }
    }

    private static func isOwn(_ pid: Int32) -> Bool {
        var status = stat()
        return stat("/proc/\(pid)", &status) == 0 && status.st_uid == getuid()
    }
}

/// What a program's output is written to: the files of its spool, and the pipes of its shim.
private struct Outputs {
    private let files: [FileNumber]
    /// As the kernel shows them.
    private let pipes: Set<String>

    init(of spool: Spool) {
        files = [spool.outputPath, spool.errorOutputPath].compactMap(FileNumber.init(of:))
        // A record that cannot be read names no pipes; the program's own mark is left.
        pipes = Set((try? spool.outputPipes())?.map { "pipe:[\($0)]" } ?? [])
    }

    /// Whether the process has one of them open for writing; somebody who follows a log only reads it.
    func isWritten(by pid: Int32) -> Bool {
        HostFolder.names(in: "/proc/\(pid)/fd")
            .contains { name in
                let path = "/proc/\(pid)/fd/\(name)"
                var link = stat()
                // The link's own mode says how the file was opened.
                guard lstat(path, &link) == 0, link.st_mode & S_IWUSR != 0 else { return false }
                if let file = FileNumber(of: path), files.contains(file) { return true }
                return !pipes.isEmpty && Self.target(of: path).map(pipes.contains) == true
            }
    }

    private static func target(of path: String) -> String? {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let count = readlink(path, base.assumingMemoryBound(to: CChar.self), buffer.count)
            return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
        }
    }
}

/// Which file a path leads to.
private struct FileNumber: Hashable {
    private var device: dev_t
    private var number: ino_t

    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
    }
}
