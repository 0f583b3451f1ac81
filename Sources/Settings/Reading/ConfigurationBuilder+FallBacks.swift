import Domain

extension ConfigurationBuilder {
    /// Refuses agents to fall back to that do not exist, cannot be started, or lead back to where they are named.
    mutating func judgeFallBacks() {
        for agent in configuration.agents {
            let key = "agents.\(agent.name).fall_back_to"
            for name in agent.fallBackTo {
                do throws(ConfigurationError) {
                    _ = try configuration.agent(named: name)
                } catch {
                    refuse(key, value: Shown.text(name), error.description)
                }
            }
            if let circle = configuration.agents.circle(from: agent.name) {
                let way = circle.map { "'\($0)'" }.joined(separator: ", then ")
                refuse(
                    key,
                    value: Shown.value(.array(agent.fallBackTo.map(JSONValue.string))),
                    "It leads back to itself: \(way)."
                )
            }
            if Set(agent.fallBackTo).count < agent.fallBackTo.count {
                refuse(
                    key,
                    value: Shown.value(.array(agent.fallBackTo.map(JSONValue.string))),
                    "It names an agent twice."
                )
            }
        }
    }
}

extension [AgentConfiguration] {
    /// The way from the agent called `name` over those it falls back to until it comes to itself; `nil` where it does not.
    fileprivate func circle(from name: String) -> [String]? {
        var ways = [[name]]
        var seen: Set<String> = []
        while let way = ways.popLast() {
            guard let agent = first(where: { $0.name == way.last }) else { continue }
            for next in agent.fallBackTo {
                if next == name { return way + [name] }
                if seen.insert(next).inserted { ways.append(way + [next]) }
            }
        }
        return nil
    }
}
