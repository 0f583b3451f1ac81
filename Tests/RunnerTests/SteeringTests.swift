import Domain
import Testing

@testable import Runner

/// What a person says reaches the agent, whatever happens to the tries between.
struct SteeringTests {
    private let limited = #"echo 'Claude AI usage limit reached|1795344315'; exit 1"#

    @Test func aMessageIsToldAgainUntilATryCounts() async throws {
        let bench = try await RunBench()
        bench.turn(1, "exit 0")
        let task = try await bench.run(bench.spec(.command) { $0.limits.maxIterations = 1 })
        let said = try await bench.service.say("Use SQLite.", to: task.id)
        #expect(!said.agentListens)
        bench.turn(2, limited)
        bench.turn(3, #"echo 'all done'"#)
        let more = ResumeRequest(maxIterations: 2, message: "And no ORM.")
        _ = try await resume(task, more, with: bench)
        #expect(try await bench.messages(of: task).map(\.receipt) == [nil, nil])
        _ = try await resume(task, ResumeRequest(), with: bench)
        for number in 2...3 {
            #expect(try bench.prompt(number).contains("Use SQLite."))
            #expect(try bench.prompt(number).contains("And no ORM."))
        }
        let receipts = try await bench.messages(of: task).map(\.receipt)
        #expect(receipts.map { $0?.way } == [.prompt, .prompt])
        #expect(receipts.map { $0?.iteration } == [2, 2])
    }

    @Test func aTaskThatIsDoneHearsNothing() async throws {
        let bench = try await RunBench()
        bench.turn(1, #"printf "$ready""#)
        let task = try await bench.run(bench.spec(.command))
        await #expect(throws: ServiceError.noListener(task.id, .done)) { try await bench.service.say("x", to: task.id) }
    }

    private func resume(_ task: TaskRecord, _ request: ResumeRequest, with bench: RunBench) async throws -> TaskRecord {
        var request = request
        request.waits = false
        request.skipsWait = true
        return try await bench.service.resume(task.id, request, observer: Witness(), stops: StopRequests())
    }
}
