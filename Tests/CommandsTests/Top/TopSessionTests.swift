import Domain
import Runner
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Commands

/// The whole command, on a terminal of the test's.
@Suite(.timeLimit(.minutes(15)))
struct TopSessionTests {
    /// A bench with a screen instead of a stream.
    private struct Stage {
        var bench: TestBench
        let screen = ScreenSink(TerminalSize(columns: 80, rows: 24))
        let stops = StopRequests()

        init(_ dossiers: [TaskDossier], queue: FakeQueue? = nil) {
            bench = TestBench(service: FakeTaskService(dossiers: dossiers))
            bench.machine.queue = queue
        }

        var terminal: FakeTerminal { bench.terminal }
        var calls: [FakeTaskService.Call] { bench.machine.service.calls }

        func environment(_ arguments: [String] = ["top"]) -> CommandEnvironment {
            var environment = bench.environment(arguments)
            environment.standardOutput = screen
            environment.listenForStops = { stops }
            return environment
        }

        /// Runs the command while `body` presses keys, and expects the terminal to be as before.
        func run(_ body: () async throws -> Void) async rethrows -> Commands.ExitStatus {
            let environment = environment()
            async let status = CommandLineProgram.run(in: environment)
            try await body()
            let end = await status
            #expect(
                screen.screen.modes == VirtualScreen.plain && screen.screen.faults.isEmpty,
                "\(screen.screen.faults)"
            )
            #expect(terminal.returns == 1 && !terminal.isTaken)
            return end
        }
    }

    private static func parser(_ reason: Reason? = nil) throws -> TaskDossier {
        Sample.dossier(try TopSample.record("aaaaaaaaaa", "Parser", reason))
    }

    private static func queue(_ status: TaskStatus = .running) -> FakeQueue {
        var state = FakeQueue.State()
        state.tasks = [TopSample.view("dddddddddd", "Remote", status)]
        return FakeQueue(state)
    }

    // MARK: - The end

    @Test(arguments: ["q", "\u{03}"])
    func aKeyEndsIt(_ key: String) async throws {
        let stage = Stage([try Self.parser()])
        let status = await stage.run {
            await stage.screen.until("▸   aaaaaa", "this machine", "q quit")
            #expect(stage.terminal.isTaken)
            stage.terminal.press(key)
        }
        #expect(status == .success)
    }

    @Test func aSignalEndsIt() async throws {
        let stage = Stage([])
        let status = await stage.run {
            await stage.screen.until("There are no tasks yet.")
            stage.stops.request()
        }
        #expect(status == .interrupted)
    }

    @Test func aTerminalThatIsGoneEndsIt() async throws {
        let stage = Stage([])
        let status = await stage.run { stage.terminal.send(.closed) }
        #expect(status == .interrupted)
    }

    @Test func withoutATerminalItRefuses() async throws {
        let stage = Stage([])
        #expect(await stage.bench.run("top") == .usage)
        #expect(stage.bench.errors.text.contains("Hint: 'makima list' prints the tasks anywhere"))
        stage.terminal.remove()
        #expect(await CommandLineProgram.run(in: stage.environment()) == .usage)
        var dumb = stage
        dumb.bench.variables["TERM"] = "dumb"
        #expect(await CommandLineProgram.run(in: dumb.environment()) == .usage)
        #expect(stage.screen.screen.text.allSatisfy(\.isWhitespace) && stage.terminal.returns == 0)
    }

    // MARK: - Orders

    @Test func ordersGoToThisMachine() async throws {
        var dossier = try Self.parser()
        dossier.talk = TaskTalk(questions: [TopSample.question()])
        let stage = Stage([dossier])
        _ = await stage.run {
            await stage.screen.until("a answer")
            for (keys, words) in [
                ("sy", "Task aaaa is being stopped."), ("p", "Task aaaa is being paused."),
                ("mlook here\r", "Message 4 is queued."), ("aTOML\r", "Answered: Which format?"),
            ] {
                stage.terminal.press(keys)
                await stage.screen.until(words)
            }
            stage.terminal.press("q")
        }
        #expect(stage.calls == [.stop(force: false), .pause, .say("look here"), .answer("TOML")])
    }

    @Test func ordersGoToTheServer() async throws {
        let queue = Self.queue()
        let stage = Stage([], queue: queue)
        _ = await stage.run {
            await stage.screen.until("Remote", "127.0.0.1:7420")
            for (keys, words) in [("sy", "is being stopped"), ("p", "is being paused"), ("mhi\r", "is on its way")] {
                stage.terminal.press(keys)
                await stage.screen.until(words)
            }
            queue.state.withLock { $0.tasks[0].status = .stalled }
            await stage.bench.clock.sleepers(1)
            stage.bench.clock.advance(by: .seconds(1))
            await stage.screen.until("r resume")
            stage.terminal.press("r")
            await stage.screen.until("is told.")
            stage.terminal.press("q")
        }
        let orders: [QueueOrder] = [.stop(force: false), .pause, .say("hi"), .resume(Wire.ResumeRequest())]
        #expect(queue.state.withLock(\.orders) == orders)
    }

    @Test func anOrderThatFailsIsToldAsAnError() async throws {
        let queue = Self.queue()
        let stage = Stage([], queue: queue)
        _ = await stage.run {
            await stage.screen.until("Remote")
            queue.state.withLock { $0.failure = CommandError.noServer(isAsleep: true) }
            stage.terminal.press("p")
            await stage.screen.until("Error: The server of this machine does not run.", "Hint: Start it", "Remote")
            stage.terminal.press("q")
        }
    }

    /// Quitting at once takes back nothing that was said.
    @Test func anOrderBeforeTheEndComesThrough() async throws {
        let stage = Stage([try Self.parser()])
        _ = await stage.run {
            await stage.screen.until("m message")
            stage.terminal.press("mhi\rq")
        }
        #expect(stage.calls == [.say("hi")])
    }

    // MARK: - What is seen

    @Test func aLoneEscapeLeavesTheLogAfterAMoment() async throws {
        let stage = Stage([try Self.parser()])
        _ = await stage.run {
            await stage.screen.until("Enter log")
            stage.terminal.press("\r")
            await stage.screen.until("Log of aaaa")
            stage.terminal.press("\u{1B}")
            await stage.bench.clock.sleepers(2)
            stage.bench.clock.advance(by: .milliseconds(50))
            await stage.screen.until("Enter log")
            stage.terminal.press("q")
        }
    }

    @Test func anotherSizeIsDrawnAtOnce() async throws {
        let stage = Stage([try Self.parser()])
        _ = await stage.run {
            // Then nothing more changes that would be drawn for the old size.
            await stage.screen.until("An iteration or a check is in progress.")
            stage.screen.resize(to: TerminalSize(columns: 40, rows: 10))
            stage.terminal.send(.resized)
            await stage.screen.until { $0.lines.count == 10 && $0.lines[9].hasSuffix("q quit") }
            stage.terminal.press("q")
        }
    }

    @Test func theLogOfThisMachineIsFollowed() async throws {
        let directory = TemporaryDirectory()
        let path = directory.write("first line\n", to: "out")
        let stage = Stage([try Self.parser()])
        stage.bench.machine.service.configure {
            $0.files = [OutputFile(iteration: 1, attempt: 1, path: path, agent: .claude)]
        }
        _ = await stage.run {
            await stage.screen.until("Enter log")
            stage.terminal.press("\t")
            await stage.screen.until("── iteration 1", "first line", "following")
            directory.write("first line\nsecond line\n", to: "out")
            await stage.bench.clock.sleepers(1)
            stage.bench.clock.advance(by: .seconds(1))
            await stage.screen.until("second line")
            #expect(stage.screen.screen.text.components(of: "first line") == 1)
            stage.terminal.press("q")
        }
    }

    @Test func theLogOfAnotherMachineIsThatOfTheServer() async throws {
        let queue = Self.queue()
        let body = JSONValue.object([JSONMember(key: "status", value: .string("blocked"))])
        queue.state.withLock { state in
            var event = EventView()
            (event.taskId, event.position, event.attempt, event.kind) = ("dddddddddd", 5, 1, "status")
            event.body = body
            state.steps = [.event(event)]
        }
        let stage = Stage([], queue: queue)
        _ = await stage.run {
            await stage.screen.until("Remote")
            stage.terminal.press("\r")
            await stage.screen.until("Log of dddddd", "■ blocked")
            stage.terminal.press("q")
        }
    }

    @Test func tasksOfAServerThatSleepsAreNotForgotten() async throws {
        var stage = Stage([try Self.parser()])
        stage.bench.machine.sleeping = 2
        let (screen, terminal) = (stage.screen, stage.terminal)
        _ = await stage.run {
            await screen.until("server asleep", "! The server does not run, and has 2 tasks not over", "Parser")
            terminal.press("q")
        }
    }

    @Test func aServerThatIsAwayHidesNothingOfThisMachine() async throws {
        let queue = Self.queue()
        queue.state.withLock { $0.failure = CommandError.noServer(isAsleep: true) }
        let stage = Stage([try Self.parser()], queue: queue)
        _ = await stage.run {
            await stage.screen.until("server away", "! The server of this machine does not run.", "Parser")
            stage.terminal.press("q")
        }
    }
}

extension String {
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
