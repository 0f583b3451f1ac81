import Domain
import Glibc
import Processes
import TestSupport
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

    /// What comes too late for the last prompt is heard before the work is done.
    @Test(arguments: [nil, "check"]) func whatIsSaidMeanwhileIsHeardBeforeItIsDone(check: String?) async throws {
        let bench = try await RunBench()
        let path = "\(bench.directory.path)/go"
        mkfifo(path, 0o600)
        let wait = "read x <'\(path)'"
        bench.turn(1, (check == nil ? "\(wait)\n" : "") + #"echo x > a; printf "$ready""#)
        bench.turn(2, #"echo y > b; printf "$ready""#)
        let spec = bench.spec(.command) {
            guard let check else { return }
            $0.checks = [CheckDefinition(name: check, command: "test -e b || \(wait)")]
        }
        let (events, began) = AsyncStream.makeStream(of: RunEvent.self)
        async let running = bench.run(spec, observer: EventStream(began))
        for await event in events where event.begins(check) { break }
        _ = try await bench.service.say("And no ORM.", to: spec.id)
        _ = try await PosixSpawnLauncher().run(Command("/bin/sh", ["-c", "echo >'\(path)'"]))

        let task = try await running
        #expect(task.reason == .completed(check == nil ? .unverified : .verified))
        #expect(task.iterations == 2)
        #expect(try bench.prompt(2).contains("And no ORM."))
        #expect(try await bench.messages(of: task).map(\.receipt?.iteration) == [2])
    }

    @Test func whatIsSaidInTheLastIterationThatMayBeLeavesItDone() async throws {
        let bench = try await RunBench()
        let path = "\(bench.directory.path)/go"
        mkfifo(path, 0o600)
        bench.turn(1, "read x <'\(path)'\n" + #"echo x > a; printf "$ready""#)
        let spec = bench.spec(.command) { $0.limits.maxIterations = 1 }
        let (events, began) = AsyncStream.makeStream(of: RunEvent.self)
        async let running = bench.run(spec, observer: EventStream(began))
        for await event in events where event.begins(nil) { break }
        _ = try await bench.service.say("And no ORM.", to: spec.id)
        _ = try await PosixSpawnLauncher().run(Command("/bin/sh", ["-c", "echo >'\(path)'"]))
        let task = try await running
        #expect(task.reason == .completed(.unverified))
        #expect(try await bench.messages(of: task).map(\.isUnheard) == [true])
    }

    private func resume(_ task: TaskRecord, _ request: ResumeRequest, with bench: RunBench) async throws -> TaskRecord {
        var request = request
        request.waits = false
        request.skipsWait = true
        return try await bench.service.resume(task.id, request, observer: Witness(), stops: StopRequests())
    }
}

/// Hands on all that is observed.
private struct EventStream: RunObserver {
    private let continuation: AsyncStream<RunEvent>.Continuation

    init(_ continuation: AsyncStream<RunEvent>.Continuation) { self.continuation = continuation }

    func observe(_ event: RunEvent) { continuation.yield(event) }
}

extension RunEvent {
    /// Whether the agent begins, or the check of that name.
    fileprivate func begins(_ check: String?) -> Bool {
        switch self {
        case .iterationBegan: check == nil
        case .checkBegan(let began, _): began.name == check
        default: false
        }
    }
}
