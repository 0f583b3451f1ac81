import Glibc
import Processes
import TestSupport
import Testing

/// Each in a process of its own: other tests open descriptors and start children meanwhile.
struct LeakTests {
    /// Whenever they first need them, the runtime's own threads open some descriptors; a leak would be one a run.
    private static let tolerance = 10

    @Test func aThousandRunsLeaveNothing() async {
        await #expect(processExitsWith: .success) {
            let launcher = PosixSpawnLauncher()
            let failures: [Command] = [Command("/nowhere"), Command("/bin/true", input: .file("/nowhere"))]
            _ = try await launcher.run(Command("/bin/true"))
            let before = ProcessTable.openDescriptors()
            for round in 0..<1000 {
                // Losing the error is the point of these runs.
                if round.isMultiple(of: 10) { for command in failures { _ = try? await launcher.run(command) } }
                let result = try await launcher.run(Command("/bin/echo", ["x"], input: .bytes([1])))
                precondition(result.output == [120, 10])
            }
            precondition(ProcessTable.openDescriptors() < before + Self.tolerance, "descriptors are left")
            precondition(ProcessTable.zombies().isEmpty, "zombies are left")
        }
    }

    @Test func supervisedRunsLeaveNothing() async {
        await #expect(processExitsWith: .success) {
            let directory = TemporaryDirectory()
            let loop = EventLoop()
            let launcher = PosixSpawnLauncher(loop: loop)
            _ = try await launcher.run(Command("/bin/true"))
            let before = ProcessTable.openDescriptors()
            for confinement in Confinement.allCases {
                let sandbox = try await confinement.sandbox()
                for round in 0..<50 {
                    let folder = "\(directory.path)/\(confinement)-\(round)"
                    mkdir(folder, 0o700)
                    let command = SupervisedCommand(
                        Command(round.isMultiple(of: 5) ? "/nowhere" : "/bin/echo"),
                        sandbox: sandbox,
                        spool: Spool(folder)
                    )
                    do {
                        let process = try await Supervisor(shimPath: shimPath, loop: loop).start(command)
                        let output = try await process.everything().output
                        let status = try await process.exit().status
                        precondition(output == [10] && status == .code(0))
                    } catch ProcessError.launchFailed {}
                }
            }
            // What the loop has still to close, it closes before it runs this.
            for _ in 0..<3 { _ = try await launcher.run(Command("/bin/true")) }
            precondition(ProcessTable.openDescriptors() < before + Self.tolerance, "descriptors are left")
            precondition(ProcessTable.zombies().isEmpty, "zombies are left")
            withExtendedLifetime(directory) {}
        }
    }
}
