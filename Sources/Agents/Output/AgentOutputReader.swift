package import Domain
package import Processes

/// Understands what one agent process prints, and where the program reads while it works, says what it is to read.
///
/// A value: feed it every byte of standard output in order, in pieces of any size; then ``finish()`` once; then ask for
/// the outcome. The pieces do not change the outcome. Nothing that it is fed makes it fail, and what it holds is
/// bounded.
package protocol AgentOutputReader: Sendable {
    /// Takes the next bytes of standard output, and returns what they complete.
    mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [AgentEvent]

    /// Takes the end of standard output: what came after the last line feed is a line too, if it is complete.
    mutating func finish() -> [AgentEvent]

    /// Whether the program's input stays open while it works.
    var isTalking: Bool { get }

    /// Whether the program has yet to answer what opens the talk with it.
    var awaitsHandshake: Bool { get }

    /// Returns what the program is to read next, and forgets it.
    ///
    /// To be asked at the start, and after everything that the reader is told.
    mutating func takeInput() -> AgentInput

    /// Hears what the program is to be told; returns false where it cannot be told that, or not any more.
    mutating func hear(_ word: AgentWord) -> Bool

    /// Takes note of what a former makima wrote to the program, before anything is consumed; returns the numbers of the messages
    /// that are in it.
    ///
    /// What the program wants is then not asked again where it has been answered. The reader gives out the same input as before
    /// all the same: whoever hands it over knows what was written.
    mutating func recall(_ input: [UInt8]) -> Set<Int>

    /// Judges how the process ended. To be asked after ``finish()``, when the process is gone.
    func outcome(of exit: AgentExit) -> AgentOutcome
}

extension AgentOutputReader {
    package mutating func consume(_ bytes: [UInt8]) -> [AgentEvent] {
        bytes.withUnsafeBytes { consume($0) }
    }
}

// Most programs read their prompt and nothing else.
extension AgentOutputReader {
    package var isTalking: Bool { false }
    package var awaitsHandshake: Bool { false }
    package mutating func takeInput() -> AgentInput { AgentInput() }
    package mutating func hear(_ word: AgentWord) -> Bool { false }
    package mutating func recall(_ input: [UInt8]) -> Set<Int> { [] }
}

/// The next piece of a program's standard input.
package struct AgentInput: Hashable, Sendable {
    package var bytes: [UInt8] = []
    /// Nothing comes after it.
    package var isLast = false

    package init() {}
}

/// What a program is told while it works.
package enum AgentWord: Hashable, Sendable {
    /// Something that a person says.
    case message(TaskMessage)
    /// It is to end its work now.
    case interrupt
    /// What was decided about the request for a permission that has this name.
    case permission(id: String, PermissionVerdict)
}

/// What is told a program that waits to be allowed something.
package enum PermissionVerdict: Hashable, Sendable {
    /// `isLasting` where it holds from now on for requests of its like.
    case allow(isLasting: Bool)
    /// With what the agent is told.
    case refuse(String)
    /// Nobody has decided yet: it is to end its work now.
    case park
}

/// How an agent's process ended, as makima saw it from outside.
package struct AgentExit: Hashable, Sendable {
    package var cause: Cause
    /// The last bytes of standard error.
    package var errorTail: [UInt8]
    /// When it ended: "resets at 5 pm" is the next 5 pm after this.
    package var endedAt: Timestamp

    package init(_ cause: Cause, errorTail: [UInt8] = [], endedAt: Timestamp) {
        self.cause = cause
        self.errorTail = errorTail
        self.endedAt = endedAt
    }

    /// What ended the process.
    package enum Cause: Hashable, Sendable {
        /// It ended by itself, or by a signal that makima did not send.
        case exited(ExitStatus)
        /// A person stopped the task.
        case interrupted
        /// makima ended it at a limit on its time.
        case deadline(TimeoutKind)
        /// makima ended it because it showed no sign of life.
        case stalled
        /// makima ended it because it did not answer what opens the talk with it, within this time.
        case unanswered(after: Duration)
        /// The makima process that watched it was gone; the status of the process may be known or not.
        case ownerLost(ExitStatus?)
        case launchFailed(message: String)
    }
}

extension AgentExit.Cause {
    /// How the iteration ends where the output holds no final record: this decides alone.
    var endWithoutResult: IterationEnd {
        switch self {
        case .exited(let status), .ownerLost(.some(let status)):
            status.signal.map { .killed(signal: $0) } ?? .incomplete
        case .interrupted, .ownerLost(nil): .incomplete
        case .deadline(let kind): .timeout(kind)
        case .stalled: .stall
        case .unanswered(let limit):
            .silentLaunchFailure(message: "It did not answer \(EnvironmentProblem.withinHandshake(limit)).")
        case .launchFailed(let message): .launchFailure(message: message)
        }
    }

    /// The exit code, where the process ended by itself.
    var exitCode: Int32? {
        guard case .exited(.code(let code)) = self else { return nil }
        return code
    }
}

extension AgentExit.Cause {
    /// Whether the program ended by itself and called it a failure.
    var isOwnFailure: Bool {
        guard case .exited(let status) = self, status.signal == nil else { return false }
        return exitCode != 0
    }
}

extension ExitStatus {
    /// The signal that ended the process, also where a shell or a sandbox in between made 128 + n of it.
    var signal: Int32? {
        switch self {
        case .signal(let number): number
        case .code(let code): (129...192).contains(code) ? code - 128 : nil
        }
    }
}
