import Domain

extension MakimaConfiguration {
    /// One setting as people see it.
    package struct Explanation: Hashable, Sendable {
        package var key: String
        /// As a file would have it; values of `agents.*.env`, and what is likely a secret, are hidden.
        package var value: String
        package var origin: ConfigurationOrigin
    }

    /// Every setting with its value and where it comes from, in the order of the reference.
    package func explain() -> [Explanation] {
        let settings = SettingKeys.all.map { setting in
            row(setting.key, setting.slot.shown(in: self))
        }
        return settings + agents.flatMap(explain) + checks.map { row("check.\($0.name)", SecretMask.text($0.command)) }
    }

    private func explain(_ agent: AgentConfiguration) -> [Explanation] {
        AgentKeys.all.flatMap { setting in
            let key = "agents.\(agent.name).\(setting.key)"
            guard setting.slot.isSecret else { return [row(key, setting.slot.shown(in: agent))] }
            return agent.environment.keys.sorted()
                .map {
                    Explanation(key: "\(key).\($0)", value: "(set)", origin: origin(of: key))
                }
        }
    }

    private func row(_ key: String, _ value: String?) -> Explanation {
        Explanation(key: key, value: value ?? "(none)", origin: origin(of: key))
    }
}
