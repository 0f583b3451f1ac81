import Domain

// Which conversation the next process works in. It goes on as long as it can; a new one begins where the conversation is
// unusable or may hold the cause of an error, where the breaker wants another way, where each iteration has its own, and,
// between iterations, before the model's window is full or when it was continued often enough.

extension LoopMachine {
    /// Takes note of the conversation in which a process worked, if it left one.
    ///
    /// One that began anew and left none leaves nothing to go on with: why it began anew is told once.
    mutating func noteSession(of report: IterationReport) {
        guard report.hasSession else {
            guard report.beganSession == true, report.end.countsAsIteration else { return }
            memory.session = .fresh
            memory.conversation = nil
            memory.renewal = nil
            return
        }
        if memory.session == .fresh || report.beganSession == true { memory.conversation = nil }
        memory.session = .continue
        memory.renewal = nil
    }

    /// Counts the iteration in its conversation, and says why the next one begins another, if it does.
    mutating func renewal(after report: IterationReport) -> SessionRenewal? {
        if memory.session == .continue { memory.conversation = (memory.conversation ?? 0) + 1 }
        if case .agentError = report.end { return .agentError }
        guard rules.context == .continue else { return .everyIteration }
        guard memory.session == .continue, let rotation = rules.rotation else { return nil }
        if rotation.fill > 0, let percent = report.context?.percent, percent >= rotation.fill {
            return .contextFull(percent: percent)
        }
        let resumes = (memory.conversation ?? 1) - 1
        return resumes >= rotation.resumes ? .resumes(resumes) : nil
    }

    mutating func renewSession(because cause: SessionRenewal) {
        memory.session = .fresh
        memory.conversation = nil
        memory.renewal = cause
    }
}
