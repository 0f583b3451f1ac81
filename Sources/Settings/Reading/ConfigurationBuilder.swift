import Domain
import LoopCore

extension MakimaConfiguration {
    /// Weighs all sources, later ones above earlier ones: defaults, the user's file, the repository's, variables, flags.
    ///
    /// All that is wrong is reported together.
    package init(reading sources: ConfigurationSources) throws(ConfigurationError) {
        var builder = ConfigurationBuilder()
        builder.read(sources)
        builder.finish()
        builder.judgeTemplates(of: sources)
        guard builder.problems.isEmpty else { throw .invalid(builder.problems) }
        self = builder.configuration
    }
}

/// Puts a configuration together, layer by layer, and collects what is wrong.
struct ConfigurationBuilder {
    var configuration = MakimaConfiguration()
    var problems: [ConfigurationProblem] = []

    mutating func read(_ sources: ConfigurationSources) {
        if let file = sources.userFile { read(file, as: .user) }
        if let file = sources.repositoryFile { read(file, as: .repository) }
        read(environment: sources.environment)
        read(flags: sources.flags)
    }

    // MARK: - Files

    mutating func read(_ file: ConfigurationFile, as layer: FileLayer) {
        let earlier = problems
        problems = []
        do throws(ConfigurationProblem) {
            let document = try TOMLDocument(file)
            let checkTimeout = configuration.timeouts.check
            let plain = document.root.filter { !SettingKeys.tables.contains($0.key) }
            read(SettingKeys.all.filter { $0.section == nil }, plain, keys: [], of: document, as: layer)
            for member in document.root { read(table: member, of: document, as: layer) }
            if layer == .repository { refuseLongChecks(of: document, above: checkTimeout) }
        } catch {
            problems.append(error)
        }
        // The parser has its own order of keys; people read from top to bottom.
        problems = earlier + problems.sorted { ($0.origin.line ?? .max) < ($1.origin.line ?? .max) }
    }

    private mutating func read(table member: JSONMember, of document: TOMLDocument, as layer: FileLayer) {
        switch member.key {
        case "agents": readAgents(member.value, of: document, as: layer)
        case "check": readChecks(member.value, of: document, as: layer)
        case "prices": readPrices(member.value, of: document, as: layer)
        case "notify": readNotificationTargets(member.value, of: document, as: layer)
        case let section where SettingKeys.sections.contains(section):
            guard let members = table(member, of: document) else { return }
            read(SettingKeys.all.filter { $0.section == section }, members, keys: [section], of: document, as: layer)
        default: return
        }
    }

    private mutating func read(
        _ settings: [Setting<MakimaConfiguration>],
        _ members: [JSONMember],
        keys: [String],
        of document: TOMLDocument,
        as layer: FileLayer
    ) {
        var reader = TableReader(settings, keys: keys, document: document, layer: layer)
        reader.read(members, into: &configuration)
        take(reader.problems, reader.origins)
    }

    mutating func take(_ problems: [ConfigurationProblem], _ origins: [String: ConfigurationOrigin]) {
        self.problems += problems
        configuration.origins.merge(origins) { $1 }
    }

    private mutating func table(_ member: JSONMember, of document: TOMLDocument) -> [JSONMember]? {
        if let members = member.value.object { return members }
        problems.append(
            ConfigurationProblem(
                key: member.key,
                value: Shown.value(member.value),
                origin: document.origin(of: [member.key]),
                explanation: "it must be a table, written as [\(member.key)]."
            )
        )
        return nil
    }

    // MARK: - Agents in files

    private mutating func readAgents(_ value: JSONValue, of document: TOMLDocument, as layer: FileLayer) {
        guard layer == .user else {
            problems.append(
                ConfigurationProblem(
                    key: "agents",
                    origin: document.origin(of: ["agents"]),
                    explanation: RepositoryAdvice.refused
                )
            )
            return
        }
        guard let agents = table(JSONMember(key: "agents", value: value), of: document) else { return }
        for agent in agents { readAgent(agent, of: document) }
    }

    private mutating func readAgent(_ member: JSONMember, of document: TOMLDocument) {
        let keys = ["agents", member.key]
        func refuse(_ explanation: String) -> ConfigurationProblem {
            ConfigurationProblem(
                key: "agents.\(Shown.key(member.key))",
                origin: document.origin(of: keys),
                explanation: explanation
            )
        }
        guard AgentNames.isValid(member.key) else { return problems.append(refuse(AgentNames.advice)) }
        guard let members = member.value.object else {
            return problems.append(refuse("it must be a table, written as [agents.\(member.key)]."))
        }
        var agent = configuration.agents.first { $0.name == member.key } ?? AgentNames.blank(member.key)
        var reader = TableReader(AgentKeys.all, keys: keys, document: document, layer: .user)
        reader.read(members, into: &agent)
        take(reader.problems, reader.origins)
        configuration.put(agent)
    }

    // MARK: - Checks in files

    private mutating func readChecks(_ value: JSONValue, of document: TOMLDocument, as layer: FileLayer) {
        guard let elements = value.array else {
            return problems.append(
                ConfigurationProblem(
                    key: "check",
                    value: Shown.value(value),
                    origin: document.origin(of: ["check"]),
                    explanation: "it must be an array of tables, each written as [[check]]."
                )
            )
        }
        for (index, element) in elements.enumerated() {
            readCheck(element, at: index, of: document, as: layer)
        }
    }

    private mutating func readCheck(
        _ value: JSONValue,
        at index: Int,
        of document: TOMLDocument,
        as layer: FileLayer
    ) {
        let keys = ["check", String(index)]
        let shown = ["check", String(index + 1)]
        let origin = document.origin(of: keys)
        guard let members = value.object else {
            return problems.append(
                ConfigurationProblem(
                    key: shown.joined(separator: "."),
                    value: Shown.value(value),
                    origin: origin,
                    explanation: "it must be a table, written as [[check]]."
                )
            )
        }
        var check = CheckDefinition(name: "", command: "")
        var reader = TableReader(CheckKeys.all, keys: keys, shownAs: shown, document: document, layer: layer)
        reader.read(members, into: &check)
        problems += reader.problems
        guard reader.problems.isEmpty else { return }
        add(check, from: origin)
    }

    /// A name is unique, so that a repository cannot put a check of its own in the place of the user's.
    mutating func add(_ check: CheckDefinition, from origin: ConfigurationOrigin) {
        var check = check
        guard !check.command.isEmpty else {
            return problems.append(
                ConfigurationProblem(
                    key: "check.command",
                    origin: origin,
                    explanation: "it is missing: a check is a command, as 'command = \"make test\"'."
                )
            )
        }
        if check.name.isEmpty { check.name = check.command }
        let key = "check.\(check.name)"
        guard !configuration.checks.contains(where: { $0.name == check.name }) else {
            return problems.append(
                ConfigurationProblem(
                    key: "check.name",
                    value: Shown.text(check.name),
                    origin: origin,
                    explanation: "it is the name of the check from \(configuration.origin(of: key)) too; "
                        + "give each a name of its own."
                )
            )
        }
        configuration.checks.append(check)
        configuration.origins[key] = origin
    }

    private mutating func refuseLongChecks(of document: TOMLDocument, above limit: Duration) {
        for check in configuration.checks {
            let origin = configuration.origin(of: "check.\(check.name)")
            guard case .file(document.path, _) = origin, let timeout = check.timeout, timeout > limit else { continue }
            problems.append(
                ConfigurationProblem(
                    key: "check.timeout",
                    value: "\"\(DurationText.text(of: timeout))\"",
                    origin: origin,
                    explanation: "a repository may not give a check more time than 'check_timeout', which is "
                        + "\(DurationText.text(of: limit)) here. If you want more, set that in your own config.toml."
                )
            )
        }
    }
}

extension SettingKeys {
    /// The tables that settings stand in.
    static let sections = Set(all.compactMap(\.section))

    /// All tables of a file.
    static let tables = sections.union(["agents", "check", "notify", "prices"])
}

extension MakimaConfiguration {
    /// Replaces the agent of that name, or adds it in the order of names.
    mutating func put(_ agent: AgentConfiguration) {
        agents.removeAll { $0.name == agent.name }
        agents.insert(agent, at: agents.firstIndex { $0.name > agent.name } ?? agents.endIndex)
    }
}

/// What an agent may be called.
enum AgentNames {
    static let advice =
        "an agent's name has letters, digits, '-' and '_', begins with a letter or digit, and is 64 characters at most."

    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 64 else { return false }
        return isPlain(first)
            && name.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    /// A new agent drives any program.
    static func blank(_ name: String) -> AgentConfiguration {
        AgentConfiguration(name: name, kind: .command, command: [])
    }

    private static func isPlain(_ byte: UInt8) -> Bool { StrictValue.isLetter(byte) || StrictValue.isDigit(byte) }
}
