import Dispatch
import Glibc

/// One run of a short command, from before its start until nothing of its group is left.
///
/// Unchecked: everything is only touched on `queue`.
final class CommandRun: @unchecked Sendable {
    struct Limits {
        var timeout: Duration
        var grace: Duration
        var outputCap: Int
    }

    /// Why the group is being ended before the command ended by itself.
    private enum Teardown {
        case timeout
        case cancellation
    }

    private let command: Command
    private let limits: Limits
    private let queue = DispatchQueue(label: "makima.command")
    private var continuation: CheckedContinuation<CommandResult, any Error>?
    private var leader: GroupLeader?
    private var output: OutputCollector?
    private var errorOutput: OutputCollector?
    private var timer: OneShotTimer?
    private var teardown: Teardown?
    private var hasLeaderEnded = false
    private var isConcluding = false
    private var isGraceOver = false

    init(_ command: Command, limits: Limits) {
        self.command = command
        self.limits = limits
    }

    func start(_ continuation: CheckedContinuation<CommandResult, any Error>) {
        queue.async { [self] in
            self.continuation = continuation
            guard teardown == nil else { return finish(.failure(CancellationError())) }
            do {
                try launch()
            } catch {
                finish(.failure(error))
            }
        }
    }

    func cancel() {
        queue.async { [self] in end(for: .cancellation) }
    }

    private func launch() throws(ProcessError) {
        let input = try Descriptor.standardInput(command.input)
        let outputPipe = try Pipe.make()
        let errorPipe = try Pipe.make()
        let timer = try OneShotTimer(on: queue) { [weak self] in self?.timerFired() }
        self.timer = timer
        let pid = try Spawner.spawn(
            command,
            descriptors: [input.number, outputPipe.writeNumber, errorPipe.writeNumber]
        )
        _ = consume input
        leader = try GroupLeader(pid: pid, on: queue) { [self] in
            hasLeaderEnded = true
            proceed()
        }
        output = collector(of: outputPipe.keepingReadEnd())
        errorOutput = collector(of: errorPipe.keepingReadEnd())
        timer.arm(limits.timeout)
    }

    private func collector(of pipe: consuming Descriptor) -> OutputCollector {
        OutputCollector(reading: pipe, cap: limits.outputCap, on: queue) { [weak self] in self?.proceed() }
    }

    private func timerFired() {
        if teardown == nil {
            end(for: .timeout)
        } else {
            isGraceOver = true
            leader?.signal(SIGKILL)
            proceed()
        }
    }

    private func end(for reason: Teardown) {
        guard teardown == nil, !isConcluding else { return }
        teardown = reason
        leader?.signal(SIGTERM)
        timer?.arm(limits.grace)
    }

    /// Concludes the run as soon as the leader has ended.
    ///
    /// While the group is being ended, the rest of it may use its grace too: under bubblewrap the leader is only the
    /// monitor, and what matters ends after it. That the rest has ended is seen by its output being closed.
    private func proceed() {
        guard hasLeaderEnded, !isConcluding, let leader else { return }
        let isQuiet = output?.isClosed == true && errorOutput?.isClosed == true
        guard teardown == nil || isQuiet || isGraceOver else { return }
        isConcluding = true
        leader.conclude { [self] in conclude(with: $0) }
    }

    private func conclude(with status: ExitStatus) {
        output?.close()
        errorOutput?.close()
        switch teardown {
        case .timeout: finish(.failure(ProcessError.timedOut(program: command.program, after: limits.timeout)))
        case .cancellation: finish(.failure(CancellationError()))
        case nil:
            let result = CommandResult(
                status: status,
                output: output?.bytes ?? [],
                errorOutput: errorOutput?.bytes ?? [],
                isTruncated: output?.isTruncated == true || errorOutput?.isTruncated == true
            )
            finish(.success(result))
        }
    }

    private func finish(_ result: Result<CommandResult, any Error>) {
        timer?.cancel()
        timer = nil
        output = nil
        errorOutput = nil
        leader = nil
        continuation?.resume(with: result)
        continuation = nil
    }
}
