import Agents
import Domain
import Journal
import LoopCore

/// The conversation of one try: only one that the agent itself has named, and still keeps, is gone on with.
extension IterationWork {
    /// What the process is started with, and what the prompt has to know of it.
    struct Conversation: Sendable {
        /// `nil` begins a new one.
        var session: AgentSession?
        /// Why a new one is begun although there was one before.
        var renewal: SessionRenewal?

        var choice: LoopMachine.SessionChoice { session == nil ? .fresh : .continue }
    }

    /// Returns the conversation to go on with, or says why a new one is needed.
    func conversation() async throws -> Conversation {
        guard self.session == .continue else { return Conversation(renewal: facts.renewal) }
        guard let id = task.sessionID else { return Conversation(renewal: .otherAgent) }
        let session = AgentSession(id: id, in: try await parts.journal.iterations(of: task.id))
        let agent = parts.agents.agent(of: task.spec.agent.kind)
        guard agent.keeps(session, for: request(prompt: "", session: nil), home: parts.directory.home) else {
            return Conversation(renewal: .lost)
        }
        return Conversation(session: session)
    }

    func request(prompt: String, session: AgentSession?) -> AgentRequest {
        AgentRequest(
            configuration: task.spec.agent,
            plan: task.spec.plan,
            prompt: prompt,
            taskID: task.id,
            iteration: record.number,
            maxIterations: task.spec.limits.maxIterations,
            session: session,
            site: parts.confinement.site
        )
    }

    /// What the agent may do, where it is told `messages` in its prompt.
    func permissions(hearing messages: [TaskMessage]) async throws -> Permissions {
        let mode = task.spec.permissionMode
        guard mode == .ask || mode == .edit else { return Permissions(mode) }
        let grants = try await parts.journal.questions(of: task.id).grants(unheard: messages)
        return Permissions(mode, grants: grants, asksPeople: task.spec.questions != nil)
    }
}
