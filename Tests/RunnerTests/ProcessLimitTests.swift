import Domain
import Processes
import TestSupport
import Testing

@testable import Runner

/// What becomes of a task whose programs come to the limits of their control groups, on a double of the kernel's files.
struct ProcessLimitTests {
    private let double = ControlGroupDouble(contents: ["memory.events": "oom 2\noom_kill 2\n"])

    private func bench() async throws -> RunBench {
        let double = double
        let place = ControlGroup.Place(directory: double.path, offered: [.memory], isRoot: true, isShared: false)
        let files = GroupFiles(make: { double.make($0) }, remove: { double.remove($0) })
        return try await RunBench(groups: ControlGroups(.usable(place), files: files))
    }

    private let clause = "2 processes were ended at the memory limit of 64 MiB"

    @Test func anAgentThatIsEndedThereEndsWithAnErrorThatRepeats() async throws {
        let bench = try await bench()
        bench.turn(nil, "work; kill -9 $$")
        let task = try await bench.run(
            bench.spec(.command) {
                $0.sandbox.limits.memoryMiB = 64
                $0.limits.sameErrorThreshold = 2
            }
        )
        guard case .stalled(.sameError(let signature, 2, _)) = task.reason else {
            Issue.record("\(String(describing: task.reason))")
            return
        }
        #expect(signature.contains("memory limit of 64 MiB"))
        #expect(bench.starts == 2)
        let outcome = try #require(try await bench.iterations(of: task).last?.outcome)
        #expect(outcome.limitHits == LimitHits(killed: 2, memoryMiB: 64))
        #expect(
            outcome.agent.end == .agentError(message: "The agent's process was ended at the memory limit of 64 MiB.")
        )
        #expect(try bench.prompt(2).contains(clause))
    }

    @Test func aCheckSaysSoInItsReceipt() async throws {
        let bench = try await bench()
        bench.turn(1, #"printf "$ready""#)
        bench.turn(2, #"printf "$unready""#)
        let witness = Witness()
        let task = try await bench.run(
            bench.spec(.command) {
                $0.sandbox.limits.memoryMiB = 64
                $0.limits.maxIterations = 2
                $0.checks = [CheckDefinition(name: "build", command: "exit 137")]
            },
            observer: witness
        )
        let receipt = try #require(try await bench.iterations(of: task).first?.outcome?.receipts.first)
        #expect(receipt.verdict == .failed(exitCode: 137))
        #expect(receipt.limitHits == LimitHits(killed: 2, memoryMiB: 64))
        #expect(try bench.prompt(2).contains("failed with exit status 137; \(clause)"))
        #expect(witness.notices.contains(.limitsHit(LimitHits(killed: 2, memoryMiB: 64))))
    }

    @Test func soDoesASetupCommand() async throws {
        let bench = try await bench()
        let task = try await bench.run(
            bench.spec(.command) {
                $0.sandbox.limits.memoryMiB = 64
                $0.repository.setupCommand = "exit 137"
            }
        )
        #expect(bench.starts == 0)
        #expect(task.reason?.explanation(task: TaskCall("t")).sentence.contains("status 137 (\(clause))") == true)
    }

    private let absent = "this machine shows no control groups of version 2"

    @Test func aLimitThatCannotBeKeptIsRefusedBeforeThereIsATask() async throws {
        let bench = try await RunBench()
        let spec = bench.spec(.command) {
            $0.sandbox.limits.cpus = 1.5
            $0.sandbox.limits.memoryMiB = 512
        }
        let error = await #expect(throws: ServiceError.self) { try await bench.service.create(spec) }
        let words = try #require(error?.description)
        #expect(words.contains("'max_memory_mib = 512' and 'max_cpus = 1.5' cannot be kept") && words.contains(absent))
        #expect(error?.hint.contains("'--max-memory-mib none'") == true)
        #expect(try await bench.service.list().tasks.isEmpty)
    }

    @Test(arguments: [true, false])
    func systemdIsNamedWhereItRuns(_ runs: Bool) {
        var limits = ProcessLimits()
        limits.memoryMiB = 1
        let error = ServiceError.limitsUnavailable(UnkeptLimits(limits, because: absent, hasServiceManager: runs))
        #expect(error.hint.contains("systemd-run") == runs)
    }

    /// As where it was made on another machine, or by an earlier makima.
    @Test func aTaskThatIsBlockedForItGoesOnWithoutIt() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"printf "$ready""#)
        let made = try await bench.make(bench.spec(.command) { $0.sandbox.limits.cpus = 1.5 })
        let task = try await bench.service.run(made.id, observer: Witness(), stops: StopRequests())
        #expect(task.reason == .blocked(.environment(.limitsUnavailable(detail: absent))))
        #expect(task.reason?.explanation(task: TaskCall("t")).hint?.contains("resume t --max-memory-mib none") == true)
        await #expect(throws: ServiceError.self) { try await bench.resume(task) }
        let asked = SandboxRequest(.task(task.id), command: ["/bin/true"])
        await #expect(throws: ServiceError.self) { try await bench.service.runInSandbox(asked) }
        #expect(bench.starts == 0)
        var request = ResumeRequest()
        request.resources.cpus = .unlimited
        let done = try await bench.resume(task, request)
        #expect(done.status == .done)
        #expect(done.spec.sandbox.limits == ProcessLimits())
    }

    @Test func aResumeGivesMoreMemory() async throws {
        let bench = try await bench()
        bench.turn(1, "kill -9 $$")
        bench.turn(2, #"printf "$ready""#)
        let stopped = try await bench.run(
            bench.spec(.command) {
                $0.sandbox.limits.memoryMiB = 64
                $0.limits.maxIterations = 1
            }
        )
        var request = ResumeRequest(maxIterations: 2)
        request.resources.memory = 128
        let done = try await bench.resume(stopped, request)
        #expect(done.status == .done)
        #expect(done.spec.sandbox.limits.memoryMiB == 128)
        let last = try #require(double.removed.last)
        #expect(double.readRemoved(last, "memory.max")?.hasPrefix("\(128 << 20)") == true)
    }
}
