extension FailureForms {
    /// What Kimi says of failures, on standard output, among its records or in place of text.
    static let kimi = FailureForms([
        .status("error code: # - {*"),
        FailureForm(.network, "connection error."),
        FailureForm(.network, "request timed out."),
        FailureForm(.network, "peer closed connection without sending complete message body (*"),
        FailureForm(.authentication, "llm not set"),
    ])
}
