import Domain
import Journal
import TestSupport
import Testing

@testable import Runner

/// What a person can do about a task that waits, or cannot begin.
struct WaitBellTests {
    @Test func whoeverWantsItNowEndsTheWaitOfAnotherProcess() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"begin a; work; say a "$ready""#)
        let spec = bench.spec()
        let now = bench.clock.now()
        let known = AccountWait(.usageLimit, from: now, until: now + .seconds(7200), learnedBy: spec.id)
        try await bench.journal.learn(known, of: bench.account(of: spec.agent))
        let waiting = AsyncStream.makeStream(of: Void.self)
        async let task = bench.run(spec, observer: WaitObserver { waiting.continuation.yield() })
        for await _ in waiting.stream { break }
        // The bell is hung up when the wait is told of, and may be a moment late.
        while try await bench.iterations(of: TaskRecord(spec: spec, createdAt: now)).isEmpty {
            _ = try await bench.service.endWait(of: spec.id)
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await task.reason == .completed(.unverified))
        #expect(try await !bench.service.endWait(of: spec.id))
    }

    @Test func theBranchOfATaskNamesIt() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"begin a; work; say a "$ready""#)
        let task = try await bench.run(
            bench.spec {
                $0.name = "other"
                $0.completion = .branch
            }
        )
        let branch = try #require(task.branch)
        let short = String(branch.dropFirst("makima/".count))
        for name in [branch, short, String(short.dropLast(3))] {
            #expect(try await bench.service.find(name).id == task.id, "\(name)")
        }
        await #expect(throws: ServiceError.noSuchTask("makima/x")) { try await bench.service.find("makima/x") }
    }

    @Test func aSetupCommandThatFailedCanBeReplacedOnce() async throws {
        let bench = try await RunBench()
        bench.turn(1, #"begin a; work; say a "$unready""#)
        let spec = bench.spec {
            $0.repository.setupCommand = "false"
            $0.limits.maxIterations = 1
        }
        let blocked = try await bench.run(spec)
        let problem = EnvironmentProblem.setupCommandFailed(command: "false", exitCode: 1, outputTail: "")
        #expect(blocked.reason == .blocked(.environment(problem)))
        let sentence = problem.reasonSentence
        #expect(sentence == "The setup command 'false' failed with exit status 1, and printed nothing.")
        var request = ResumeRequest()
        request.setupCommand = "echo made > made.txt"
        let task = try await bench.resume(blocked, request)
        #expect(task.iterations == 1)
        #expect(task.spec.repository.setupCommand == "echo made > made.txt")
        request.maxIterations = 2
        await #expect(throws: ServiceError.workspacePrepared(task.id)) { try await bench.resume(task, request) }
    }
}

extension EnvironmentProblem {
    fileprivate var reasonSentence: String { Reason.blocked(.environment(self)).explanation(task: "k7").sentence }
}

/// Tells when a task waits.
private struct WaitObserver: RunObserver {
    let noteWait: @Sendable () -> Void

    func observe(_ event: RunEvent) {
        if case .waiting = event { noteWait() }
    }
}
