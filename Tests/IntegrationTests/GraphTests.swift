import Domain
import Processes
import TestSupport
import Testing

/// Tasks that depend on each other, by real programs.
@Suite(.serialized)
struct GraphTests {
    /// An agent that writes a part named after its task, and finds the parts of the tasks before.
    private static func installation(waiting: String = "true") async throws -> Installation {
        var installation = try await Installation(files: [
            "README.md": "hello\n",
            "check.sh": "for part in part-*; do test \"$part\" = 'part-*' || grep -q good \"$part\"; done\n",
        ])
        installation.agent(
            """
            name=$(sed -n "s/.*You work on the task '\\([abc]\\)'.*/\\1/p" | head -n 1)
            \(waiting)
            test "$name" != c || cat part-a part-b >seen
            echo good >"part-$name"
            \(Gate.ready)
            """
        )
        installation.variables["MAKIMA_AGENT"] = "double"
        installation.directory.write(
            """
            name = "Three parts"
            checks = ["sh check.sh"]

            [[task]]
            name = "a"
            plan = "Write part a."

            [[task]]
            name = "b"
            plan = "Write part b."
            checks = ["test -s part-b"]

            [[task]]
            name = "c"
            plan_file = "c.md"
            after = ["a", "b"]
            checks = ["test -s seen"]
            touches = ["part-c", "seen"]
            """,
            to: "plan.toml"
        )
        installation.directory.write("Write part c.\n", to: "c.md")
        return installation
    }

    private static let plan = "../plan.toml"

    /// Every commit that was the tip of `main`, the latest first, with the files it has.
    private static func tips(_ installation: Installation) async throws -> [String] {
        try await installation.git("rev-list", "--first-parent", "main").split(separator: "\n").map(String.init)
    }

    private static func check(_ commit: String, of installation: Installation) async throws -> Bool {
        let script =
            "rm -rf ../seen && git worktree add -q --detach ../seen $0 && cd ../seen && sh check.sh; code=$?; "
            + "cd ../repository && git worktree remove --force ../seen; exit $code"
        let command = Command(
            "sh",
            ["-c", script, commit],
            environment: installation.environment,
            directory: installation.repository
        )
        return try await PosixSpawnLauncher().run(command).status.isSuccess
    }

    @Test func tasksAreMergedInTheirOrderAndEveryTipPasses() async throws {
        let installation = try await Self.installation()
        let run = try await installation.makima("run", "--graph", Self.plan)
        #expect(run.status == .code(0), "\(run.output)\(run.errorOutput)")
        #expect(run.output.contains("3 of 3 tasks merged"), "\(run.output)")
        let files = try await installation.git("ls-tree", "--name-only", "main")
        #expect(files.split(separator: "\n") == ["README.md", "check.sh", "part-a", "part-b", "part-c", "seen"])
        let tips = try await Self.tips(installation)
        #expect(tips.count >= 3)
        for tip in tips { #expect(try await Self.check(tip, of: installation), "\(tip)") }
    }

    /// The first Ctrl-C stops the contract and its tasks; whoever goes on later needs nothing but its id.
    @Test func anInterruptedGraphGoesOnAtAServer() async throws {
        let signals = TemporaryDirectory("makima-signals")
        let installation = try await Self.installation(
            waiting: "while ! test -e \(signals.path)/go; do sleep 0.1; done"
        )
        let run = try installation.start(
            "run",
            "--graph",
            Self.plan,
            "--json",
            "--quiet",
            "--allow-read",
            signals.path
        )
        // Its tasks are begun once the contract is made.
        #expect(run.firstLine().contains("began"))
        run.signal(2)
        #expect(run.exitStatus() == 130)
        let server = try installation.start("up", "--port", "0", "--quiet")
        try #require(server.firstLine().hasPrefix("makima listens on "))
        let listed = try await installation.makima("contract", "list", "--json")
        let contract = try JSONParser.parse(Array(listed.output.utf8)).array?.first
        #expect(contract?["status"]?.string == "stopped" && contract?["tasks"]?.array?.count == 3)
        signals.write("", to: "go")
        let resumed = try await installation.makima("contract", "resume", "Three", "--follow")
        #expect(resumed.status == .code(0), "\(resumed.output)\(resumed.errorOutput)")
        #expect(resumed.output.contains("3 of 3 tasks merged"))
        server.signal(15)
        #expect(server.exitStatus() == 0)
    }
}
