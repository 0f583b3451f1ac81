import Glibc

/// Starts programs with `posix_spawn` and watches them with Dispatch: no thread waits, and none is blocked.
package struct PosixSpawnLauncher: CommandLauncher {
    /// How long a group may take to end after SIGTERM before SIGKILL follows.
    private let grace: Duration

    package init(grace: Duration = .milliseconds(500)) {
        self.grace = grace
    }

    package func run(_ command: Command, timeout: Duration, outputCap: Int) async throws -> CommandResult {
        let run = CommandRun(command, limits: .init(timeout: timeout, grace: grace, outputCap: outputCap))
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { run.start($0) }
        } onCancel: {
            run.cancel()
        }
    }
}
