extension [AgentConfiguration] {
    /// `agent` and those among these that take over from it, the best first, each followed by its own.
    package func choices(from agent: AgentConfiguration) -> [AgentConfiguration] {
        var choices: [AgentConfiguration] = []
        var open = [agent]
        while let next = open.popLast() {
            guard !choices.contains(where: { $0.name == next.name }) else { continue }
            choices.append(next)
            open += next.fallBackTo.reversed().compactMap { name in first { $0.name == name } }
        }
        return choices
    }
}
