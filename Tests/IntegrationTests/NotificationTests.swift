import Domain
import Processes
import TestSupport
import Testing

/// Who is told of a run, by the real program.
@Suite(.serialized)
struct NotificationTests {
    /// A target that keeps each message as a line of a file, and one that fails.
    private func configured() async throws -> Installation {
        var installation = try await Installation()
        let directory = installation.directory
        let tell = directory.write(
            "#!/bin/sh\necho \"$MAKIMA_NOTIFY_KIND $MAKIMA_TASK_REASON\" >> \"$1.words\"\ncat >> \"$1\"\n",
            to: "bin/tell",
            mode: 0o755
        )
        installation.configure(
            "[notify.own]\nkind = \"command\"\ncommand = [\"\(tell)\", \"\(directory.path)/told\"]\n"
        )
        installation.agent("echo work > work; \(Gate.ready)")
        return installation
    }

    private func told(_ installation: Installation) throws -> [JSONValue] {
        try (installation.directory.read("told") ?? "").split(separator: "\n")
            .map { try JSONParser.parse(Array($0.utf8)) }
    }

    @Test func aRunTellsItsEndOnce() async throws {
        let installation = try await configured()
        let done = try await installation.makima("run", "tell me", "--agent", "double", "--json")
        #expect(done.status == .code(0), "\(done.errorOutput)")
        let events = try told(installation)
        #expect(events.count == 1)
        #expect(events.first?["kind"]?.string == "done")
        #expect(events.first?["reason"]?["code"]?.string == "unverified")
        #expect(events.first?["priority"]?.string == "normal")
        #expect(events.first?["taskId"] == done.task?["id"])
        #expect(events.first?["repository"]?.string == installation.repository)
        #expect(installation.directory.read("told.words") == "done unverified\n")
    }

    @Test func eachRunOfATaskTellsItsOwnEnd() async throws {
        var installation = try await configured()
        installation.agent("echo $MAKIMA_ITERATION >> seen; \(Gate.notReady)")
        let begun = try await installation.makima("run", "more", "--agent", "double", "--max-iterations", "1")
        #expect(begun.status == .code(3), "\(begun.errorOutput)")
        let resumed = try await installation.makima("resume", "more", "--max-iterations", "2")
        #expect(resumed.status == .code(3), "\(resumed.errorOutput)")
        let events = try told(installation)
        #expect(events.map { $0["kind"]?.string } == ["iteration_limit_reached", "iteration_limit_reached"])
        #expect(events.map { $0["priority"]?.string } == ["high", "high"])
        #expect(events.last?["hint"]?.string?.contains("--max-iterations 4") == true)
        #expect(Set(events.map { $0["id"]?.string }).count == 2)
    }

    @Test func aTargetThatFailsIsNamedAndChangesNothing() async throws {
        let installation = try await configured()
        installation.configure(
            "[notify.own]\nkind = \"command\"\ncommand = [\"/bin/sh\", \"-c\", \"echo no >&2; exit 3\"]\n"
        )
        let done = try await installation.makima("run", "tell me", "--agent", "double")
        #expect(done.status == .code(0))
        #expect(
            done.errorOutput.contains(
                "Warning: The target 'own' (/bin/sh) was not told: it ended with exit status 3: no."
            ),
            "\(done.errorOutput)"
        )
    }

    @Test func aServerTellsOnceAlsoAfterARestart() async throws {
        var installation = try await configured()
        installation.variables["MAKIMA_AGENT"] = "double"
        for (number, name) in ["First", "Second"].enumerated() {
            let file = installation.directory.write("# \(name)\n\nDo it.\n", to: "queue.md")
            let server = try installation.start("up", "--port", "0", "--quiet")
            #expect(server.firstLine().hasPrefix("makima listens on "))
            let added = try await installation.makima("add", file)
            #expect(added.status == .code(0), "\(added.errorOutput)")
            #expect(try await installation.makima("attach", name).status == .code(0))
            for _ in 0..<200 where try told(installation).count <= number {
                try await Task.sleep(for: .milliseconds(50))
            }
            server.signal(15)
            #expect(server.exitStatus() == 0)
        }
        let events = try told(installation)
        #expect(events.map { $0["taskName"]?.string } == ["First", "Second"])
        #expect(events.map { $0["kind"]?.string } == ["done", "done"])
    }

    @Test func aTestSaysWhatCameOfIt() async throws {
        let installation = try await configured()
        let good = try await installation.makima("notify", "--test", "own")
        #expect(good.status == .code(0), "\(good.errorOutput)")
        #expect(good.output.contains("told."))
        #expect(try told(installation).first?["kind"]?.string == "test")
        installation.configure("[notify.hook]\nurl = \"https://127.0.0.1/t0ps3cret\"\n")
        let refused = try await installation.makima("notify", "--test")
        #expect(refused.status == .code(1))
        #expect(refused.output.contains("hook (https://127.0.0.1): not told: it leads to this machine"))
        let shown = try await installation.makima("config")
        #expect(shown.output.contains("https://127.0.0.1/…"))
        #expect(!(refused.output + refused.errorOutput + shown.output).contains("t0ps3cret"))
    }
}
