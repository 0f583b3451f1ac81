/// Why a measurement cannot be made.
enum BenchError: Error, CustomStringConvertible {
    /// A file or directory could not be used.
    case file(path: String, operation: String, code: Int32)
    /// A program could not be started.
    case notStarted(program: String, code: Int32)
    /// A program ended in another way than the measurement needs.
    case failed(command: String, status: Int32, message: String)
    /// What was waited for did not happen in time.
    case tooLate(what: String)
    /// The command line is wrong.
    case usage(String)

    var description: String {
        switch self {
        case .file(let path, let operation, let code):
            "'\(path)' could not be \(operation) (error \(code))."
        case .notStarted(let program, let code):
            "'\(program)' could not be started (error \(code))."
        case .failed(let command, let status, let message):
            "'\(command)' ended with status \(status): \(message)"
        case .tooLate(let what):
            "\(what) did not happen in time."
        case .usage(let problem):
            problem
        }
    }
}
