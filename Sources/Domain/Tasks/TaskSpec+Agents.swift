extension TaskSpec {
    /// What its agents may do unasked.
    package var permissionMode: PermissionMode { permissions ?? .full }

    /// The agents that may work on the task, the present one first.
    package var agents: [AgentConfiguration] {
        let others = (choices ?? []) + (otherAgent.map { [$0] } ?? [])
        return others.reduce(into: [agent]) { all, other in
            if !all.contains(where: { $0.name == other.name }) { all.append(other) }
        }
    }

    /// The name of the agent that is to work wherever it can.
    package var firstChoice: String { choices?.first?.name ?? agent.name }

    /// Whether another agent takes over where the present one is at a limit.
    package var fallsOver: Bool { (choices?.count ?? 0) > 1 }

    /// Lets `agent` work; where that is the one which was to take over, the present one may do so.
    ///
    /// `choices` are those that do each other's work from now on; `nil` leaves them as they are.
    package mutating func choose(_ agent: AgentConfiguration, among choices: [AgentConfiguration]? = nil) {
        if agent.name == otherAgent?.name { changeAgents() }
        self.agent = agent
        if let choices { self.choices = choices.count > 1 ? choices : nil }
        if let place = self.choices?.firstIndex(where: { $0.name == agent.name }) { self.choices?[place] = agent }
    }

    /// Lets the agent work that takes over when the breaker opens, and the present one take over the next time.
    ///
    /// It is the first choice from then on: else the one that got nowhere would come back at once.
    package mutating func changeAgents() {
        guard let other = otherAgent else { return }
        otherAgent = agent
        agent = other
        choices = choices.map { [other] + $0.filter { $0.name != other.name } }
    }

    /// Lets the one of the choices that is called `name` work.
    package mutating func takeTurn(_ name: String) {
        if let next = choices?.first(where: { $0.name == name }) { agent = next }
    }

    /// Whether the values of some variables are to be taken from the configuration.
    package var lacksValues: Bool { agents.contains { !$0.unknownVariables.isEmpty } }

    /// Takes the values that are not known from the agents of the same names as they are configured now.
    package mutating func takeValues(from present: [AgentConfiguration]) {
        let named = Dictionary(present.map { ($0.name, $0) }) { first, _ in first }
        agent.takeValues(from: named[agent.name])
        if let other = otherAgent { otherAgent?.takeValues(from: named[other.name]) }
        choices = choices?
            .map { choice in
                var filled = choice
                filled.takeValues(from: named[choice.name])
                return filled
            }
    }

    /// What is still unknown.
    package var missingVariables: [MissingVariable] {
        agents.flatMap { agent in
            agent.unknownVariables.sorted().map { MissingVariable(agent: agent.name, name: $0) }
        }
    }
}
