/// An error that a person may see: its description is one sentence that says what failed, on what.
package protocol ExplainedError: Error, CustomStringConvertible {
    /// What kind of failure it is, for programs.
    var errorCode: ErrorCode { get }
    /// The error below it; `nil` where it is the first.
    var cause: (any Error)? { get }
    /// What to do about it, as a full sentence.
    var hint: String { get }
}

extension ExplainedError {
    package var cause: (any Error)? { nil }
}

/// The kinds of failures that programs tell apart; part of what `--json` prints.
package enum ErrorCode: String, Hashable, Sendable, CaseIterable {
    /// The command line cannot be understood, contradicts itself or asks for something that cannot be.
    case usage
    /// What was named is not there.
    case notFound = "not_found"
    /// It could be done, but not now or not like this.
    case refused
    /// Something on this machine is missing, full, damaged or not permitted.
    case environment
    /// A defect of makima.
    case `internal`
}
