import Domain
import Runner
import TestSupport
import Testing

@testable import Commands

struct LogsTests {
    private func service(_ files: [OutputFile], _ reason: Reason? = .completed(.verified)) throws -> FakeTaskService {
        let service = FakeTaskService(dossiers: [Sample.dossier(try Sample.task(reason))])
        service.configure { $0.files = files }
        return service
    }

    @Test func logsTellEveryFileInOrder() async throws {
        let temporary = TemporaryDirectory()
        defer { withExtendedLifetime(temporary) {} }
        let directory = temporary.path
        temporary.write("hello\nbad \u{1B}]0;t\u{07}\u{1B}[2J news\n", to: "1")
        temporary.write("again", to: "2")
        let files = [1, 2].map { OutputFile(iteration: $0, attempt: $0, path: "\(directory)/\($0)", agent: .claude) }
        let bench = TestBench(service: try service(files))
        #expect(await bench.run("logs", "k7") == .success)
        #expect(
            bench.output.lines == [
                "── iteration 1", "  hello", "  bad  news", "── iteration 2, attempt 2", "  again",
            ]
        )
        let second = TestBench(service: try service(files))
        #expect(await second.run("logs", "k7", "--iteration", "2") == .success)
        #expect(second.output.lines == ["── iteration 2, attempt 2", "  again"])
    }

    /// makima was killed between the iteration's row and the agent's start.
    @Test(arguments: ["--quiet", "--raw"])
    func anIterationWithoutOutputHidesNoOther(_ option: String) async throws {
        let temporary = TemporaryDirectory()
        defer { withExtendedLifetime(temporary) {} }
        temporary.write("hello\n", to: "2")
        let files = [1, 2, 3]
            .map { OutputFile(iteration: $0, attempt: 1, path: "\(temporary.path)/\($0)", agent: .command) }
        let bench = TestBench(service: try service(files))
        #expect(await bench.run("logs", "k7", option) == .success)
        let absence = "  There is no output: it was removed, or the agent was never started."
        let told = ["── iteration 1", absence, "── iteration 2", "  hello", "── iteration 3", absence]
        #expect(bench.output.lines == (option == "--raw" ? ["hello"] : told))
        #expect(bench.errors.text.isEmpty)
    }

    @Test func standardErrorThatCannotBeReadIsAnError() async throws {
        let temporary = TemporaryDirectory()
        defer { withExtendedLifetime(temporary) {} }
        let directory = temporary.path
        temporary.write("hello", to: "1")
        temporary.write("", to: "folder/inside")
        func run(errorPath: String) async throws -> TestBench {
            var file = OutputFile(iteration: 1, attempt: 1, path: "\(directory)/1", agent: .claude)
            file.errorPath = errorPath
            let bench = TestBench(service: try service([file]))
            let isMissing = errorPath.hasSuffix("missing")
            #expect(await bench.run("logs", "k7") == (isMissing ? .success : .failure))
            #expect(bench.output.lines == ["── iteration 1", "  hello"])
            return bench
        }
        #expect(try await run(errorPath: "\(directory)/missing").errors.text.isEmpty)
        #expect(try await run(errorPath: "\(directory)/folder").errors.text.contains("it is no regular file"))
    }

    @Test func outputThatIsGoneIsNoError() async throws {
        let temporary = TemporaryDirectory()
        defer { withExtendedLifetime(temporary) {} }
        temporary.write("hello", to: "2")
        let files = [1, 2]
            .map { OutputFile(iteration: $0, attempt: 1, path: "\(temporary.path)/\($0)", agent: .claude) }
        let bench = TestBench(service: try service(files))
        #expect(await bench.run("logs", "k7") == .success)
        #expect(
            bench.output.lines == [
                "── iteration 1", "  There is no output: it was removed, or the agent was never started.",
                "── iteration 2", "  hello",
            ]
        )
        #expect(bench.errors.text.isEmpty)
        let raw = TestBench(service: try service(files))
        #expect(await raw.run("logs", "k7", "--raw") == .success)
        #expect(raw.output.text == "hello")
    }

    @Test func rawBytesGoIntoAPipeOnly() async throws {
        let temporary = TemporaryDirectory()
        defer { withExtendedLifetime(temporary) {} }
        let directory = temporary.path
        temporary.write("\u{1B}[2Jraw", to: "1")
        let files = [OutputFile(iteration: 1, attempt: 1, path: "\(directory)/1", agent: .claude)]
        let pipe = TestBench(service: try service(files))
        #expect(await pipe.run("logs", "k7", "--raw") == .success)
        #expect(pipe.output.text == "\u{1B}[2Jraw")
        let terminal = TestBench(
            service: try service(files),
            outputTerminal: TerminalSize(columns: 80, rows: 24)
        )
        #expect(await terminal.run("logs", "k7", "--raw") == .usage)
        #expect(terminal.output.bytes.isEmpty)
    }

    @Test func aFollowedLogIsReadToItsEndWhenTheTaskStops() async throws {
        let temporary = TemporaryDirectory()
        defer { withExtendedLifetime(temporary) {} }
        let directory = temporary.path
        let path = "\(directory)/1"
        temporary.write("one\ntw", to: "1")
        let files = [OutputFile(iteration: 1, attempt: 1, path: path, agent: .claude)]
        let bench = TestBench(service: try service(files, nil))
        async let status = bench.run("logs", "k7", "-f")
        await bench.clock.sleepers(1)
        #expect(bench.output.lines == ["── iteration 1", "  one"])
        temporary.write("one\ntwo\nthree", to: "1")
        bench.machine.service.configure { $0.dossiers[0].task.status = .done }
        bench.clock.advance(by: .seconds(1))
        #expect(await status == .success)
        #expect(bench.output.lines == ["── iteration 1", "  one", "  two", "  three"])
    }

    @Test func anIterationThatNeverWasIsAnError() async throws {
        let bench = TestBench(service: try service([]))
        #expect(await bench.run("logs", "k7", "--iteration", "9") == .failure)
        #expect(bench.errors.text.contains("no iteration 9"))
    }
}
