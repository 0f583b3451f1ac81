import Domain
import Glibc
import Processes
import Synchronization
import TestSupport
import Testing

@testable import Runner

/// What becomes of an agent that waits to be allowed something; the time is the test's.
@Suite(.timeLimit(.minutes(2)))
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

}
