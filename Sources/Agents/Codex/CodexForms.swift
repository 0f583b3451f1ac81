extension FailureForms {
    /// What Codex says of failures, in its records, or on standard error where it prints text.
    static let codex = FailureForms([
        FailureForm(.billing, "quota exceeded. check your plan and billing details*"),
        FailureForm(.usageLimit, "quota exceeded%"),
        FailureForm(.rateLimited, "rate limit reached for *"),
        .status("unexpected status # *: *"),
        .status("exceeded retry limit, last status: # *"),
        FailureForm(.overloaded, "selected model is at capacity%"),
        FailureForm(.overloaded, "we're currently experiencing high demand%"),
        FailureForm(.network, "connection failed: error sending request*"),
        FailureForm(.network, "stream disconnected before completion%"),
        FailureForm(.authentication, "missing environment variable: `_`%"),
        FailureForm(.contextOverflow, "codex ran out of room in the model's context window%"),
        FailureForm(.unusableSession, "thread/resume: *no rollout found*"),
    ])
}
