import Glibc
import Processes
import TestSupport
import Testing

struct LauncherTests {
    private let launcher = PosixSpawnLauncher(grace: .milliseconds(200))

    @Test(arguments: [0, 1, 77, 255]) func reportsTheExitCode(_ code: Int32) async throws {
        #expect(try await launcher.run(.shell("exit \(code)")).status == .code(code))
    }

    @Test(arguments: [SIGKILL, SIGTERM, SIGSEGV]) func reportsTheSignal(_ signal: Int32) async throws {
        #expect(try await launcher.run(.shell("kill -\(signal) $$")).status == .signal(signal))
    }

    @Test func keepsTheTwoStreamsApart() async throws {
        let result = try await launcher.run(.shell("echo out; echo err >&2"))
        #expect(result.text == "out\n")
        #expect(result.errorText == "err\n")
        #expect(!result.isTruncated)
    }

    @Test func givesExactlyTheEnvironment() async throws {
        let environment = ["A": "1", "B": "two words\nand a line", "EMPTY": "", "Ü": "ü"]
        let result = try await launcher.run(Command("/usr/bin/env", ["-0"], environment: environment))
        let variables = result.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        #expect(variables.sorted() == environment.map { "\($0)=\($1)" }.sorted())
    }

    @Test func startsInTheDirectory() async throws {
        let directory = TemporaryDirectory()
        #expect(try await launcher.run(.shell("pwd", directory: directory.path)).text == "\(directory.path)\n")
        #expect(try await launcher.run(.shell("pwd")).text == "/\n")
    }

    @Test func passesArgumentsUnchanged() async throws {
        let arguments = ["", "two words", "line\nfeed", "-n", "日本", "'\"$x`"]
        let result = try await launcher.run(Command("/usr/bin/printf", ["%s\\0"] + arguments))
        #expect(result.output == arguments.flatMap { Array($0.utf8) + [0] })
    }

    @Test func looksTheProgramUpInThePathOfTheCommand() async throws {
        let directory = TemporaryDirectory()
        directory.write("#!/bin/sh\necho found\n", to: "some-program", mode: 0o755)
        directory.write("not executable", to: "first/some-program")
        let path = "relative:\(directory.path)/first:\(directory.path)"
        #expect(try await launcher.run(Command("some-program", environment: ["PATH": path])).text == "found\n")
        await #expect(throws: ProcessError.programNotFound("some-program")) {
            try await launcher.run(Command("some-program", environment: ["PATH": systemPath]))
        }
        await #expect(throws: ProcessError.programNotFound("./some-program")) {
            try await launcher.run(Command("./some-program", environment: ["PATH": path], directory: directory.path))
        }
    }

    @Test func saysWhatCouldNotBeStarted() async throws {
        await #expect(throws: ProcessError.launchFailed(program: "/nowhere", directory: "/", errno: ENOENT)) {
            try await launcher.run(Command("/nowhere"))
        }
        await #expect(throws: ProcessError.launchFailed(program: "/bin/true", directory: "/nowhere", errno: ENOENT)) {
            try await launcher.run(Command("/bin/true", directory: "/nowhere"))
        }
        await #expect(throws: ProcessError.systemCallFailed("open", subject: "/nowhere", errno: ENOENT)) {
            try await launcher.run(Command("/bin/true", input: .file("/nowhere")))
        }
    }

    @Test(arguments: [
        Command("/bin/true", ["a\0b"]), Command("/bin/true", environment: ["A": "a\0b"]),
        Command("/bin/true", environment: ["A=B": "c"]), Command("/bin/true", environment: ["": "c"]),
        Command("/bin/true", directory: "/tmp\0/x"), Command("/bin/\0true"),
    ])
    func refusesTextThatTheKernelWouldCut(_ command: Command) async throws {
        await #expect {
            try await launcher.run(command)
        } throws: { error in
            if case ProcessError.unusableText = error { true } else { false }
        }
    }

    @Test func readsStandardInputFromBytesAndFiles() async throws {
        let bytes = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
        #expect(try await launcher.run(Command("/bin/cat", input: .bytes(bytes))).output == bytes)
        let directory = TemporaryDirectory()
        let file = directory.write("from a file", to: "input")
        #expect(try await launcher.run(Command("/bin/cat", input: .file(file))).text == "from a file")
        #expect(try await launcher.run(Command("/bin/cat")).output.isEmpty)
    }

    @Test func survivesAChildThatDoesNotReadItsInput() async throws {
        let bytes = [UInt8](repeating: 120, count: 4 << 20)
        #expect(try await launcher.run(Command("/bin/true", input: .bytes(bytes))).status == .code(0))
        #expect(try await launcher.run(.shell("head -c 1 >/dev/null", input: .bytes(bytes))).status == .code(0))
    }

    @Test func collectsMuchOfBothStreamsAtOnce() async throws {
        let result = try await launcher.run(
            .shell("head -c 3000000 /dev/zero & head -c 2000000 /dev/zero >&2; wait")
        )
        #expect(result.output.count == 3_000_000)
        #expect(result.errorOutput.count == 2_000_000)
    }

    @Test func dropsWhatIsBeyondTheCap() async throws {
        let result = try await launcher.run(
            .shell("head -c 1000000 /dev/zero; echo end >&2"),
            timeout: .seconds(120),
            outputCap: 1000
        )
        #expect(result.output.count == 1000)
        #expect(result.errorText == "end\n")
        #expect(result.isTruncated)
        #expect(result.status == .code(0))
    }

    @Test func childrenGetDefaultSignalsAndOnlyThreeDescriptors() async throws {
        signal(SIGPIPE, SIG_IGN)
        let result = try await launcher.run(
            .shell("grep -E 'SigBlk|SigIgn' /proc/self/status; ls /proc/self/fd | wc -l")
        )
        // Signals 32 and 33 are the C library's own business.
        let ignored = result.lines.filter { $0.hasPrefix("Sig") }.map { UInt64($0.suffix(16), radix: 16) ?? .max }
        #expect(ignored.map { $0 & 0x7fff_ffff } == [0, 0])
        // Three, and the one by which the folder is listed.
        #expect(result.lines.last == "4")
    }
}
