import Domain
import LoopCore

// How the choice among several agents goes on: as an event for the machine, and in the task's row.

extension AgentChoice {
    /// What happens instead of a start of the task's present agent; `nil` where that may be started.
    ///
    /// A person who insists has the agent tried at once that can work first.
    func event(for task: TaskRecord, insists: Bool) -> LoopMachine.Event? {
        if let wait, !insists { return .heldBack(wait) }
        return change(of: task)
    }

    /// What happens instead of the wait that the task's present agent was told; `nil` where it is to wait.
    func event(insteadOfWaitOf task: TaskRecord) -> LoopMachine.Event? {
        guard let wait else { return change(of: task) ?? .waitElapsed }
        return wait.agent == nil ? nil : .heldBack(wait)
    }

    private func change(of task: TaskRecord) -> LoopMachine.Event? {
        agent == task.spec.agent.name ? nil : .agentChosen(agent, obstacle: obstacle)
    }
}

extension TaskRecord {
    /// Lets the one of the choices that is called `name` work; the present one keeps its conversation.
    ///
    /// `wait` is what keeps the present one from working.
    mutating func change(to name: String, because wait: TaskWait?, before iteration: Int) {
        let old = spec.agent
        standings = standings ?? [:]
        standings?[old.name, default: AgentStanding()].sessionID = sessionID
        sessionID = standings?[name]?.sessionID
        standings?[name]?.wait = nil
        spec.takeTurn(name)
        agentChange = AgentChange(from: old, to: spec.agent, wait: wait, iteration: iteration)
    }

    /// Keeps what the present agent's service told it to wait for, or that it need not wait.
    mutating func keepWait() {
        guard spec.fallsOver else { return }
        standings = standings ?? [:]
        standings?[spec.agent.name, default: AgentStanding()].wait = wait.flatMap { $0.cause.isForService ? $0 : nil }
    }
}
