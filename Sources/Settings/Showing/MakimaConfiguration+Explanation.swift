package import Domain

extension MakimaConfiguration {
    /// One setting as people, and programs, see it.
    package struct Explanation: Hashable, Sendable {
        package var key: String
        /// As a file would have it; values of `agents.*.env`, and what is likely a secret, are hidden.
        package var value: String
        /// The same value with its type; a time is a text.
        package var json: JSONValue
        package var origin: ConfigurationOrigin
    }

    /// Every setting with its value and where it comes from, in the order of the reference.
    package func explain() -> [Explanation] {
        let settings = SettingKeys.all.map { row($0.key, $0.slot, in: self) }
        return settings + agents.flatMap(explain)
            + checks.flatMap(explain) + notificationTargets.flatMap(explain)
    }

    private func explain(_ target: NotificationTarget) -> [Explanation] {
        NotificationKeys.all.map { row("notify.\(target.name).\($0.key)", $0.slot, in: target) }
    }

    private func explain(_ check: CheckDefinition) -> [Explanation] {
        let key = "check.\(check.name)"
        let command = row(key, text: SecretMask.text(check.command))
        guard let network = check.network else { return [command] }
        var narrowed = row("\(key).network", text: network.rawValue)
        narrowed.origin = origin(of: key)
        return [command, narrowed]
    }

    private func explain(_ agent: AgentConfiguration) -> [Explanation] {
        AgentKeys.all.flatMap { setting in
            let key = "agents.\(agent.name).\(setting.key)"
            guard setting.slot.isSecret else { return [row(key, setting.slot, in: agent)] }
            return agent.environment.keys.sorted()
                .map {
                    var hidden = row("\(key).\($0)", text: "(set)")
                    hidden.origin = origin(of: key)
                    return hidden
                }
        }
    }

    private func row<Root>(_ key: String, _ slot: SettingSlot<Root>, in root: Root) -> Explanation {
        Explanation(
            key: key,
            value: slot.shown(in: root) ?? "(none)",
            json: slot.json(in: root),
            origin: origin(of: key)
        )
    }

    private func row(_ key: String, text: String) -> Explanation {
        Explanation(key: key, value: text, json: .string(text), origin: origin(of: key))
    }
}
