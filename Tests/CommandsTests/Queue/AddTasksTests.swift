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
