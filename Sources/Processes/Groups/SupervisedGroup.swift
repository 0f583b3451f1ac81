import Domain
import Glibc
import Synchronization

/// The control group of one supervised process and of everything that it starts: its unit of life, and what its limits are
/// kept by.
///
/// Nothing leaves it by leaving its session or by clearing its environment. A process may move itself out only where it may
/// write to the groups: that is outside of a sandbox, for the user to whom they are delegated.
package final class SupervisedGroup: Sendable {
    package let path: String
    private let files: GroupFiles
    /// A file that names the group; what was killed in it is added there.
    private let note: String
    private let state = Mutex(State())

    /// The shim, and its guard or the one that forwards to the proxy: they are in the group and are not the program's.
    static let ownProcesses = 2
    /// A process that is ended may take a moment; one that hangs in the kernel may take forever.
    static let pauses: [Duration] =
        ([1, 2, 5, 10, 20, 50] + Array(repeating: 100, count: 50)).map(Duration.milliseconds)

    private struct State {
        var seen: Set<Int32> = []
        var timer: OneShotTimer?
        var end: GroupEnd?
    }

    init(_ path: String, notedIn note: String, files: GroupFiles = .kernel) {
        self.path = path
        self.note = note
        self.files = files
    }

    /// One that was made and never used; anything else is gone by now, or cannot be removed.
    deinit { _ = files.remove(path) }

    /// How it ended; `nil` as long as it has not.
    var end: GroupEnd? { state.withLock { $0.end } }

    /// Kills everything in it and calls `body` on the loop's thread when nothing is left, or when it takes too long.
    ///
    /// Only on the loop's thread.
    func end(on loop: EventLoop, then body: @escaping @Sendable () -> Void) { insist(0, on: loop, then: body) }

    private func insist(_ step: Int, on loop: EventLoop, then body: @escaping @Sendable () -> Void) {
        state.withLock { $0.timer.take() }?.cancel()
        guard !endOnce(), step < Self.pauses.count else {
            conclude()
            return body()
        }
        do {
            let timer = try OneShotTimer(on: loop) { self.insist(step + 1, on: loop, then: body) }
            state.withLock { $0.timer = timer }
            timer.arm(Self.pauses[step])
        } catch {
            // Without a descriptor for a timer there is no waiting; everything was killed all the same.
            conclude()
            body()
        }
    }

    /// The same for a group that a former makima made.
    func end(waitingBy clock: any Clock<Duration>) async {
        for pause in Self.pauses where !endOnce() {
            // A cancelled task looks again at once: what was begun is finished all the same.
            try? await clock.sleep(for: pause)
        }
        conclude()
    }

    /// Kills what is in it.
    ///
    /// Returns whether nothing was left.
    private func endOnce() -> Bool {
        guard isPopulated else { return true }
        let found = GroupFiles.processes(in: path)
        state.withLock { $0.seen.formUnion(found) }
        if GroupFiles.write("1", to: "\(path)/cgroup.kill") != 0 {
            // Linux before 5.14.
            for pid in found where pid > 1 { kill(pid, SIGKILL) }
        }
        return !isPopulated
    }

    private var isPopulated: Bool { GroupFiles.number("populated", in: "\(path)/cgroup.events") == 1 }

    /// Remembers what came of it, and removes it.
    private func conclude() {
        let (isEmpty, hits) = (!isPopulated, hits)
        let end = state.withLock { state in
            let end = GroupEnd(ended: state.seen.count, isProven: isEmpty, hits: hits)
            state.end = end
            return end
        }
        guard isEmpty else { return }
        GroupFiles.append("\(end.ended)\n", to: note)
        files.removeTree(path)
    }

    /// What the kernel did at its limits; `nil` where it did nothing.
    ///
    /// Its files say all of it: whoever made it may be dead.
    private var hits: LimitHits? {
        var hits = LimitHits()
        hits.killed = GroupFiles.number("oom_kill", in: "\(path)/memory.events") ?? 0
        // Without this one it was the memory of the machine, or of a group above, that had run out.
        if hits.killed > 0, GroupFiles.number("oom", in: "\(path)/memory.events") ?? 0 > 0 {
            hits.memoryMiB = GroupFiles.number(in: "\(path)/memory.max").map { $0 >> 20 }
        }
        hits.refused = GroupFiles.number("max", in: "\(path)/pids.events") ?? 0
        if hits.refused > 0 {
            hits.processes = GroupFiles.number(in: "\(path)/pids.max").map { max(0, $0 - Self.ownProcesses) }
        }
        return hits.isEmpty ? nil : hits
    }
}

/// How the group of a supervised process ended.
struct GroupEnd: Hashable, Sendable {
    /// How many processes were left in it, and were killed.
    var ended: Int
    /// Whether the kernel says that nothing is left.
    var isProven: Bool
    var hits: LimitHits?
}
