import Glibc
import TestSupport
import Testing

@testable import Processes

struct CoprocessTests {
    private let launcher = PosixSpawnLauncher(grace: .milliseconds(200))
    private let directory = TemporaryDirectory()

    private static let echo = #"while IFS= read -r line; do eval "$line"; done"#

    private func start(_ script: String = echo, channels: Int = 1) async throws -> Coprocess {
        try await launcher.start(.shell(script), channels: channels, errorOutput: "\(directory.path)/errors")
    }

    private func ask(_ coprocess: Coprocess, _ line: String, channel: Int = 0) async throws -> String {
        let answer = try await coprocess.exchange(
            Array("\(line)\n".utf8),
            channel: channel,
            patience: Patience(timeout: .seconds(60))
        ) { $0.last == UInt8(ascii: ".") }
        return String(decoding: answer, as: UTF8.self)
    }

    @Test func answersOneRequestAfterTheOther() async throws {
        let coprocess = try await start()
        #expect(try await ask(coprocess, "x=1; printf one.") == "one.")
        #expect(try await ask(coprocess, "printf %s. $x") == "1.")
        await coprocess.close()
    }

    @Test func waitsForAnAnswerInManyParts() async throws {
        let coprocess = try await start()
        let answer = try await ask(coprocess, "head -c 3000000 /dev/zero | tr '\\0' x; printf .")
        #expect(answer.utf8.count == 3_000_001)
        await coprocess.close()
    }

    @Test func keepsChannelsApart() async throws {
        let coprocess = try await start(
            "sh -c 'read -r line; printf %s \"$line\"' <&3 >&4 3<&- 4>&- & exec 3<&- 4>&-; \(Self.echo)",
            channels: 2
        )
        async let slow = ask(coprocess, "printf slow.")
        #expect(try await ask(coprocess, "other.", channel: 1) == "other.")
        #expect(try await slow == "slow.")
        await coprocess.close()
    }

    @Test func handsOverWhatItComplainedOfOnce() async throws {
        let coprocess = try await start()
        _ = try await ask(coprocess, "echo oh >&2; printf .")
        #expect(coprocess.takeErrorOutput() == Array("oh\n".utf8))
        #expect(coprocess.takeErrorOutput().isEmpty)
        _ = try await ask(coprocess, "echo no >&2; printf .")
        #expect(coprocess.takeErrorOutput() == Array("no\n".utf8))
        await coprocess.close()
    }

    @Test(arguments: ["exit 3", "kill -9 $$", "exec >&- </dev/null; sleep 1"])
    func saysWhenItEndsInsteadOfAnswering(_ line: String) async throws {
        let coprocess = try await start()
        await #expect(throws: ProcessError.coprocessEnded(program: "/bin/sh")) { try await ask(coprocess, line) }
        await coprocess.close()
        await #expect(throws: ProcessError.coprocessEnded(program: "/bin/sh")) { try await ask(coprocess, "printf .") }
    }

    @Test func endsWhatDoesNotAnswerInTime() async throws {
        let coprocess = try await start()
        let pid = try #require(Int32(try await ask(coprocess, "printf '%s.' $$").dropLast()))
        await #expect(throws: ProcessError.timedOut(program: "/bin/sh", after: .milliseconds(50))) {
            _ = try await coprocess.exchange(Array("sleep 600\n".utf8), patience: Patience(timeout: .milliseconds(50)))
            { _ in false }
        }
        await coprocess.close()
        #expect(!ProcessTable.isRunning(pid))
    }

    @Test(arguments: ["cat /dev/zero", "printf .; cat /dev/zero"])
    func endsWhatAnswersWithoutEnd(_ line: String) async throws {
        let launcher = PosixSpawnLauncher(answerCap: 1 << 20)
        let coprocess = try await launcher.start(
            .shell(Self.echo),
            channels: 1,
            errorOutput: "\(directory.path)/errors"
        )
        let pid = try #require(Int32(try await ask(coprocess, "printf '%s.' $$").dropLast()))
        await #expect(throws: ProcessError.answerTooLong(program: "/bin/sh", limit: 1 << 20)) {
            _ = try await coprocess.exchange(Array("\(line)\n".utf8), patience: Patience(timeout: .seconds(60))) { _ in
                false
            }
        }
        await coprocess.close()
        #expect(!ProcessTable.isRunning(pid))
    }

    @Test func leavesNothingWhenItIsClosedOrForgotten() async throws {
        let stubborn = try await start("trap '' TERM; \(Self.echo); while :; do sleep 600; done")
        let pid = try #require(Int32(try await ask(stubborn, "printf '%s.' $$").dropLast()))
        await stubborn.close()
        #expect(!ProcessTable.isRunning(pid))

        let other = try await numberOfForgotten()
        while ProcessTable.isRunning(other) { await Task.yield() }
    }

    private func numberOfForgotten() async throws -> Int32 {
        let coprocess = try await start()
        return try #require(Int32(try await ask(coprocess, "printf '%s.' $$").dropLast()))
    }

    @Test func saysWhatCannotBeStarted() async throws {
        await #expect(throws: ProcessError.launchFailed(program: "/nowhere", directory: "/", errno: ENOENT)) {
            _ = try await launcher.start(
                Command("/nowhere"),
                channels: 1,
                errorOutput: "\(directory.path)/errors"
            )
        }
    }
}
