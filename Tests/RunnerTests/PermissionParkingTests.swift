import Domain
import Glibc
import Journal
import Processes
import Synchronization
import TestSupport
import Testing

@testable import Runner

/// What becomes of an agent that waits to be allowed something; the time is the test's.
@Suite(.timeLimit(.minutes(15)))
struct PermissionParkingTests {
    private let clock = ManualClock()
    /// The heartbeat, the watch over the agent's liveness, and the patience with people.
    private let sleepersWhileAsking = 3

    private let ask = #"""
        begin s1
        ask='{"type":"control_request","request_id":"r-1","request":{"subtype":"can_use_tool","tool_name":"Bash",'
        printf '%s%s\n' "$ask" '"input":{"command":"npm install"}}}'

        """#

    private func spec(_ bench: RunBench) -> TaskSpec {
        bench.spec {
            $0.permissions = .ask
            $0.questions = QuestionPolicy()
            $0.questions?.patience = .seconds(60)
            $0.limits.maxIterations = 2
        }
    }

    @Test func whoeverIsNotAnsweredBlocksTheTaskWithThePermission() async throws {
        let bench = try await RunBench(time: clock)
        bench.turn(1, ask + "read reply; echo \"$reply\" >\"$root/reply\"; say s1 ended")
        async let running = bench.run(spec(bench))
        await clock.sleepers(sleepersWhileAsking)
        clock.advance(by: .seconds(60))
        let task = try await running
        guard case .blocked(.permissionAsked(let number, "Bash: npm install")) = task.reason else {
            Issue.record("\(String(describing: task.reason))")
            return
        }
        #expect(bench.directory.read("reply")?.contains("Nobody has answered yet.") == true)
        let hint = task.reason?.explanation(task: TaskCall("k7")).hint
        #expect(hint?.contains("'makima answer k7 --question \(number) yes', 'always' or 'no WHY'") == true)
        let outcome = try #require(try await bench.iterations(of: task).last?.outcome)
        #expect(outcome.agent.end == .permissionAsked(question: number, what: "Bash: npm install"))
        let answered = try await bench.service.answer("yes", to: task.id, question: number)
        #expect(answered.number == number)
        bench.turn(2, #"say s1 "$ready""#)
        #expect(try await bench.resume(task).status == .done)
        #expect(try bench.prompt(2).contains("A person allows it, once"))
    }

    @Test func whatTheAgentWithdrawsIsNotAnswered() async throws {
        let bench = try await RunBench(time: clock)
        let script = #"""
            read x <"$root/cancel"
            echo '{"type":"control_cancel_request","request_id":"r-1"}'
            read x <"$root/end"
            say s1 "$ready"
            cat >"$root/rest"
            """#
        bench.turn(1, ask + script)
        for name in ["cancel", "end"] { mkfifo("\(bench.directory.path)/\(name)", 0o600) }
        let (notices, notice) = AsyncStream.makeStream(of: RunNotice.self)
        let spec = spec(bench)
        async let running = bench.run(spec, observer: NoticeStream(notice))
        await clock.sleepers(sleepersWhileAsking)
        try await release("cancel", of: bench)
        let withdrawn =
            await notices.compactMap { if case .permissionWithdrawn(let number) = $0 { number } else { nil } }
            .first { _ in true }
        let number = try #require(withdrawn)

        #expect(try await bench.journal.questions(of: spec.id).map(\.isWithdrawn) == [true])
        #expect(try await !bench.service.list().asking.contains(spec.id))
        await #expect(throws: ServiceError.questionWithdrawn(spec.id, number)) {
            try await bench.service.answer("yes", to: spec.id, question: number)
        }
        // The patience was with a question that is gone.
        clock.advance(by: .seconds(60))
        try await release("end", of: bench)
        let task = try await running
        #expect(task.status == .done)
        #expect(bench.directory.read("rest")?.isEmpty == true)
        #expect(try await bench.messages(of: task).isEmpty)
    }

    private func release(_ fifo: String, of bench: RunBench) async throws {
        let command = Command(
            "/bin/sh",
            ["-c", "echo >'\(bench.directory.path)/\(fifo)'"],
            environment: ["PATH": "/usr/bin:/bin"]
        )
        _ = try await PosixSpawnLauncher().run(command)
    }
}

/// Passes notices on.
private struct NoticeStream: RunObserver {
    let notice: AsyncStream<RunNotice>.Continuation

    init(_ notice: AsyncStream<RunNotice>.Continuation) { self.notice = notice }

    func observe(_ event: RunEvent) {
        if case .notice(let said) = event { notice.yield(said) }
    }
}
