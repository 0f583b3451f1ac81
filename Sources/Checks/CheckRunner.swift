package import Domain
package import Processes

/// Runs one check to a verdict.
package struct CheckRunner: Sendable {
    private let supervisor: Supervisor
    private let measure: @Sendable () -> @Sendable () -> Duration

    package init(supervisor: Supervisor, clock: any Clock<Duration>) {
        self.supervisor = supervisor
        measure = Self.stopwatch(clock)
    }

    private static func stopwatch<C: Clock<Duration>>(_ clock: C) -> @Sendable () -> @Sendable () -> Duration {
        {
            let start = clock.now
            return { start.duration(to: clock.now) }
        }
    }

    /// Runs `command` to its end.
    ///
    /// `started` is told of the process, so that a person can stop it, also while its sandbox starts.
    ///
    /// Never throws: what cannot be run is not evaluated. The deadline of `command` is the check's time-out.
    package func run(
        _ command: SupervisedCommand,
        started: @Sendable (SupervisedProcess) -> Void
    ) async -> CheckExecution {
        let elapsed = measure()
        var tail = OutputTail()
        let verdict: CheckVerdict
        var hits: LimitHits?
        do {
            let process = try await supervisor.start(command, launched: started)
            for try await chunk in process.output { tail.append(chunk.bytes) }
            let record = try await process.exit()
            hits = record.limitHits
            verdict = CheckVerdict(record, timeout: command.deadline ?? .zero)
        } catch ProcessError.startStopped {
            verdict = .notEvaluated(.stopped)
        } catch {
            verdict = .notEvaluated(.notStarted(message: "\(error)"))
        }
        return CheckExecution(
            verdict: verdict,
            duration: elapsed(),
            outputTail: tail.text,
            logPath: command.spool.outputPath,
            limitHits: hits
        )
    }
}

/// How one execution of a check went.
package struct CheckExecution: Hashable, Sendable {
    package var verdict: CheckVerdict
    package var duration: Duration
    /// The end of what it printed, standard output and error as they came.
    package var outputTail: String
    /// Its complete standard output; its standard error is beside it.
    package var logPath: String
    /// What the kernel did to it at its limits; `nil` is nothing.
    package var limitHits: LimitHits?
}

extension CheckVerdict {
    /// The verdict that the end of a check's process means.
    ///
    /// Exit statuses as a shell gives them.
    package init(_ record: ExitRecord, timeout: Duration) {
        switch record.cause {
        case .deadline:
            self = .notEvaluated(.timedOut(after: timeout))
        case .interrupted, .killed, .ownerLost:
            self = .notEvaluated(.stopped)
        case .lost:
            self = .notEvaluated(.notStarted(message: "its supervisor was killed"))
        case .exited:
            self = CheckVerdict(record.status)
        }
    }

    /// The exit status as a shell shows it; 128 + n for signal n, -1 where there is none.
    package var exitCode: Int32 {
        switch self {
        case .passed: 0
        case .failed(let code): code
        case .notEvaluated(.notExecutable): 126
        case .notEvaluated(.commandNotFound), .notEvaluated(.programHidden): 127
        case .notEvaluated(.killed(let signal)): 128 + signal
        case .notEvaluated(.timedOut), .notEvaluated(.notStarted), .notEvaluated(.stopped): -1
        }
    }

    private init(_ status: ExitStatus?) {
        switch status {
        case .code(0): self = .passed
        case .code(126): self = .notEvaluated(.notExecutable)
        case .code(127): self = .notEvaluated(.commandNotFound)
        case .code(let code): self = .failed(exitCode: code)
        case .signal(let number): self = .notEvaluated(.killed(signal: number))
        case nil: self = .notEvaluated(.notStarted(message: "how it ended is unknown"))
        }
    }
}
