/// Starts programs with `posix_spawn` and watches them on an event loop: no thread waits for one, and none is blocked.
package struct PosixSpawnLauncher: CommandLauncher {
    let loop: EventLoop
    /// How long a group may take to end after SIGTERM before SIGKILL follows.
    let grace: Duration
    /// How many bytes one answer of a coprocess may have.
    let answerCap: Int

    package init(
        loop: EventLoop = EventLoop(),
        grace: Duration = .milliseconds(500),
        answerCap: Int = 64 << 20
    ) {
        self.loop = loop
        self.grace = grace
        self.answerCap = answerCap
    }

    package func run(_ command: Command, patience: Patience, outputCap: Int) async throws -> CommandResult {
        try Task.checkCancellation()
        let limits = CommandRun.Limits(patience: patience, grace: grace, outputCap: max(0, outputCap))
        let run = CommandRun(command, limits: limits, on: loop)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { run.start($0) }
        } onCancel: {
            run.cancel()
        }
    }
}
