import Runner

extension ServiceError: ExplainedError {
    package var cause: (any Error)? { nil }
}
