import Domain
import Processes
import TestSupport
import Testing

/// A state directory on a disk of its own that the agent fills.
@Suite(.serialized)
struct DiskFullTests {
    @Test func aFullDiskBlocksTheTaskAndIsInNobodysWayWhoWantsToLook() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; head -c 100M /dev/zero > \(installation.state)/fill; \(Gate.ready)")
        let answer = try await installation.onSmallDisk(
            """
            makima run full --agent double --sandbox off --check true --json; echo "run $?"
            makima list --json; echo "list $?"
            makima why full --json > /dev/null; echo "why $?"
            rm '\(installation.state)/fill'
            makima resume full --json > /dev/null; echo "resume $?"
            makima list > /dev/null
            head -c 100M /dev/zero > '\(installation.state)/fill'
            makima list --json; echo "list $?"
            makima why full > /dev/null; echo "why $?"
            """
        )
        let lines = answer.output.split(separator: "\n").map(String.init)
        #expect(answer.output.contains(#""problem":"disk_full""#), "\(answer.errorOutput)")
        let statuses = lines.filter { $0.split(separator: " ").count == 2 && !$0.hasPrefix("{") && !$0.hasPrefix("[") }
        let room = ["run 5", "list 0", "why 0"]
        #expect(statuses.filter { !$0.hasPrefix("resume") } == room + ["list 0", "why 0"], "\(answer.errorOutput)")
    }
}

extension Installation {
    /// Runs a script with a state directory that holds eight megabytes.
    fileprivate func onSmallDisk(_ script: String) async throws -> Answer {
        let size = ["--size", "8000000", "--tmpfs", state]
        let command = Command(
            "bwrap",
            ["--dev-bind", "/", "/"] + size + ["/bin/sh", "-c", "makima() { '\(Self.makima)' \"$@\"; }\n\(script)"],
            environment: environment,
            directory: repository
        )
        return Answer(try await PosixSpawnLauncher().run(command, timeout: .seconds(120), outputCap: 16 << 20))
    }
}
