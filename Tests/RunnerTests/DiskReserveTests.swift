import Domain
import Glibc
import Journal
import LoopCore
import Processes
import Synchronization
import TestSupport
import Testing
import Workspaces

@testable import Runner

/// What is started while the disk is nearly full.
struct DiskReserveTests {
    private final class Disk: Sendable {
        private let space = Mutex(DiskSpace(freeBytes: 100 << 20, freeInodes: 5000))

        var room: DiskGuard { DiskGuard(reserve: { DiskReserve(50) }, space: { _ in self.space.withLock { $0 } }) }

        func set(_ mib: Int, inodes: Int? = 5000) {
            space.withLock { $0 = DiskSpace(freeBytes: mib << 20, freeInodes: inodes) }
        }
    }

    private let disk = Disk()

    private func expectLow(_ task: TaskRecord, _ shortage: DiskShortage = .space(freeMiB: 49, reserveMiB: 50)) {
        guard case .blocked(.environment(.diskLow(_, shortage))) = task.reason else {
            Issue.record("\(String(describing: task.reason))")
            return
        }
    }

    @Test func nothingNewIsMade() async throws {
        let bench = try await RunBench(disk: disk.room)
        disk.set(49)
        let error = await #expect(throws: ServiceError.self) { try await bench.run(bench.spec(.command)) }
        guard case .diskLow(_, .space(freeMiB: 49, reserveMiB: 50)) = error else { return #expect(Bool(false)) }
        #expect(error?.hint.contains("makima gc") == true)
        #expect(try await bench.journal.tasks().tasks.isEmpty)
    }

    @Test func aRunStopsBeforeTheNextIterationAndGoesOnLater() async throws {
        let bench = try await RunBench(disk: disk.room)
        bench.turn(1, #"work; printf "$unready""#)
        bench.turn(nil, #"work; printf "$ready""#)
        let stopped = try await bench.run(bench.spec(.command), observer: Watcher { self.disk.set(49) })
        expectLow(stopped)
        #expect(stopped.iterations == 1)
        #expect(bench.starts == 1)
        #expect(try await bench.iterations(of: stopped).count == 1)
        await #expect(throws: ServiceError.self) { try await bench.resume(stopped) }
        disk.set(50)
        let done = try await bench.resume(stopped)
        #expect(done.status == .done)
        #expect(done.iterations == 2)
    }

    @Test func checksAreOwedUntilThereIsRoom() async throws {
        let bench = try await RunBench(disk: disk.room)
        bench.turn(nil, #"work; printf "$ready""#)
        let spec = bench.spec(.command) { $0.checks = [CheckDefinition(name: "file", command: "test -f work.txt")] }
        let stopped = try await bench.run(spec, observer: Watcher { self.disk.set(500, inodes: 999) })
        expectLow(stopped, .inodes(free: 999, reserve: 1000))
        disk.set(500, inodes: nil)
        let done = try await bench.resume(stopped)
        #expect(done.reason == .completed(.verified))
        #expect(bench.starts == 1)
    }

    /// On a file system of its own, with what the system itself says.
    @Test func aSmallDiskIsSmall() async throws {
        guard geteuid() == 0 else { return }
        let directory = TemporaryDirectory("makima-reserve")
        let launcher = PosixSpawnLauncher()
        func run(_ program: String, _ arguments: String...) async throws -> Bool {
            let environment = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"]
            return try await launcher.run(Command(program, arguments, environment: environment)).status.isSuccess
        }
        // Not every container may mount.
        guard try await run("mount", "-t", "tmpfs", "-o", "size=8m,nr_inodes=1200", "tmpfs", directory.path) else {
            return
        }
        let room = DiskGuard(reserve: { DiskReserve(4) })
        let before = Result { try room.shortage(at: directory.path) }
        directory.write(String(repeating: "x", count: 5 << 20), to: "fill")
        let full = Result { try room.shortage(at: directory.path) }
        unlink("\(directory.path)/fill")
        for number in 0..<400 { directory.write("", to: "many/\(number)") }
        // What was freed may be told a moment later: there is space enough either way.
        let crowded = Result { try DiskGuard(reserve: { DiskReserve(1) }).shortage(at: directory.path) }
        // Lazily: a program that another test starts in this moment may hold a file of it until it is executed.
        #expect(try await run("umount", "--lazy", directory.path))
        #expect(try before.get() == nil)
        #expect(try full.get() == .space(freeMiB: 3, reserveMiB: 4))
        guard case .inodes(let free, 1000) = try crowded.get() else { return #expect(Bool(false)) }
        #expect((700..<800).contains(free))
    }
}

/// Does something when an iteration has ended.
private struct Watcher: RunObserver {
    let action: @Sendable () -> Void

    init(_ action: @escaping @Sendable () -> Void) { self.action = action }

    func observe(_ event: RunEvent) {
        if case .iterationEnded = event { action() }
    }
}
