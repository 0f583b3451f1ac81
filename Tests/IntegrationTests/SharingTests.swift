import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// Several makimas at once on one machine, one repository and one state directory.
@Suite(.serialized)
struct SharingTests {
    @Test func oneOfTwoResumesWins() async throws {
        var installation = try await Installation()
        installation.agent("[ $MAKIMA_ITERATION -eq 1 ] || { : > running; sleep 1000; }; \(Gate.notReady)")
        try await installation.makima(
            "run",
            "share me",
            "--agent",
            "double",
            "--sandbox",
            "off",
            "--max-iterations",
            "1"
        )
        let first = try installation.start("resume", "share", "--max-iterations", "3")
        let listing = try await installation.makima("list", "--json")
        let tasks = try JSONParser.parse(Array(listing.output.utf8)).array ?? []
        let workspace = try #require(tasks.first?["workspace"]?.string)
        while !TestFiles.exists("\(workspace)/running") { usleep(20_000) }
        let second = try await installation.makima("resume", "share", "--max-iterations", "3", "--json")
        #expect(second.status == .code(1))
        #expect(second.errorOutput.contains("is being run by another makima process ("))
        #expect(second.output.contains(#""code":"refused""#))
        let collected = try await installation.makima("gc", "--older-than", "0s", "--logs-older-than", "0s", "--json")
        #expect(collected.output.contains(#""cause":"owned""#))
        #expect(TestFiles.exists("\(workspace)/running"))
        first.signal(SIGINT)
        #expect(first.exitStatus() == 130)
    }

    @Test func manyShareAStateDirectory() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        let sharing = installation
        let statuses = try await withThrowingTaskGroup(of: Answer.self) { group in
            for number in 1...6 {
                group.addTask {
                    try await sharing.makima(
                        "run",
                        "task \(number)",
                        "--agent",
                        "double",
                        "--sandbox",
                        "off",
                        "--check",
                        "test -f work"
                    )
                }
                group.addTask { try await sharing.makima("list", "--json") }
                group.addTask { try await sharing.makima("gc", "--dry-run") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for answer in statuses { #expect(answer.status == .code(0), "\(answer.errorOutput)") }
        let listing = try JSONParser.parse(Array(try await installation.makima("list", "--json").output.utf8))
        #expect(listing.array?.compactMap { $0["status"]?.string } == Array(repeating: "done", count: 6))
        #expect(try await installation.git("branch", "--list", "makima/*").split(separator: "\n").count == 6)
    }

    @Test func aCollectionThatIsKilledLosesNothing() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        for number in 1...3 {
            try await installation.makima("run", "task \(number)", "--agent", "double", "--sandbox", "off")
        }
        let arguments = ["gc", "--older-than", "0s", "--logs-older-than", "0s"]
        for milliseconds in [15, 40, 80, 150, 300] {
            let collector = try BackgroundProcess(
                "/bin/sh",
                ["-c", "cd \"$0\" && exec \"$@\" >/dev/null", installation.repository, Installation.makima] + arguments,
                environment: installation.environment
            )
            usleep(UInt32(milliseconds) * 1000)
            collector.kill()
            #expect(try await installation.makima("list").status == .code(0))
        }
        let finished = try await installation.call(arguments)
        #expect(finished.status == .code(0), "\(finished.output)")
        #expect(try await installation.call(arguments).output == "There is nothing to remove.\n")
        let branches = try await installation.git("branch", "--list", "makima/*", "--format=%(refname)")
            .split(separator: "\n")
        #expect(branches.count == 3)
        for branch in branches { #expect(try await installation.git("show", "\(branch):work") == "work\n") }
        let pins = try await installation.git("for-each-ref", "refs/makima/base", "refs/makima/imported")
        #expect(pins.isEmpty)
        try await installation.git("fsck", "--strict")
    }

    @Test func nothingIsStartedOnADiskThatIsNearlyFull() async throws {
        var installation = try await Installation()
        installation.agent(Gate.ready)
        installation.variables["MAKIMA_DISK_RESERVE_MIB"] = "1073741824"
        let answer = try await installation.makima("run", "big", "--agent", "double", "--sandbox", "off", "--json")
        #expect(answer.status == .code(1))
        #expect(answer.output.contains(#""code":"environment""#))
        #expect(answer.errorOutput.contains("'reserve_mib' under [disk] keeps 1073741824 MiB free."))
        #expect(try await installation.makima("list", "--json").output == "[]\n")
    }

    @Test func aDamagedJournalIsNamedAndLeftAsItIs() async throws {
        var installation = try await Installation()
        installation.agent(Gate.ready)
        try await installation.makima("run", "one", "--agent", "double", "--sandbox", "off")
        let noise = String(repeating: "no journal\n", count: 5000)
        for suffix in ["-wal", "-shm"] { unlink("\(installation.state)/journal.sqlite\(suffix)") }
        let path = installation.directory.write(noise, to: "state/journal.sqlite")
        let listed = try await installation.makima("list")
        #expect(listed.status == .code(1))
        #expect(listed.errorOutput.contains("Error: The journal at '\(path)' is damaged"))
        #expect(listed.errorOutput.contains("Hint: Move it and the files"))
        let diagnosis = try await installation.makima("doctor")
        #expect(diagnosis.output.contains("The journal at '\(path)' is damaged"))
        #expect(TestFiles.read(path) == noise)
        unlink(path)
        let refused = try await installation.makima("list")
        #expect(refused.status == .code(1))
        #expect(refused.errorOutput.contains("&& cp \(path).copy \(path)'"))
        #expect(rename("\(path).copy", path) == 0)
        #expect(try await installation.makima("list", "--all").output.contains("one"))
        #expect(try await installation.makima("gc").output.contains("Nothing says how long it is to stay."))
    }
}
