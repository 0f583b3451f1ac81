import Domain
import Testing

@testable import Settings

struct ContractFileTests {
    private static func read(_ text: String, for use: ContractFile.Use = .graph) throws -> ContractFile {
        let file = ConfigurationFile(path: "plan.toml", bytes: Array(text.utf8))
        return try ContractFile(reading: file, for: use) { name in
            name == "there.md" ? .text("From a file.") : .unusable("it cannot be read: gone.")
        }
    }

    private static func problems(_ text: String, for use: ContractFile.Use = .graph) -> [String] {
        do {
            _ = try read(text, for: use)
            return []
        } catch let error as ContractFileError {
            return error.problems.map(\.description)
        } catch { return ["\(error)"] }
    }

    @Test func everyKeyIsRead() throws {
        let file = try Self.read(
            """
            name = "Parts"
            goal = "All parts"
            target = "next"
            checks = ["make"]
            agent = "codex"
            [limits]
            at_once = 2
            max_cost_usd = 2.5
            max_tokens = 1000
            batch = 3
            max_returns = 4
            [[phase]]
            name = "Lexer"
            checks = ["make lexer"]
            [[task]]
            name = "a"
            plan = "Do a."
            checks = ["make a"]
            touches = ["a/**"]
            agent = "claude"
            max_iterations = 7
            max_cost_usd = 1
            max_tokens = 5
            priority = 3
            [[task]]
            name = "b"
            plan_file = "there.md"
            after = ["a"]
            continues = "a"
            target = "other"
            """
        )
        #expect(file.name == "Parts" && file.goal == "All parts" && file.target == "next" && file.agent == "codex")
        #expect(file.checks == ["make"] && file.phases.map(\.name) == ["Lexer"])
        #expect(file.phases[0].checks == ["make lexer"])
        let limits = file.limits
        #expect(limits.atOnce == 2 && limits.maxCost == USD(dollars: 2.5) && limits.maxTokens == 1000)
        #expect(limits.batch == 3 && limits.maxReturns == 4)
        let (first, second) = (file.tasks[0], file.tasks[1])
        #expect(first.touches == ["a/**"] && first.agent == "claude" && first.maxIterations == 7)
        #expect(first.maxCost == USD(dollars: 1) && first.maxTokens == 5 && first.priority == 3)
        #expect(first.checks == ["make a"])
        #expect(second.plan == "From a file." && second.after == ["a"] && second.continues == "a")
        #expect(second.target == "other")
    }

    @Test func allProblemsAreToldAtOnceWithTheirLines() {
        let problems = Self.problems(
            """
            nmae = "Parts"
            [[task]]
            name = "a"
            plan = "Do a."
            afer = ["b"]
            [[task]]
            name = "a"
            plan_file = "gone.md"
            after = ["bb"]
            max_iterations = 0
            [limits]
            at_once = "many"
            """
        )
        #expect(
            problems == [
                "plan.toml:1: 'nmae': there is no such key, did you mean 'name'?",
                "plan.toml:5: 'task.1.afer': there is no such key, did you mean 'after'?",
                "plan.toml:7: 'task.2.name' is \"a\": task.1 is called so already.",
                "plan.toml:8: 'task.2.plan_file' is \"gone.md\": it cannot be read: gone.",
                "plan.toml:9: 'task.2.after' is \"bb\": there is no such task in the file.",
                "plan.toml:10: 'task.2.max_iterations': it is 0, and must be from 1 to 1000000.",
                "plan.toml:12: 'limits.at_once' is \"many\": it must be a whole number of 0 or more.",
            ],
            "\(problems)"
        )
    }

    @Test(arguments: [
        ("", "it has no tasks"), ("task = 1", "each written as [[task]]"), ("limits = 1", "written as [limits]"),
        ("[[task]]\nplan = \"x\"", "it needs a 'name'"), ("[[task]]\nname = \"a\"", "needs a 'plan' or a 'plan_file'"),
        ("[[task]]\nname = \"a\"\nplan = \"x\"\nplan_file = \"there.md\"", "keep one of both"),
        ("[[task]]\nname = \"a\"\nplan = \"x\"\ncontinues = \"b\"", "no such task"),
        ("[[task]]\nname = \"a\"\nplan = \"x\"\nafter = [\"a\"]", "'a' → 'a'"),
        ("[[phase]]\nname = \"p\"\n[[phase]]\nname = \"p\"\n[[task]]\nname = \"a\"\nplan = \"x\"", "another phase"),
        ("[limits]\nmax_depth = 2\n[[task]]\nname = \"a\"\nplan = \"x\"", "contracts that an agent leads"),
        ("supervisor_agent = \"c\"\n[[task]]\nname = \"a\"\nplan = \"x\"", "contracts that an agent leads"),
        ("[[task]]\nname = \"a\\nb\"\nplan = \"x\"", "one line"), ("x", "the TOML is wrong at line 1"),
        ("[[task]]\nname = \"a\"\nplan = \"x\"\ntouches = [\"/a\"]", "is \"/a\": a pattern must not begin with '/'"),
        ("[limits]\nzzzzz = 1\n[[task]]\nname = \"a\"\nplan = \"x\"", "Known are at_once, max_cost_usd"),
    ])
    func whatCannotBeIsRefused(text: String, words: String) {
        let problems = Self.problems(text)
        #expect(problems.count == 1 && problems[0].contains(words), "\(problems)")
    }

    /// Each pattern by itself, and all of a task together.
    @Test func pathsThatATaskMayChangeAreJudgedWithTheRest() {
        let many = (1...65).map { "\"d\($0)/**\"" }.joined(separator: ", ")
        let problems = Self.problems(
            """
            [[task]]
            name = "a"
            plan = "x"
            touches = ["/a", "ok/**", "../b"]
            [[task]]
            name = "b"
            plan = "x"
            after = ["c"]
            touches = [\(many)]
            """
        )
        #expect(
            problems == [
                "plan.toml:4: 'task.1.touches' is \"/a\": a pattern must not begin with '/': it is below the root of the repository.",
                "plan.toml:4: 'task.1.touches' is \"../b\": a pattern must not contain '..'.",
                "plan.toml:8: 'task.2.after' is \"c\": there is no such task in the file, did you mean 'a'?",
                "plan.toml:9: 'task.2.touches': the patterns must be 64 at most, and are 65: name directories instead.",
            ],
            "\(problems)"
        )
    }

    @Test func tasksThatWaitForEachOtherAreNamed() {
        let task = { (name: String, after: String) in
            "[[task]]\nname = \"\(name)\"\nplan = \"x\"\nafter = [\"\(after)\"]\n"
        }
        let problems = Self.problems(task("a", "b") + task("b", "c") + task("c", "b"))
        #expect(problems == ["plan.toml:5: 'task.2': these tasks wait for each other: 'b' → 'c' → 'b'."])
    }

    @Test func aSupervisedContractNeedsNoTasks() throws {
        let file = try Self.read("agents = [\"codex\"]\n[limits]\nmax_depth = 2", for: .supervised)
        #expect(file.agents == ["codex"] && file.limits.maxDepth == 2 && file.tasks.isEmpty)
    }
}
