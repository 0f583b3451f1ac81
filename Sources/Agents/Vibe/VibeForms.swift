extension FailureForms {
    /// What Vibe says of failures, after `Error: `.
    static let vibe = FailureForms([
        .status("client error '# *' for url *"),
        .status("server error '# *' for url *"),
        FailureForm(.network, "all connection attempts failed%"),
        FailureForm(.authentication, "missing _ environment variable for _ provider%"),
        FailureForm(.contextOverflow, "compaction summary and required continuation context cannot fit *"),
        FailureForm(.unusableSession, "session not found: #-#-#-#-#"),
    ])
}
