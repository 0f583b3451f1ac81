import Dispatch
import Glibc

/// One run of a short command, from before its start until nothing of its group is left.
///
/// Unchecked: but for the start, everything is only touched on the loop's thread.
final class CommandRun: @unchecked Sendable {
    struct Limits {
        var patience: Patience
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
    private let loop: EventLoop
    private var continuation: CheckedContinuation<CommandResult, any Error>?
    private var leader: GroupLeader?
    private var output: OutputCollector?
    private var errorOutput: OutputCollector?
    private var timer: OneShotTimer?
    private var remindingTimer: OneShotTimer?
    /// Closes when makima is gone, or when the run is over.
    private var life: Descriptor?
    private var teardown: Teardown?
    private var hasLeaderEnded = false
    private var isConcluding = false
    private var isGraceOver = false

    init(_ command: Command, limits: Limits, on loop: EventLoop) {
        self.command = command
        self.limits = limits
        self.loop = loop
    }

    func start(_ continuation: CheckedContinuation<CommandResult, any Error>) {
        // Starting a program waits for its file; that must hold up neither the loop nor a thread that tasks run on.
        DispatchQueue.global()
            .async { [self] in
                let started = Result { () throws(ProcessError) in try spawn() }
                loop.run { [self] in
                    self.continuation = continuation
                    do {
                        try watch(started.get())
                    } catch {
                        finish(.failure(error))
                    }
                }
            }
    }

    func cancel() {
        loop.run { [self] in end(for: .cancellation) }
    }

    /// A started child and the ends of its pipes.
    private struct Started: Sendable {
        var pid: pid_t
        var output: Int32
        var errorOutput: Int32
        /// makima's end of the pipe that tells of its life.
        var life: Int32?
    }

    private func spawn() throws(ProcessError) -> Started {
        let input = try Descriptor.standardInput(command.input)
        let outputPipe = try Pipe.make()
        let errorPipe = try Pipe.make()
        var life: Pipe?
        if command.hasLifePipe { life = try Pipe.make() }
        var descriptors = [input.number, outputPipe.writeNumber, errorPipe.writeNumber]
        if let number = life?.readNumber { descriptors.append(number) }
        let pid = try Spawner.spawn(command, descriptors: descriptors)
        _ = consume input
        return Started(
            pid: pid,
            output: outputPipe.keepingReadEnd().release(),
            errorOutput: errorPipe.keepingReadEnd().release(),
            life: life.take()?.keepingWriteEnd().release()
        )
    }

    private func watch(_ started: Started) throws(ProcessError) {
        let output = Descriptor(open: started.output)
        let errorOutput = Descriptor(open: started.errorOutput)
        if let end = started.life { life = Descriptor(open: end) }
        do {
            timer = try OneShotTimer(on: loop) { [weak self] in self?.timerFired() }
            self.output = try collector(of: output)
            self.errorOutput = try collector(of: errorOutput)
            try startReminding()
        } catch {
            GroupLeader.abandon(started.pid)
            throw error
        }
        leader = try GroupLeader(pid: started.pid, on: loop) { [self] in
            hasLeaderEnded = true
            proceed()
        }
        timer?.arm(limits.patience.timeout)
        if teardown != nil { signalEnd() }
    }

    private func collector(of pipe: consuming Descriptor) throws(ProcessError) -> OutputCollector {
        try OutputCollector(reading: pipe, cap: limits.outputCap, on: loop) { [weak self] in self?.proceed() }
    }

    private func startReminding() throws(ProcessError) {
        guard let reminder = limits.patience.reminder else { return }
        remindingTimer = try OneShotTimer(on: loop) { [weak self] in self?.remind(reminder) }
        remindingTimer?.arm(limits.patience.interval)
    }

    private func remind(_ reminder: @escaping @Sendable () -> Void) {
        DispatchQueue.global()
            .async { [self] in
                reminder()
                loop.run { [self] in remindingTimer?.arm(limits.patience.interval) }
            }
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
        signalEnd()
    }

    private func signalEnd() {
        leader?.signal(SIGTERM)
        timer?.arm(limits.grace)
    }

    /// Concludes the run as soon as the leader has ended.
    ///
    /// While the group is being ended, the rest of it may use its grace too: under bubblewrap the leader is only the
    /// monitor, and what matters ends after it. That the rest has ended is seen by its output being closed.
    private func proceed() {
        guard hasLeaderEnded, !isConcluding, let leader else { return }
        guard teardown == nil || isQuiet || isGraceOver else { return }
        isConcluding = true
        leader.conclude(isQuiet: { [self] in isQuiet }, then: { [self] in conclude(with: $0) })
    }

    /// Whether nobody can write to the output any more.
    private var isQuiet: Bool {
        output?.isClosed == true && errorOutput?.isClosed == true
    }

    private func conclude(with status: ExitStatus) {
        output?.close()
        errorOutput?.close()
        switch teardown {
        case .timeout: finish(.failure(ProcessError.timedOut(program: command.program, after: limits.patience.timeout)))
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
        remindingTimer?.cancel()
        output?.close()
        errorOutput?.close()
        timer = nil
        remindingTimer = nil
        life = nil
        output = nil
        errorOutput = nil
        leader = nil
        continuation?.resume(with: result)
        continuation = nil
    }
}
