import Domain
import Runner
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Commands

struct AddTasksTests {
    private static func bench(_ text: String) -> (TestBench, FakeQueue) {
        let queue = FakeQueue()
        var bench = TestBench()
        bench.machine.queue = queue
        bench.machine.standardInput = Array(text.utf8)
        return (bench, queue)
    }

    @Test func aWarningNamesTheTasksThatItIsAbout() {
        var warnings = SharedWarnings(of: 2)
        warnings.add(["No checks.", "Old."], of: "A")
        warnings.add(["Old."], of: "B")
        #expect(warnings.sentences == ["Of 'A': No checks.", "Old."])
    }

    @Test func aTaskOfThisMachineAloneIsNotAttachedTo() async throws {
        let mine = Sample.dossier(try Sample.task(.interrupted(.person)))
        var other = TestBench(service: FakeTaskService(dossiers: [mine]))
        other.machine.queue = FakeQueue()
        #expect(await other.run("attach", "k7m2") == .failure)
        #expect(other.errors.text.contains("makima logs k7m2q9 -f"))
    }

    @Test(arguments: [
        ("# A\nafter: B\n\n# B\nafter: A\n", "'A' → 'B' → 'A'"), ("# A\nafter: A\n", "'A' → 'A'"),
        ("# A\ncontinue: B\n\n# B\nafter: C\n\n# C\nafter-merged: B\n", "'B' → 'C' → 'B'"),
        ("# A\n\n# B\ncheckk: x\n", "The task 'B', line 4"), ("# A\ndetach:\n", "'detach' in line 2"),
        ("# A\nname: B\n", "'name' in line 2"), ("# A\nlabel: ,\n", "'label' in line 2"),
        ("# A\nnot-before: 2026-02-30T10:00:00Z\n", "2026-02-30"), ("# A\nurl: ext::sh -c true\n", "'url' in line 2"),
        ("# A\nurl: https://me:secret@example.org/p.git\n", "https://me:***@example.org/p.git"),
        ("# A\nafter: gone\n", "neither the file nor the server"), ("# A\nagent: nobody\n", "The task 'A' in line 1"),
        ("# A\npermissions: plan\n", "cannot be held"),
    ])
    func whatCannotBeIsRefusedAsAWhole(text: String, words: String) async {
        let (bench, queue) = Self.bench(text)
        #expect(await bench.run("add", "-") == .usage)
        #expect(bench.errors.text.contains(words), "\(bench.errors.text)")
        #expect(queue.state.withLock(\.requests).isEmpty)
    }

    @Test func allThatIsWrongIsToldTogether() async {
        let text = """
            before
            # A
            agent: nobody
            priority: high
            after: Zed, gone

            # B
            after: C
            bogus: 1
            key: a b c
            name: z

            # C
            after: B
            not-before: tomorrow

            """
        let (bench, queue) = Self.bench(text)
        #expect(await bench.run("add", "-") == .usage)
        let lines = bench.errors.text.split(separator: "\n").map(String.init)
        let expected = [
            "Error: The file has 10 problems, and none of its tasks was queued:", "Line 1 stands before",
            "The task 'A' in line 2 cannot be queued. ", "The option 'priority' in line 4 is 'high'",
            "Line 5 names the task 'Zed'", "Line 5 names the task 'gone'",
            "These tasks, the first in line 7, wait for each other: 'B' → 'C' → 'B'.", "The task 'B', line 9: ",
            "The option 'key' in line 10", "The option 'name' in line 11 is of no use",
            "The option 'not-before' in line 15",
            "Hint: Mend each",
        ]
        #expect(lines.count == expected.count, "\(bench.errors.text)")
        for (line, words) in zip(lines, expected) { #expect(line.contains(words), "\(words)\n\(line)") }
        // What to do stands beside each.
        #expect(lines.dropFirst().dropLast().allSatisfy { $0.hasPrefix("    - ") && $0.hasSuffix(".") }, "\(lines)")
        #expect(queue.state.withLock(\.requests).isEmpty)
    }

    /// They are made together or not at all: a thousand are, as a test of the server says.
    @Test func tooManyAreRefusedBeforeAnyIsMade() async {
        let text = (1...1001).map { "# Task \($0)\n\nDo it.\n" }.joined(separator: "\n")
        let (bench, queue) = Self.bench(text)
        #expect(await bench.run("add", "-") == .usage)
        #expect(
            bench.errors.text.contains(
                "The file has 1001 tasks, the one in line 4001 and those below it too many: 1000"
            )
        )
        #expect(queue.state.withLock(\.requests).isEmpty)
    }

    @Test(arguments: [
        ("# \(String(repeating: "long ", count: 60))\n", "has 299 bytes; a task's name has 256 at most"),
        ("# A\nlabel: no good\n", "The task 'A' in line 1 cannot be queued"),
    ])
    func whatAServerWouldNotTakeIsRefusedBefore(text: String, words: String) async {
        let (bench, queue) = Self.bench("# Fine\n\n" + text.replacing("line 1", with: "line 3"))
        #expect(await bench.run("add", "-") == .usage)
        #expect(bench.errors.text.contains(words.replacing("line 1", with: "line 3")), "\(bench.errors.text)")
        #expect(queue.state.withLock(\.requests).isEmpty)
    }

    /// What keeps every task from being made is not repeated for each.
    @Test func whatIsWrongWithTheRepositoryIsToldOnce() async {
        var (bench, _) = Self.bench("# A\n\n# B\n\n# C\n")
        bench.machine.repository = nil
        #expect(await bench.run("add", "-") == .usage)
        #expect(!bench.errors.text.contains("problems") && bench.errors.text.contains("not in a git repository"))
    }

    @Test func aFileIsJudgedWithoutAServer() async {
        var (bench, _) = Self.bench("# A\npriority: high\n")
        bench.machine.queue = nil
        #expect(await bench.run("add", "-") == .usage)
        #expect(bench.errors.text.contains("'priority' in line 2"))
    }

    @Test func tasksOfTheServerAreFoundByTheBeginningOfTheirIDOrName() async throws {
        let (bench, queue) = Self.bench("\u{FEFF}# A\nafter: Old wo\nurl: https://example.org/project.git\n")
        var old = TaskView()
        (old.taskId, old.taskName) = ("zzzzzzzzzz", "Old work")
        let tasks = [old]
        queue.state.withLock { $0.tasks = tasks }
        #expect(await bench.run("add", "-") == .success)
        let request = try #require(queue.state.withLock(\.requests).first)
        #expect(request.dependencies.map(\.taskId) == ["zzzzzzzzzz"])
        #expect(request.spawn.repoUrl == "https://example.org/project.git" && request.spawn.targetRepoPath == nil)
    }
}
