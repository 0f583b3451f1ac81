/// Work cannot be merged into a branch that is not there.
package struct MissingTargetError: Error, Hashable, Sendable, ExplainedError, CustomStringConvertible {
    /// Without `refs/heads/`.
    package let branch: String

    package init(_ branch: String) { self.branch = branch }

    package var description: String {
        "There is no branch '\(branch)' in the repository that work could be merged into."
    }
    package var errorCode: ErrorCode { .notFound }
    package var hint: String {
        "'git branch' lists those that there are; 'git branch \(branch)' makes it, at what is checked out."
    }
}
