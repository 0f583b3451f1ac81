import Domain
import LoopCore

/// What a run begins with, beyond the task.
struct RunPlan: Sendable {
    /// Why the task had stopped; `nil` for its first run.
    var resumption: Reason?
    var request = ResumeRequest()
    /// Whether the agent was ready when it last ended, with files that no person has set back since.
    var wasReady = false
    /// Whether people have said something that the agent has not heard.
    var hasUnheard = false
    /// What is waited for before the first iteration.
    var hold: AccountHold?
    /// What is told first.
    var notices: [RunNotice] = []

    init(resumption: Reason? = nil, request: ResumeRequest = ResumeRequest(), wasReady: Bool = false) {
        self.resumption = resumption
        self.request = request
        self.wasReady = wasReady
    }

    /// What comes before the next iteration: a person's words are for the agent, so with them nothing does.
    func unfinishedBusiness(of task: TaskRecord) -> UnfinishedBusiness? {
        guard request.message == nil, !request.reopens else { return nil }
        let business = LoopState.decode(task.loopMemory)?.unfinishedBusiness
        guard request.checks != nil else { return business }
        switch business {
        // What other checks said proves nothing now, and neither does a word that no check had to stand for.
        case .completion(.verified), .completion(.unverified): return .otherVerdict
        case nil: return wasReady ? .otherVerdict : nil
        case .completion(.empty), .verdict, .otherVerdict, .protectedPaths: return business
        }
    }
}

extension IterationOutcome {
    /// Whether the agent ended by itself and said that it is ready.
    var isReady: Bool { agent.end == .ok && gate.isReady && !ownerDied }
}
