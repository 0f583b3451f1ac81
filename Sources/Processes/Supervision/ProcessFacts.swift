import Glibc

/// What `/proc` says about one process.
struct ProcessFacts {
    /// Of its program, cut short by the kernel.
    var name: [UInt8]
    var isZombie: Bool
    /// 0 where it has none.
    var parent: Int32
    /// In the kernel's ticks since the machine was started.
    var startTime: UInt64
    /// Of the process and of those of its children that it reaped, in the kernel's ticks.
    var ticks: UInt64

    /// `nil` when there is no such process.
    init?(of pid: Int32) {
        guard let bytes = SmallFile.read("/proc/\(pid)/stat", atMost: 2048) else { return nil }
        // The second field is the program's name in parentheses; it may itself hold spaces and parentheses.
        guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
        // Counted from the third field of proc(5), which is the state: 14 to 17 are the times, 22 the start.
        guard let begin = bytes.firstIndex(of: UInt8(ascii: "(")), begin < end, fields.count > 19,
            let startTime = Self.number(fields[19])
        else { return nil }
        name = Array(bytes[(begin + 1)..<end])
        isZombie = fields[0].first == UInt8(ascii: "Z") || fields[0].first == UInt8(ascii: "X")
        parent = Int32(clamping: Self.number(fields[1]) ?? 0)
        self.startTime = startTime
        ticks = fields[11...14].compactMap(Self.number).reduce(0, &+)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        UInt64(String(decoding: digits, as: UTF8.self))
    }
}

/// A process and everything below it.
struct ProcessTree {
    let root: Int32

    /// A hostile process must not hold makima up by having ever more children.
    private static let mostProcesses = 4096

    /// The processor time of all its processes, also of those that have ended; `nil` when the root is gone.
    var cpuTime: Duration? {
        guard let facts = ProcessFacts(of: root) else { return nil }
        let ticks = descendants().compactMap { ProcessFacts(of: $0)?.ticks }.reduce(facts.ticks, &+)
        let perSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return .milliseconds(Int64(clamping: ticks * 1000 / perSecond))
    }

    /// Kills everything below the root, which itself goes on, also where it was stopped.
    ///
    /// Every process is stopped before its children are looked for, so that none is made behind makima's back, and killed
    /// from the leaves up: the number of a stopped parent's child cannot be given away.
    func killDescendants() {
        kill(root, SIGSTOP)
        for pid in descendants(visiting: { kill($0, SIGSTOP) }).reversed() { kill(pid, SIGKILL) }
        kill(root, SIGCONT)
    }

    private func descendants(visiting visit: (Int32) -> Void = { _ in }) -> [Int32] {
        var found = children(of: root)
        var index = 0
        while index < found.count, found.count < Self.mostProcesses {
            visit(found[index])
            found += children(of: found[index])
            index += 1
        }
        return found
    }

    /// The kernel lists the children of each thread on its own.
    private func children(of pid: Int32) -> [Int32] {
        HostFolder.names(in: "/proc/\(pid)/task")
            .flatMap { thread -> [Int32] in
                let bytes = SmallFile.read("/proc/\(pid)/task/\(thread)/children", atMost: 64 << 10) ?? []
                return bytes.split(separator: UInt8(ascii: " "))
                    .compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
            }
    }
}
