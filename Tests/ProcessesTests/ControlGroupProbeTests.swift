import Processes
import Testing

/// What is found out about control groups, on a double of their file system: a table of texts, as Linux documents them.
///
/// A delegated group of version 2 could not be had where this was written.
struct ControlGroupProbeTests {
    private static let mounts = """
        24 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
        30 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate
        """
    private static let scope = "/sys/fs/cgroup/user.slice/run.scope"

    private func find(
        own: String = "0::/user.slice/run.scope\n",
        mounts: String = mounts,
        controllers: String = "cpuset cpu io memory pids\n",
        writable: Set<String> = [scope, scope + "/cgroup.procs", scope + "/cgroup.subtree_control"]
    ) -> ControlGroup {
        let probe = ControlGroupProbe { path in
            switch path {
            case "/proc/self/cgroup": own
            case "/proc/self/mountinfo": mounts
            default: path == Self.scope + "/cgroup.controllers" ? controllers : nil
            }
        } isWritable: {
            writable.contains($0)
        }
        return probe.find()
    }

    @Test func findsWhatIsDelegated() {
        #expect(find() == .delegated(Self.scope))
        #expect(find(own: "12:pids:/x\n0::/user.slice/run.scope\n") == .delegated(Self.scope))
    }

    @Test(arguments: ["", "/cgroup.procs", "/cgroup.subtree_control"]) func allOfItMustBeWritable(_ missing: String) {
        let all = ["", "/cgroup.procs", "/cgroup.subtree_control"].filter { $0 != missing }
        #expect(find(writable: Set(all.map { Self.scope + $0 })) == .foreign(Self.scope))
    }

    @Test func namesTheControllersThatItLacks() {
        #expect(find(controllers: "hugetlb memory\n") == .incomplete(Self.scope, missing: ["cpu", "pids"]))
        #expect(find(controllers: "") == .incomplete(Self.scope, missing: ["cpu", "memory", "pids"]))
    }

    @Test func ofVersionOneThereIsNothing() {
        #expect(find(own: "4:memory:/x\n") == .absent)
        #expect(find(mounts: "31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n") == .absent)
        #expect(find(mounts: "", controllers: "") == .absent)
    }

    @Test func aMountMayBeginBelowTheRoot() {
        let mounts = "30 24 0:26 /machine/c1 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
        #expect(find(own: "0::/machine/c1/user.slice/run.scope\n", mounts: mounts) == .delegated(Self.scope))
    }

    @Test func aDamagedTableIsNoMount() {
        #expect(find(mounts: "- cgroup2\n30 24 0:26 / - cgroup2\nx\n") == .absent)
    }
}
