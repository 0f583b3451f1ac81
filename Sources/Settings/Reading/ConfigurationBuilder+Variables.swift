import Domain

extension ConfigurationBuilder {
    /// Reads the variables that name settings, in the order of their names; an empty one counts as not set.
    mutating func read(environment: [String: String]) {
        let given = environment.filter { $0.key.hasPrefix("MAKIMA_") && !$0.value.isEmpty }
        for (name, text) in given.sorted(by: { $0.key < $1.key }) {
            read(variable: name, text, amongst: given)
        }
    }

    private mutating func read(variable name: String, _ text: String, amongst given: [String: String]) {
        let origin = ConfigurationOrigin.variable(name)
        if let setting = SettingKeys.all.first(where: { $0.variables.contains(name) }) {
            let isDoubled = setting.variables.count { given[$0] != nil } > 1 && name != setting.variables.first
            guard !isDoubled else {
                return problems.append(
                    ConfigurationProblem(
                        key: setting.key,
                        origin: origin,
                        explanation: "it is given by \(setting.variables[0]) already; keep one of both."
                    )
                )
            }
            apply(setting, text, from: origin)
        } else if name == VariableNames.check {
            readChecks(text, from: origin)
        } else if name.hasPrefix(VariableNames.agents) {
            readAgent(variable: name, text)
        } else if let section = SettingKeys.sections.first(where: { name.hasPrefix("\(VariableNames.variable($0))_") })
        {
            let neighbours = SettingKeys.all.filter { $0.section == section }.map { VariableNames.variable($0.key) }
            problems.append(UnknownKey.problem(keys: [name], origin: origin, neighbours: neighbours))
        }
    }

    private mutating func apply(
        _ setting: Setting<MakimaConfiguration>,
        _ text: String,
        from origin: ConfigurationOrigin
    ) {
        let place = SettingPlace(key: setting.key, origin: origin)
        if let problem = setting.store(setting.slot.raw(from: text), in: &configuration, at: place) {
            problems.append(problem)
        }
        configuration.origins[setting.key] = origin
    }

    // MARK: - Agents

    private mutating func readAgent(variable name: String, _ text: String) {
        let origin = ConfigurationOrigin.variable(name)
        let rest = name.dropFirst(VariableNames.agents.count)
        // The longest field first: `_PASS_ENV` ends with `_ENV` too.
        let fields = AgentKeys.all.map { (setting: $0, ending: "_\(VariableNames.folded($0.key))") }
            .sorted { $0.ending.count > $1.ending.count }
        guard let field = fields.first(where: { rest.hasSuffix($0.ending) && rest.count > $0.ending.count }) else {
            let endings = fields.map { "…\($0.ending)" }.sorted().joined(separator: ", ")
            return problems.append(
                ConfigurationProblem(
                    key: nil,
                    origin: origin,
                    explanation: "variables of agents are \(VariableNames.agents)NAME\(endings)."
                )
            )
        }
        apply(field.setting, text, agent: String(rest.dropLast(field.ending.count)), from: origin)
    }

    private mutating func apply(
        _ setting: Setting<AgentConfiguration>,
        _ text: String,
        agent folded: String,
        from origin: ConfigurationOrigin
    ) {
        let matches = configuration.agents.filter { VariableNames.folded($0.name) == folded }
        let name = matches.first?.name ?? folded.lowercased()
        let key = "agents.\(name).\(setting.key)"
        guard matches.count <= 1 else {
            let names = matches.map { "'\($0.name)'" }.joined(separator: " and ")
            return problems.append(
                ConfigurationProblem(
                    key: key,
                    origin: origin,
                    explanation: "it could mean each of the agents \(names); rename one."
                )
            )
        }
        guard AgentNames.isValid(name) else {
            return problems.append(ConfigurationProblem(key: nil, origin: origin, explanation: AgentNames.advice))
        }
        var agent = matches.first ?? AgentNames.blank(name)
        let place = SettingPlace(key: key, origin: origin)
        if let problem = setting.store(setting.slot.raw(from: text), in: &agent, at: place) { problems.append(problem) }
        configuration.origins[key] = origin
        configuration.put(agent)
    }

    // MARK: - Checks

    /// One command, or a JSON array of commands; they take the place of all configured ones, as `--check` does.
    private mutating func readChecks(_ text: String, from origin: ConfigurationOrigin) {
        let raw = VariableText.json(text, beginning: "[") ?? .array([.string(text)])
        do throws(Refusal) {
            let commands = try StrictValue.list(raw)
            for check in configuration.checks { configuration.origins["check.\(check.name)"] = nil }
            configuration.checks = []
            for command in commands { add(CheckDefinition(name: "", command: command), from: origin) }
        } catch {
            problems.append(
                ConfigurationProblem(
                    key: "check",
                    value: Shown.text(text),
                    origin: origin,
                    explanation: error.explanation
                )
            )
        }
    }

    // MARK: - Flags

    mutating func read(flags: [ConfigurationFlag]) {
        for flag in flags {
            guard let setting = SettingKeys.all.first(where: { $0.key == flag.key }) else {
                problems.append(
                    UnknownKey.problem(
                        keys: [flag.key],
                        origin: .flag(flag.name),
                        neighbours: SettingKeys.all.map(\.key)
                    )
                )
                continue
            }
            apply(setting, flag.value, from: .flag(flag.name))
        }
    }
}

extension VariableNames {
    static let check = "MAKIMA_CHECK"
    static let agents = "MAKIMA_AGENTS_"
}

extension Setting {
    /// The variables that stand for it; the first is the one to be named.
    var variables: [String] {
        spellings.map { VariableNames.variable([section, $0].compactMap(\.self).joined(separator: ".")) }
    }
}
