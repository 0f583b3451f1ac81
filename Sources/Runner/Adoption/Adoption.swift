import Agents
import Domain
import Journal
import Processes

/// An iteration that a former makima began, and that this one goes on with.
struct Adoption: Sendable {
    var record: IterationRecord
    var handover: Handover
    var agent: Agent
    /// Whether the former makima had asked the agent to end.
    var isEnding = false

    /// What is left of its agent.
    enum Agent: Sendable {
        case working(SupervisedProcess)
        /// It came to its end while no makima looked on.
        case ended(ExitRecord)
    }
}

extension Adoption {
    /// Learns what the kernel did at the limits of an agent that has ended, and ends what it left behind.
    func settled(by parts: ServiceParts) async -> Adoption {
        guard case .ended(var ending) = agent else { return self }
        let directory = parts.state.task(handover.task)
            .iteration(record.number, attempt: record.attempt, run: record.run)
        ending.limitHits = await Strays(of: Spool(directory)).end(waitingBy: parts.surroundings.clock).limitHits
        var settled = self
        settled.agent = .ended(ending)
        return settled
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
        request.tools = tools.flatMap { $0.isServed ? $0.access : nil }
        let told = try await parts.journal.messages(of: task.id).filter { handover.messages.contains($0.number) }
        request.permissions = try await permissions(hearing: told)
        return Order(request: request, messages: handover.messages, tools: tools)
    }

    func source(_ adoption: Adoption) -> AgentTurn.Source {
        switch adoption.agent {
        case .working(let process):
            return .adopted(process, age: process.identity.age, deadline: deadline)
        case .ended(let record): return .ended(Spool(directory), record)
        }
    }
}
