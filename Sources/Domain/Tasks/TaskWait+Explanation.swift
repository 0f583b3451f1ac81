extension TaskWait {
    /// Explains the wait of a task that has an owner.
    package var sentence: String {
        switch role {
        case .waits where cause == .review:
            "\(cause.clause); makima looks at it until \(until.formattedUTC), and gives the agent what comes back."
        case .waits:
            "\(subject)\(cause.clause); it goes on by itself at \(until.formattedUTC), with try \(attempt) of the iteration.\(remark)"
        case .standsBy:
            "\(subject)\(cause.clause); another task of the same account tries now, and this one goes on when that works."
        case .probes:
            "\(cause.clause), as far as is known; this task tries whether that is over, and others of the account wait."
        }
    }

    private var subject: String { agent.map { "No agent of the task can work, and '\($0)' can first. " } ?? "" }

    /// What the service stated, where that says something else than ``until``.
    private var remark: String {
        guard let stated, stated > until else { return "" }
        return " The service states \(stated.formattedUTC), which is too far ahead to be believed."
    }
}
