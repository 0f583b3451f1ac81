import Domain
import Runner
import Synchronization
import TestSupport
import Testing

@testable import Commands

struct FollowTests {
    private static let size = TerminalSize(columns: 80, rows: 24)

    /// A follower whose time a test sets, and the sink it draws on.
    private struct Bench {
        let sink = MemorySink(terminal: FollowTests.size)
        let follower: TerminalFollower
        private let time = Time()

        final class Time: Sendable {
            let elapsed = Mutex(Duration.zero)
        }

        init() throws {
            let time = time
            follower = TerminalFollower(
                task: try Sample.task(),
                callName: "k7m2q9",
                printer: Printer(sink: sink, allowsColour: false),
                elapsed: { time.elapsed.withLock { $0 } }
            )
        }

        func pass(_ duration: Duration) { time.elapsed.withLock { $0 += duration } }
        var screen: [String] { VirtualTerminal(sink.bytes).screen }
    }

    @Test func plainLinesTellEveryStep() throws {
        let sink = MemorySink()
        let follower = PlainFollower(
            callName: "k7m2q9",
            printer: Printer(sink: sink, allowsColour: true),
            elapsed: { .zero }
        )
        for event in try Sample.events() { follower.observe(event) }
        try expectSnapshot(sink.text, "follow-plain.txt")
    }

    private func told(_ events: [AgentEvent], by kind: AgentKind = .command) throws -> [String] {
        var narrator = RunNarrator(callName: "k7m2", tellsTimes: false)
        var task = try Sample.task()
        task.spec.agent.kind = kind
        _ = narrator.tell(.began(task, sandbox: .off), elapsed: .zero)
        let lines = events.flatMap { narrator.tell(.agent($0), elapsed: .zero) }
        return (lines + narrator.tell(.finished(task), elapsed: .seconds(1))).map { $0.rendered(colour: false) }
    }

    @Test func whatIsWrittenToStandardErrorIsShownAndMarked() throws {
        let events: [AgentEvent] = [.errorOutput("no con"), .text("said\n"), .errorOutput("figuration\n")]
        #expect(try told(events) == ["  ◦ said", "  ⚠ stderr: no configuration"])
        #expect(try told([.errorOutput("half")], by: .claude) == ["  ⚠ stderr: half"])
    }

    @Test func aLineEndThatComesAloneEndsALine() throws {
        #expect(try told([.text("one"), .text("\n"), .text("two\n")]) == ["  ◦ one", "  ◦ two"])
    }

    @Test(arguments: [
        (NetworkMode.full, "network full"), (.none, "network none"), (.allowlist, "network allowlist (1 host)"),
    ])
    func theNetworkIsToldAtTheBeginning(_ mode: NetworkMode, _ words: String) throws {
        var narrator = RunNarrator(callName: "k7m2", tellsTimes: false)
        var task = try Sample.task()
        task.spec.sandbox.network = mode
        task.spec.sandbox.allowHosts = ["api.example.com"]
        let lines = narrator.tell(.began(task, sandbox: .off), elapsed: .zero).map { $0.rendered(colour: false) }
        #expect(lines.contains { $0.contains(" · \(words) · ") })
    }

    @Test func aTerminalShowsTheStoryAndNothingOfTheBlockInTheEnd() throws {
        let bench = try Bench()
        for event in try Sample.events() {
            bench.follower.observe(event)
            bench.pass(.seconds(3))
        }
        bench.follower.end()
        try expectSnapshot(bench.screen.joined(separator: "\n") + "\n", "follow-terminal.txt")
        #expect(VirtualTerminal(bench.sink.bytes).faults.isEmpty)
    }

    @Test func theBlockSaysWhereTheRunStands() throws {
        let bench = try Bench()
        for event in try Sample.events().prefix(9) {
            bench.follower.observe(event)
            bench.pass(.seconds(61))
        }
        bench.follower.observe(.agent(.text("still at it")))
        try expectSnapshot(bench.screen.joined(separator: "\n") + "\n", "follow-block.txt")
    }

    @Test func aSecondOfManyEventsIsDrawnTenTimesAtMost() throws {
        let bench = try Bench()
        for number in 0..<1000 {
            bench.follower.observe(.agent(.text("line \(number)")))
            bench.pass(.milliseconds(1))
        }
        #expect(bench.sink.writeCount <= 10)
        bench.follower.end()
        #expect(bench.screen.count == 1000)
    }

    @Test func theClocksGoOnWhileNothingHappens() async throws {
        let clock = ManualClock()
        let sink = MemorySink(terminal: Self.size)
        let began = clock.now
        let follower = TerminalFollower(
            task: try Sample.task(),
            callName: "k7m2q9",
            printer: Printer(sink: sink, allowsColour: false),
            elapsed: { began.duration(to: clock.now) }
        )
        follower.observe(.iterationBegan(number: 1, limit: 10, attempt: 1))
        let ticking = Task { await follower.keepCurrent(by: clock) }
        for _ in 0..<21 {
            await clock.sleepers(1)
            clock.advance(by: TerminalFollower.redrawInterval)
        }
        await clock.sleepers(1)
        // Once at the beginning, once for each of two seconds, and once more when the ticker saw the first.
        #expect(sink.writeCount <= 4)
        #expect(VirtualTerminal(sink.bytes).screen.contains(" iteration 1 of 10 · 2 s · total 2 s"))
        ticking.cancel()
        await ticking.value
    }

    /// What a hanging agent complained of last is what a person must see.
    @Test func whatWasHeldBackIsToldThoughNothingFollows() async throws {
        let clock = ManualClock()
        let sink = MemorySink()
        let began = clock.now
        let follower = PlainFollower(
            callName: "k7m2q9",
            printer: Printer(sink: sink, allowsColour: false),
            elapsed: { began.duration(to: clock.now) }
        )
        follower.observe(.agent(.errorOutput("first\n")))
        follower.observe(.agent(.errorOutput("waiting for a lock\n")))
        #expect(!sink.text.contains("waiting"))
        let ticking = Task { await follower.keepCurrent(by: clock) }
        await clock.sleepers(1)
        clock.advance(by: .seconds(1))
        await clock.sleepers(1)
        #expect(sink.text.contains("waiting for a lock"))
        ticking.cancel()
        await ticking.value

        let bench = try Bench()
        bench.follower.observe(.agent(.errorOutput("first\n")))
        bench.follower.observe(.agent(.errorOutput("waiting for a lock\n")))
        bench.pass(.seconds(1))
        let terminal = ManualClock()
        let drawing = Task { await bench.follower.keepCurrent(by: terminal) }
        await terminal.sleepers(1)
        terminal.advance(by: TerminalFollower.redrawInterval)
        await terminal.sleepers(1)
        #expect(bench.screen.contains { $0.contains("waiting for a lock") })
        drawing.cancel()
        await drawing.value
    }

    @Test func aRunThatCannotGoOnLeavesTheScreenTidyToo() async throws {
        let service = FakeTaskService()
        let events = try Sample.events().prefix(5)
        service.configure {
            $0.events = Array(events)
            $0.failure = FakeTaskService.NoSuchTask(name: "x")
        }
        let bench = TestBench(service: service, errorTerminal: Self.size)
        #expect(await bench.run("run", "Mend it") == .failure)
        let screen = VirtualTerminal(bench.errors.bytes).screen
        #expect(screen.last == "Error: There is no task 'x'.")
        #expect(!screen.contains { $0.hasPrefix("───") })
    }

    @Test func nothingIsDrawnAfterTheEnd() throws {
        let bench = try Bench()
        bench.follower.observe(.iterationBegan(number: 1, limit: 10, attempt: 1))
        bench.follower.end()
        let count = bench.sink.writeCount
        bench.pass(.seconds(1))
        bench.follower.observe(.stopping(isForced: false))
        #expect(bench.sink.writeCount == count)
    }

    @Test func anEchoedInterruptIsErasedWithTheBlock() throws {
        let bench = try Bench()
        bench.follower.observe(.iterationBegan(number: 1, limit: 10, attempt: 1))
        bench.sink.write(Array("^C".utf8))
        bench.follower.observe(.stopping(isForced: false))
        bench.follower.end()
        #expect(bench.screen.last?.hasPrefix("Stopping gently") == true)
        #expect(!bench.screen.joined().contains("^C"))
    }

    @Test func aTerminalThatBecameNarrowerIsErasedByTheRowsItWrappedInto() {
        var screen = LiveScreen()
        let block = [StyledLine(String(repeating: "x", count: 79)), StyledLine("short")]
        _ = screen.frame(lines: [], block: block, size: TerminalSize(columns: 80, rows: 24), colour: false)
        let frame = screen.frame(lines: [], block: [], size: TerminalSize(columns: 40, rows: 24), colour: false)
        #expect(String(decoding: frame, as: UTF8.self) == "\r\u{1B}[3A\u{1B}[J")
    }

    @Test func theBlockNeverFillsMoreThanTheScreen() {
        var screen = LiveScreen()
        let block = (0..<4).map { StyledLine("line \($0) " + String(repeating: "日", count: 60)) }
        let frame = screen.frame(lines: [], block: block, size: TerminalSize(columns: 20, rows: 3), colour: false)
        let lines = String(decoding: frame, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= 19 })
    }

    @Test func hostileTextOfAnAgentReachesTheTerminalWithoutItsSequences() throws {
        let bench = try Bench()
        let hostile = "\u{1B}]52;c;ZXZpbA==\u{07}\u{1B}[2J\u{1B}[?1049h\u{202E}ok\rpassed"
        bench.follower.observe(.agent(.text(hostile)))
        bench.pass(.seconds(1))
        bench.follower.observe(.agent(.toolCallBegan(id: "1", name: hostile, summary: hostile)))
        bench.pass(.seconds(1))
        bench.follower.observe(.agent(.toolCallEnded(id: "1", isError: true)))
        bench.follower.end()
        #expect(VirtualTerminal(bench.sink.bytes).faults.isEmpty)
        #expect(bench.screen.joined().contains(#"\u{202E}ok"#))
    }
}
