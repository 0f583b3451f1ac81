import Domain
import Glibc
import TestSupport
import Testing

@testable import Processes

/// Supervised processes in real control groups.
@Suite(.needsControlGroups)
struct SupervisedGroupTests {
    private let directory = TemporaryDirectory()
    /// One for all, as in makima: the numbers of one never come again.
    private static let shared = ControlGroups(RealControlGroup.found)
    private var groups: ControlGroups { Self.shared }

    private func stage(_ confinement: Confinement) -> Stage { Stage(confinement, in: directory, groups: groups) }

    private func path(of stage: Stage) throws -> String {
        let note = try #require(stage.directory.read("spool/group"))
        return String(try #require(note.split(separator: "\n").first))
    }

    /// Kills the shim and, before it, the guard above it.
    private let killBoth = "kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat) $PPID; sleep 1000"
    /// Leaves its session, its group, its parent and its environment, and writes nowhere.
    private let hidden = "(setsid env -i /bin/sh -c 'echo $$ >pid; exec sleep 1000' >/dev/null 2>&1 &) ; sleep 0.2;"

    @Test(arguments: Confinement.allCases) func eachProcessHasAGroup(_ confinement: Confinement) async throws {
        let stage = stage(confinement)
        mkfifo("\(directory.path)/workspace/go", 0o600)
        let process = try await stage.start("echo $(ls /proc/self/fd); read x <go")
        var chunks = process.output.makeAsyncIterator()
        let text = String(decoding: try await chunks.next()?.bytes ?? [], as: UTF8.self)
        // The last one is the directory that is listed.
        #expect(text == "0 1 2 3\n")
        let path = try path(of: stage)
        #expect(path.hasPrefix("\(RealControlGroup.directory)/makima-\(getpid())-"))
        // With the shim, and without a sandbox its guard.
        #expect(GroupFiles.processes(in: path).count >= 2)
        #expect(!GroupFiles.processes(in: path).contains(getpid()))
        try await stage.release("go")
        #expect(try await process.exit().status == .code(0))
        #expect(!TestFiles.exists(path))
    }

    @Test func whatHidWhenItsShimWasKilledIsEnded() async throws {
        let stage = stage(.none)
        let process = try await stage.start("\(hidden) \(killBoth)")
        let record = try await process.exit()
        #expect(record.cause == .lost)
        let pid = try #require(directory.read("workspace/pid").flatMap { Int32($0.dropLast()) })
        #expect(!ProcessTable.isRunning(pid))
        #expect(!TestFiles.exists(try path(of: stage)))
        let findings = await Strays(of: stage.spool).end(waitingBy: ContinuousClock())
        #expect(findings.ended >= 1)
        #expect(!findings.mayHaveMissed)
    }

    @Test func whatALostMakimaLeftIsFoundByItsSpool() async throws {
        let stage = stage(.none)
        let group = try #require(try groups.make(for: ProcessLimits(), notedIn: stage.spool.groupPath))
        directory.write("\(group.path)\n", to: "spool/group")
        let join = "echo 0 >\(group.path)/cgroup.procs; mkdir \(group.path)/nested"
        _ = try await PosixSpawnLauncher()
            .run(.shell("(\(join); \(hidden)) ; true", directory: "\(directory.path)/workspace"))
        let pid = try #require(directory.read("workspace/pid").flatMap { Int32($0.dropLast()) })
        #expect(ProcessTable.isRunning(pid))
        let findings = await Strays(of: stage.spool).end(waitingBy: ContinuousClock())
        #expect(findings.ended >= 1)
        #expect(!findings.mayHaveMissed)
        #expect(!ProcessTable.isRunning(pid))
        #expect(!TestFiles.exists(group.path))
    }

    @Test func aGroupThatCannotBeJoinedStartsNothing() async throws {
        let double = ControlGroupDouble()
        let place = ControlGroup.Place(directory: double.path, offered: [], isRoot: true, isShared: false)
        let files = GroupFiles(
            make: { path in
                let made = double.make(path)
                // Nobody can write it, whoever has it open.
                unlink("\(path)/cgroup.procs")
                symlink("/dev/full", "\(path)/cgroup.procs")
                return made
            },
            remove: { double.remove($0) }
        )
        let stage = Stage(.none, in: directory, groups: ControlGroups(.usable(place), files: files))
        let error = await #expect(throws: ProcessError.self) { try await stage.start("echo begun >begun") }
        #expect(error?.description.contains("The control group cannot be joined") == true)
        #expect(directory.read("workspace/begun") == nil)
    }

    @Test func aNoteThatIsNotMakimasLeadsNowhere() async throws {
        let stage = stage(.none)
        for path in [RealControlGroup.directory, "/tmp", "makima-1-1-1", "\(directory.path)/makima-1-1-1"] {
            directory.write("\(path)\n", to: "spool/group")
            mkdir("\(directory.path)/makima-1-1-1", 0o700)
            guard case .none = stage.spool.group else {
                Issue.record("\(path) was taken for a group.")
                continue
            }
        }
    }
}
