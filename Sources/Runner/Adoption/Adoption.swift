import Agents
import Domain
import Journal
import Processes

/// An iteration that a former makima began, and that this one goes on with.
struct Adoption: Sendable {
    var record: IterationRecord
    var handover: Handover
    var agent: Agent

    /// What is left of its agent.
    enum Agent: Sendable {
        case working(SupervisedProcess)
        /// It came to its end while no makima looked on.
        case ended(ExitRecord)
    }
}

extension IterationWork {
    /// What the agent was asked.
    func resumed(_ adoption: Adoption) async throws -> Order {
        let handover = adoption.handover
        let ended = try await parts.journal.iterations(of: task.id).filter { $0.endedAt != nil }
        var request = request(
            prompt: handover.prompt,
            session: handover.session.map { AgentSession(id: $0, in: ended) }
        )
        let tools = handover.token.flatMap { toolDesk(token: $0) }
        request.tools = tools?.access
        let told = try await parts.journal.messages(of: task.id).filter { handover.messages.contains($0.number) }
        request.permissions = try await permissions(hearing: told)
        return Order(request: request, messages: handover.messages, tools: tools)
    }

    func source(_ adoption: Adoption) -> AgentTurn.Source {
        switch adoption.agent {
        case .working(let process):
            // The machine was not restarted since: only a clock that was set makes it wrong, and the shim keeps the time.
            let age = parts.surroundings.wallClock.now() - adoption.record.startedAt
            return .adopted(process, age: min(max(.zero, age), task.spec.timeouts.iteration))
        case .ended(let record): return .ended(Spool(directory), record)
        }
    }
}
