import Domain
import Runner
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Commands

/// `makima logs` of a task that a server has.
struct StoredLogTests {
    private static func piece(
        _ text: String,
        iteration: Int = 1,
        at offset: Int = 0,
        stream: OutputStream = .stdout
    ) -> OutputView {
        var view = OutputView()
        (view.attempt, view.iteration, view.stream) = (1, iteration, stream)
        (view.offset, view.byteCount, view.text) = (offset, text.utf8.count, text)
        return view
    }

    private static func bench(_ pieces: [OutputView], kind: AgentKind = .command) throws -> (TestBench, FakeQueue) {
        var view = TaskView()
        view.taskId = try #require(Sample.id).rawValue
        view.taskName = "Make the tests pass"
        (view.status, view.attempt, view.home) = (.done, 1, "build-1")
        var state = FakeQueue.State()
        state.tasks = [view]
        var document = SpawnTask(try Sample.spec(), command: "spawn", attempt: 1)
        document.agent.kind = kind
        state.history.document = document
        state.output = pieces.enumerated()
            .map { index, piece in
                var piece = piece
                piece.position = 10 * (index + 1)
                return piece
            }
        let queue = FakeQueue(state)
        var bench = TestBench()
        bench.machine.queue = queue
        return (bench, queue)
    }

    /// The events of such a burst are cut, because nobody could read it as it comes.
    @Test(arguments: [AgentKind.command, .claude])
    func allThatWasPrintedIsShown(by kind: AgentKind) async throws {
        let text = (1...3000).map { "line number \($0) of a burst\n" }.joined()
        let half = text.index(text.startIndex, offsetBy: text.count / 2 + 3)
        let parts = [String(text[..<half]), String(text[half...])]
        let errors = (1...300).map { "warning \($0)\n" }.joined()
        let (bench, _) = try Self.bench(
            [
                Self.piece(parts[0]), Self.piece(errors, stream: .stderr),
                Self.piece(parts[1], at: parts[0].utf8.count), Self.piece("and on", iteration: 2),
                Self.piece("last", iteration: 2, stream: .stderr),
            ],
            kind: kind
        )
        #expect(await bench.run("logs", "k7m2") == .success)
        let said = (1...3000).map { "  line number \($0) of a burst" }
        let complained = (1...300).map { "  warning \($0)" }
        #expect(
            bench.output.lines == ["── iteration 1"] + said + ["standard error:"] + complained
                + ["── iteration 2", "  and on", "standard error:", "  last"]
        )
    }

    @Test func oneIterationIsShownAlone() async throws {
        let pieces = [
            Self.piece("one\n"), Self.piece("two\n", iteration: 2), Self.piece("x\n", iteration: 2, stream: .stderr),
        ]
        let (bench, _) = try Self.bench(pieces)
        #expect(await bench.run("logs", "k7m2", "--iteration", "2") == .success)
        #expect(bench.output.lines == ["── iteration 2", "  two", "standard error:", "  x"])
        #expect(await bench.run("logs", "k7m2", "--iteration", "9") == .failure)
        #expect(bench.errors.text.contains("no iteration 9"))
    }

    @Test func whatIsMissingIsSaidWhereItWas() async throws {
        let (bench, _) = try Self.bench([Self.piece("one\nhal"), Self.piece("three\n", at: 20)])
        #expect(await bench.run("logs", "k7m2") == .success)
        #expect(
            bench.output.lines == ["── iteration 1", "  one", "  hal", "! 13 bytes are missing here", "  three"]
        )
    }

    @Test func aFollowedLogEndsWithTheTask() async throws {
        let (bench, queue) = try Self.bench([Self.piece("one\ntwo\n")])
        var event = EventView()
        (event.position, event.attempt, event.kind) = (3, 1, "status")
        event.body = .object(["status": .string("done")])
        queue.state.withLock { [event] in $0.steps = [.event(event)] }
        #expect(await bench.run("logs", "k7m2", "-f") == .success)
        #expect(bench.output.lines == ["── iteration 1", "  one", "  two"])
    }

    @Test func noOutputIsSaid() async throws {
        let (bench, _) = try Self.bench([])
        #expect(await bench.run("logs", "k7m2") == .success)
        #expect(bench.errors.text.contains("There is no output yet."))
    }

    @Test(arguments: [1, 3, 4096, 100_000])
    func linesStayWholeHoweverTheyCome(_ size: Int) {
        let text = Array((1...500).map { "line \($0)\n" }.joined().utf8) + Array(repeating: 0x78, count: 10_000)
        var lines = StoredLines()
        var pieces: [[UInt8]] = []
        for start in stride(from: 0, to: text.count, by: size) {
            pieces += lines.take(Array(text[start..<min(start + size, text.count)]))
        }
        pieces += lines.finish()
        #expect(pieces.flatMap { $0 } == text)
        #expect(pieces.allSatisfy { $0.count <= 4096 })
        let whole = pieces.prefix { $0.last == 0x0A }.joined()
        #expect(String(decoding: whole, as: UTF8.self).hasSuffix("line 500\n"))
    }
}
