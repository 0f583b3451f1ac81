import Agents
import Domain
import Glibc
import Processes
import Synchronization
import TestSupport
import Testing

@testable import Runner

@Suite(.timeLimit(.minutes(15)))
struct AgentTurnTests {
    private let directory = TemporaryDirectory()

    /// It stops both the shim and its guard, which then keep no deadline.
    private let script = """
        guard=$(cut -d ' ' -f 4 /proc/$PPID/stat)
        setsid sh -c "while ! grep -q '^State:.T' /proc/$guard/status; do sleep 0.01; done; $1 sleep 1000" &
        kill -STOP $guard $PPID; sleep 1000
        """

    @Test func anAgentThatStopsItsShimEndsWithTheIterationsTimeOut() async {
        #expect(await end(deadline: .milliseconds(500)) == .deadline(.iteration))
    }

    @Test func anAgentThatStopsItsShimEndsWithItsFirstOutputsTimeOut() async {
        #expect(await end(timeouts: Timeouts(firstOutput: .milliseconds(500))) == .deadline(.firstOutput))
    }

    @Test func aPersonCanStopAnAgentThatStoppedItsShim() async {
        #expect(await end(.stopsItsShimAndIsStopped) == .interrupted)
    }

    @Test(arguments: [StopRequest.gentle, .forced])
    func aPersonCanStopAnAgentWhoseSandboxHangs(_ wish: StopRequest) async throws {
        let control = ProcessControl()
        control.stop(wish)
        let cause = try #require(await end(.hangsInItsSandbox, control: control))
        guard case .launchFailed(let message) = cause else {
            Issue.record("\(cause)")
            return
        }
        #expect(message.contains("was stopped before it had started"))
    }

    /// It prints something, but takes no part in the talk.
    @Test func aProgramThatDoesNotAnswerTheFirstRequestIsEnded() async {
        let clock = ManualClock()
        async let cause = end(by: clock, .doesNotAnswer)
        await clock.sleepers(1)
        clock.advance(by: .seconds(60))
        #expect(await cause == .unanswered(after: .seconds(60)))
    }

    /// It is older than all that its silence may last, and nobody has read yet what it printed: no judgement comes before that.
    @Test func anAgentThatIsTakenOverIsNotJudgedByWhatNobodyHasReadYet() async {
        let clock = ManualClock()
        let control = ProcessControl()
        async let cause = end(by: clock, .isTakenOver(age: .seconds(7200)), control: control)
        // The liveness, and the deadline of the iteration.
        await clock.sleepers(2)
        control.stop(.gentle)
        #expect(await cause == .interrupted)
    }

    /// What the agent does, and how it is come by.
    private enum Conduct: Equatable {
        case stopsItsShim
        case stopsItsShimAndIsStopped
        case doesNotAnswer
        case hangsInItsSandbox
        case isTakenOver(age: Duration)

        var sandbox: any Sandbox { self == .hangsInItsSandbox ? HangingSandbox() : NoSandbox() }

        var program: String? {
            switch self {
            case .hangsInItsSandbox: "true"
            case .stopsItsShim, .stopsItsShimAndIsStopped: nil
            case .doesNotAnswer: "echo Welcome; sleep 1000"
            case .isTakenOver: "sleep 1000"
            }
        }
    }

    private func end(
        by clock: any Clock<Duration> = ContinuousClock(),
        deadline: Duration? = nil,
        timeouts: Timeouts = Timeouts(),
        _ conduct: Conduct = .stopsItsShim,
        control: ProcessControl = ProcessControl()
    ) async -> AgentExit.Cause? {
        let stopsAtOutput = conduct == .stopsItsShimAndIsStopped
        let supervisor = Supervisor(shimPath: Self.shimPath, patience: .milliseconds(100))
        let turn = AgentTurn(
            supervisor: supervisor,
            surroundings: Surroundings(
                clock: clock,
                wallClock: ManualWallClock(),
                jitter: { 0 },
                token: { "token" }
            ),
            timeouts: timeouts,
            control: control
        )
        let environment = ["PATH": "/usr/bin:/bin"]
        let spool = "\(directory.path)/spool"
        mkdir(spool, 0o700)
        let command = SupervisedCommand(
            Command(
                "/bin/sh",
                ["-c", conduct.program ?? script, "sh", stopsAtOutput ? "echo stopped;" : ""],
                environment: environment,
                directory: directory.path
            ),
            sandbox: conduct.sandbox,
            spool: Spool(spool),
            deadline: deadline,
            grace: .milliseconds(100)
        )
        let end = End()
        let reader = ListeningReader(end: end, awaitsHandshake: conduct == .doesNotAnswer) {
            if stopsAtOutput { control.stop(.gentle) }
        }
        var source = AgentTurn.Source.started(command)
        if case .isTakenOver(let age) = conduct, let process = try? await supervisor.start(command) {
            source = .adopted(process, age: age, deadline: age + .seconds(3600))
        }
        _ = await turn.run(source, reader: reader) { _ in }
        return end.cause.withLock { $0 }
    }

    /// The shim that was built beside these tests.
    private static var shimPath: String {
        var path = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        let program = String(decoding: path[..<max(0, count)], as: UTF8.self)
        let folder = program.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return "\(folder)/makima-shim"
    }
}

private struct HangingSandbox: Sandbox {
    var isConfining: Bool { true }

    func shows(_ path: String) -> Bool { true }

    func confine(_ command: Command, _ profile: SandboxProfile) -> Command {
        var command = command
        (command.program, command.arguments) = ("/bin/sh", ["-c", "trap '' INT TERM; exec sleep 1000"])
        return command
    }
}

private final class End: Sendable {
    let cause = Mutex<AgentExit.Cause?>(nil)
}

private struct ListeningReader: AgentOutputReader {
    let end: End
    let awaitsHandshake: Bool
    let heard: @Sendable () -> Void

    func consume(_ bytes: UnsafeRawBufferPointer) -> [AgentEvent] {
        heard()
        return []
    }

    func finish() -> [AgentEvent] { [] }

    func outcome(of exit: AgentExit) -> AgentOutcome {
        end.cause.withLock { $0 = exit.cause }
        return AgentOutcome(end: .incomplete)
    }
}
