import Domain
import Glibc
import TestSupport
import Testing

@testable import Processes

/// How groups and their limits are made, on a double of the kernel's files.
struct ControlGroupsTests {
    private let double: ControlGroupDouble
    private let limits: ProcessLimits

    init() {
        double = ControlGroupDouble()
        var limits = ProcessLimits()
        (limits.memoryMiB, limits.cpus, limits.processes) = (512, 1.5, 20)
        self.limits = limits
    }

    private func groups(
        on double: ControlGroupDouble,
        offered: Set<ControlGroup.Controller> = Set(ControlGroup.Controller.allCases),
        isRoot: Bool = true,
        isOwn: @escaping @Sendable (Int32) -> Bool = { $0 < 90 }
    ) -> ControlGroups {
        let place = ControlGroup.Place(directory: double.path, offered: offered, isRoot: isRoot, isShared: false)
        let files = GroupFiles(make: { double.make($0) }, remove: { double.remove($0) })
        return ControlGroups(.usable(place), files: files, isOwn: isOwn)
    }

    @Test func writesTheLimitsThatAreAskedFor() throws {
        let group = try #require(try groups(on: double).make(for: limits, notedIn: "/nonexistent"))
        let name = try #require(double.groups.first)
        #expect(group.path.hasSuffix(name))
        #expect(double.read("\(name)/memory.max")?.hasPrefix("536870912") == true)
        #expect(double.read("\(name)/memory.swap.max")?.hasPrefix("0") == true)
        #expect(double.read("\(name)/memory.oom.group")?.hasPrefix("0") == true)
        #expect(double.read("\(name)/cpu.max")?.hasPrefix("150000 100000") == true)
        #expect(double.read("\(name)/pids.max")?.hasPrefix("22") == true)
        #expect(double.read("cgroup.subtree_control") == "+pids")
    }

    @Test func limitsNothingUnasked() throws {
        let group = try groups(on: double, offered: []).make(for: ProcessLimits(), notedIn: "/nonexistent")
        let name = try #require(double.groups.first)
        #expect(double.read("\(name)/memory.max") == "max\n")
        #expect(double.read("\(name)/pids.max") == "max\n")
        #expect(double.read("cgroup.subtree_control")?.isEmpty == true)
        withExtendedLifetime(group) {}
    }

    @Test func aGroupThatIsNeverUsedIsRemoved() throws {
        _ = try groups(on: double).make(for: limits, notedIn: "/nonexistent")
        #expect(double.groups.isEmpty)
    }

    @Test func aLimitThatCannotBeKeptIsAnError() {
        let groups = groups(on: double, offered: [.pids])
        let missing = LimitObstacle.missing(double.path, [.cpu, .memory])
        #expect(groups.obstacle(to: limits.controllersNeeded) == missing)
        #expect(throws: ProcessError.limitsNotKept(missing)) { try groups.make(for: limits, notedIn: "/nonexistent") }
        #expect(double.groups.isEmpty)
    }

    /// As an ordinary user on most machines.
    @Test(arguments: [ControlGroup.absent, .foreign("/group")])
    func whereNoneCanBeMadeNothingIsMissedThatNeedsNone(_ found: ControlGroup) throws {
        let groups = ControlGroups(found)
        var limits = ProcessLimits()
        #expect(try groups.make(for: limits, notedIn: "/nonexistent") == nil)
        limits.processes = 64
        #expect(try groups.make(for: limits, notedIn: "/nonexistent") == nil)
        limits.memoryMiB = 64
        #expect(throws: ProcessError.self) { try groups.make(for: limits, notedIn: "/nonexistent") }
    }

    @Test func theLimitOfProcessesAloneIsLeftToTheShim() throws {
        var limits = ProcessLimits()
        limits.processes = 20
        let group = try groups(on: double, offered: []).make(for: limits, notedIn: "/nonexistent")
        let name = try #require(double.groups.first)
        #expect(double.read("\(name)/pids.max") == "max\n")
        withExtendedLifetime(group) {}
    }

    @Test func makimaMovesOutOfTheWay() throws {
        let double = ControlGroupDouble(processes: "10\n11\n")
        let groups = groups(on: double, isRoot: false)
        #expect(groups.obstacle(to: [.memory]) == nil)
        let seat = try #require(double.groups.first)
        #expect(GroupName(seat)?.isSeat == true)
        #expect(GroupName(seat)?.maker == ProcessIdentity(of: getpid()))
        #expect(double.read("\(seat)/cgroup.procs") == "11")
        #expect(double.read("cgroup.subtree_control") == "+memory")
    }

    @Test func aPersonsShellIsNotMoved() {
        let double = ControlGroupDouble(processes: "10\n91\n")
        let groups = groups(on: double, isRoot: false)
        #expect(groups.obstacle(to: [.memory]) == .shared(double.path))
        #expect(double.groups.isEmpty)
        #expect(double.read("cgroup.subtree_control")?.isEmpty == true)
    }

    @Test func emptyGroupsOfTheDeadAreRemovedAndOthersAreNot() throws {
        let living = try #require(ProcessIdentity(of: getpid()))
        let names = [
            GroupName(of: ProcessIdentity(pid: living.pid, startTime: 1), number: 3).text,
            GroupName(of: living, number: 9999).text, "makima-notes",
        ]
        for name in names { #expect(double.make("\(double.path)/\(name)") == 0) }
        let group = try groups(on: double).make(for: ProcessLimits(), notedIn: "/nonexistent")
        #expect(!double.groups.contains(names[0]))
        #expect(Set(double.groups).isSuperset(of: names[1...]))
        withExtendedLifetime(group) {}
    }

    @Test(arguments: [
        "makima-1-2", "makima-0-2-1", "makima-01-2-1", "makima--1-2-1", "makima-1-2-x", "other-1-2-3", "",
    ])
    func whatIsNotNamedSoIsNobodysGroup(_ text: String) {
        #expect(GroupName(text) == nil)
        #expect(GroupName("makima-12-345-6")?.number == 6)
    }

    @Test func whatTheKernelDidIsReadFromTheGroup() async throws {
        let double = ControlGroupDouble(contents: [
            "memory.events": "low 0\nhigh 0\nmax 4\noom 2\noom_kill 2\noom_group_kill 0\n", "pids.events": "max 3\n",
        ])
        let group = try #require(try groups(on: double).make(for: limits, notedIn: "/nonexistent"))
        await group.end(waitingBy: ContinuousClock())
        let hits = try #require(group.end?.hits)
        #expect(hits == LimitHits(killed: 2, memoryMiB: 512, refused: 3, processes: 20))
        #expect(
            hits.clause
                == "2 processes were ended at the memory limit of 512 MiB, and a process or thread could not be started 3 "
                + "times at the limit of 20 processes"
        )
        #expect(group.end?.isProven == true)
        #expect(double.groups.isEmpty)
    }

    @Test func memoryOfTheMachineIsNobodysLimit() async throws {
        let double = ControlGroupDouble(contents: ["memory.events": "oom 0\noom_kill 1\n"])
        let group = try #require(try groups(on: double).make(for: limits, notedIn: "/nonexistent"))
        await group.end(waitingBy: ContinuousClock())
        #expect(group.end?.hits == LimitHits(killed: 1))
        #expect(group.end?.hits?.clause == "1 process was ended because the machine's memory had run out")
    }
}
