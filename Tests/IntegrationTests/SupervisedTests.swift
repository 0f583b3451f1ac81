import Domain
import Processes
import TestSupport
import Testing

/// A contract that an agent leads by `makima tool`, by real programs.
@Suite(.serialized)
struct SupervisedTests {
    private static func installation() async throws -> Installation {
        var installation = try await Installation(files: [
            "README.md": "hello\n",
            "check.sh": "for part in part-*; do test \"$part\" = 'part-*' || grep -q good \"$part\"; done\n",
        ])
        installation.agent(
            """
            name=$(sed -n "s/.*You work on the task '\\([ab]\\)'.*/\\1/p" | head -n 1)
            if [ -z "$MAKIMA_TOOLS_REPLIES" ]; then
                echo good >"part-$name"
                \(Gate.ready)
                exit
            fi
            list=$("$MAKIMA" tool list_tasks) || exit 1
            echo "$list"
            case $list in
            *"You have no tasks"*)
                "$MAKIMA" tool spawn_task '{"name": "a", "plan": "Write part a.", "checks": ["test -s part-a"]}'
                "$MAKIMA" tool spawn_task '{"name": "b", "plan": "Write part b.", "merge_when_done": true}'
                "$MAKIMA" tool spawn_task '{"name": "c", "plan": "Too many."}' && exit 1
                "$MAKIMA" tool wait_for_tasks ;;
            *merged*merged*) \(Gate.ready) ;;
            *) "$MAKIMA" tool merge_task '{"task": "a"}'; "$MAKIMA" tool wait_for_tasks ;;
            esac
            """
        )
        installation.variables["MAKIMA_AGENT"] = "double"
        return installation
    }

    @Test func anAgentHasTheWorkOfOthersMerged() async throws {
        let installation = try await Self.installation()
        let server = try installation.start("up", "--port", "0", "--quiet")
        try #require(server.firstLine().hasPrefix("makima listens on "))
        let made = try await installation.makima(
            "contract",
            "new",
            "Write two parts",
            "--check",
            "sh check.sh",
            "--max-tasks",
            "2",
            "--follow"
        )
        #expect(made.status == .code(0), "\(made.output)\(made.errorOutput)")
        #expect(made.output.contains("2 of 2 tasks merged"), "\(made.output)")
        let log = try await installation.makima("contract", "log", "Write")
        for words in ["spawned 'a'", "was refused something", "waits for its tasks", "The goal is reached"] {
            #expect(log.output.contains(words), "\(log.output)")
        }
        let files = try await installation.git("ls-tree", "--name-only", "main")
        #expect(files.split(separator: "\n") == ["README.md", "check.sh", "part-a", "part-b"])
        let shown = try await installation.makima("contract", "show", "Write", "--json")
        let contract = try JSONParser.parse(Array(shown.output.utf8))
        #expect(contract["status"]?.string == "done" && contract["code"]?.string == "verified")
        server.signal(15)
        #expect(server.exitStatus() == 0)
    }
}
