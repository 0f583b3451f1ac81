import Glibc

/// Why a process could not be started, watched or read.
package enum ProcessError: Error, Hashable, CustomStringConvertible {
    /// No executable file of this name is in the command's `PATH`, or the path is neither absolute nor a bare name.
    case programNotFound(String)
    /// An argument, a variable or a path that the kernel's interface cannot carry.
    case unusableText(program: String, text: String)
    case launchFailed(program: String, directory: String, errno: Int32)
    /// The sandbox, or the supervising process itself, ended before it could start the program.
    case sandboxFailed(program: String, message: String)
    /// The sandbox had not started the program in time; it was killed.
    case startTimedOut(program: String, after: Duration)
    /// A person, or a limit, wanted its end before it had started.
    case startStopped(program: String)
    /// The command ran longer than it may; its process group was ended.
    case timedOut(program: String, after: Duration)
    /// A program that answers requests ended, or was closed, before it had answered.
    case coprocessEnded(program: String)
    /// A program that answers requests wrote more than one answer may have; it was killed.
    case answerTooLong(program: String, limit: Int)
    /// A spool of another process is in the directory already.
    case spoolExists(String)
    /// The exit record cannot be understood.
    case damagedRecord(path: String)
    /// There is too little memory to look for secrets, or there are too many of them.
    case redactionImpossible
    /// Memory or processor time was to be limited, and cannot be: nothing was started.
    case limitsNotKept(LimitObstacle)
    case systemCallFailed(String, subject: String, errno: Int32)

    package var description: String {
        switch self {
        case .programNotFound(let program): "There is no program '\(program)' in the command's PATH."
        case .unusableText(let program, let text):
            "Cannot start '\(program)': '\(text.escapingControls)' cannot be an argument or a variable."
        case .launchFailed(let program, let directory, let code):
            "Cannot start '\(program)' in '\(directory)': \(Self.text(of: code))."
        case .sandboxFailed(let program, let message): "The sandbox did not start '\(program)': \(message)"
        case .startTimedOut(let program, let limit):
            "The sandbox did not start '\(program)' within \(limit): a directory that it shows may be on a disk that does not answer."
        case .startStopped(let program): "'\(program)' was stopped before it had started."
        case .timedOut(let program, let limit): "'\(program)' did not end within \(limit)."
        case .coprocessEnded(let program): "'\(program)' ended before it had answered."
        case .answerTooLong(let program, let limit): "'\(program)' answered with more than \(limit >> 20) MiB."
        case .spoolExists(let path): "'\(path)' already holds the output of another process."
        case .damagedRecord(let path): "The exit record '\(path)' cannot be understood."
        case .redactionImpossible: "There is too little memory to look for secrets, or there are too many of them."
        case .limitsNotKept(let obstacle): "Memory and processor time cannot be limited: \(obstacle.clause)."
        case .systemCallFailed(let call, let subject, let code):
            "\(call) failed for '\(subject)': \(Self.text(of: code))."
        }
    }

    private static func text(of code: Int32) -> String {
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }
}

extension String {
    fileprivate var escapingControls: String {
        unicodeScalars.map { $0.value < 0x20 ? "\\u{\(String($0.value, radix: 16))}" : String($0) }.joined()
    }
}
