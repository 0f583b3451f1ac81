import Processes
import Testing

/// What is found out about control groups, on a double of their file system: a table of texts, as Linux documents them.
struct ControlGroupProbeTests {
    private static let mounts = """
        24 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
        30 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate
        """
    private static let scope = "/sys/fs/cgroup/user.slice/run.scope"
    private static let all = ["", "/cgroup.procs", "/cgroup.subtree_control"]

    private struct Machine {
        var own = "0::/user.slice/run.scope\n"
        var mounts = ControlGroupProbeTests.mounts
        var controllers = "cpuset cpu io memory pids\n"
        /// Those that are not makima's begin with 9.
        var processes = "10\n11\n"
        var isRoot = false
        var writable = Set(all.map { scope + $0 })
    }

    private func find(_ change: (inout Machine) -> Void = { _ in }) -> ControlGroup {
        var changed = Machine()
        change(&changed)
        let machine = changed
        let probe = ControlGroupProbe { path in
            switch path {
            case "/proc/self/cgroup": machine.own
            case "/proc/self/mountinfo": machine.mounts
            case Self.scope + "/cgroup.controllers": machine.controllers
            case Self.scope + "/cgroup.procs": machine.processes
            case Self.scope + "/cgroup.type": machine.isRoot ? nil : "domain\n"
            default: nil
            }
        } isWritable: {
            machine.writable.contains($0)
        } isOwn: {
            !"\($0)".hasPrefix("9")
        }
        return probe.find()
    }

    private func place(
        offering offered: Set<ControlGroup.Controller> = [.cpu, .memory, .pids],
        isRoot: Bool = false,
        isShared: Bool = false
    ) -> ControlGroup {
        .usable(ControlGroup.Place(directory: Self.scope, offered: offered, isRoot: isRoot, isShared: isShared))
    }

    private func obstacle(_ group: ControlGroup) -> LimitObstacle? { group.obstacle(to: [.cpu, .memory]) }

    @Test func findsWhatIsDelegated() {
        #expect(find() == place())
        #expect(find { $0.own = "12:pids:/x\n" + $0.own } == place())
        #expect(obstacle(find()) == nil)
    }

    @Test(arguments: ["", "/cgroup.procs"]) func whatIsNotWritableIsForeign(_ missing: String) {
        let found = find { $0.writable.remove(Self.scope + missing) }
        #expect(found == .foreign(Self.scope))
        #expect(obstacle(found) == .foreign(Self.scope))
    }

    @Test func withoutControllersThereAreGroupsAllTheSame() {
        let found = find { $0.controllers = "hugetlb memory\n" }
        #expect(found == place(offering: [.memory]))
        #expect(obstacle(found) == .missing(Self.scope, [.cpu]))
        #expect(found.obstacle(to: []) == nil)
        #expect(find { $0.writable.remove(Self.scope + "/cgroup.subtree_control") } == place(offering: []))
    }

    @Test func amongOtherProcessesNothingIsLimited() {
        let found = find { $0.processes = "10\n91\n" }
        #expect(found == place(isShared: true))
        #expect(obstacle(found) == .shared(Self.scope))
        let root = find {
            $0.processes = "10\n91\n"
            $0.isRoot = true
        }
        #expect(root == place(isRoot: true, isShared: true))
        #expect(obstacle(root) == nil)
    }

    @Test func ofVersionOneThereIsNothing() {
        #expect(find { $0.own = "4:memory:/x\n" } == .absent)
        #expect(find { $0.mounts = "31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" } == .absent)
        #expect(find { $0.mounts = "" } == .absent)
        #expect(obstacle(.absent) == .absent)
    }

    @Test func aMountMayBeginBelowTheRoot() {
        let found = find {
            $0.mounts = "30 24 0:26 /machine/c1 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
            $0.own = "0::/machine/c1/user.slice/run.scope\n"
        }
        #expect(found == place())
    }

    @Test func whereMakimaMovedItselfIsNotItsPlace() {
        #expect(find { $0.own = "0::/user.slice/run.scope/makima-10-77-0\n" } == place())
        #expect(
            find { $0.own = "0::/user.slice/run.scope/makima-10-77-1\n" } == .foreign(Self.scope + "/makima-10-77-1")
        )
    }

    @Test func aDamagedTableIsNoMount() {
        #expect(find { $0.mounts = "- cgroup2\n30 24 0:26 / - cgroup2\nx\n" } == .absent)
    }
}
