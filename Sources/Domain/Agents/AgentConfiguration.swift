/// An agent as configured under `[agents.NAME]`.
package struct AgentConfiguration: Hashable, Sendable {
    package var name: String
    package var kind: AgentKind
    /// The program and its arguments.
    ///
    /// Empty for `script` means: the scenario is named by the plan's file.
    package var command: [String]
    package var model: String?
    /// Added to the agent's environment as it is.
    ///
    /// Its values may be secrets: only their names are stored.
    package var environment: [String: String]
    /// The names of variables of ``environment`` whose values are not known, because they were not stored.
    package private(set) var unknownVariables: Set<String> = []
    /// Names of variables passed on from makima's own environment.
    package var passEnvironment: [String]
    /// Extra arguments, after those makima gives.
    package var arguments: [String]
    /// Price in dollars for a million tokens, for agents that report tokens only.
    package var pricePerMillionTokens: USD?
    /// By model, for agents that report the kinds of their tokens and no cost; `nil` without any.
    package var prices: [String: TokenPrices]?
    /// The names of those that take over while it is at a limit; `nil` is nobody.
    private var fallBackNames: [String]?

    package init(
        name: String,
        kind: AgentKind,
        command: [String],
        model: String? = nil,
        environment: [String: String] = [:],
        passEnvironment: [String] = [],
        arguments: [String] = [],
        pricePerMillionTokens: USD? = nil
    ) {
        self.name = name
        self.kind = kind
        self.command = command
        self.model = model
        self.environment = environment
        self.passEnvironment = passEnvironment
        self.arguments = arguments
        self.pricePerMillionTokens = pricePerMillionTokens
    }

    /// The names of those that take over while it is at a limit, in the order of preference.
    package var fallBackTo: [String] {
        get { fallBackNames ?? [] }
        set { fallBackNames = newValue.isEmpty ? nil : newValue }
    }

    /// The names of all variables that are added to the agent's environment, in their order.
    package var variableNames: [String] { unknownVariables.union(environment.keys).sorted() }

    /// Takes the values that are not known from `present`, the same agent as it is configured now.
    ///
    /// What `present` has no value for stays unknown.
    package mutating func takeValues(from present: AgentConfiguration?) {
        for name in unknownVariables {
            guard let value = present?.environment[name] else { continue }
            environment[name] = value
            unknownVariables.remove(name)
        }
    }
}

extension AgentConfiguration: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, kind, command, model, environment, variables, passEnvironment, arguments
        case pricePerMillionTokens, prices, fallBackNames
    }

    /// Texts of earlier versions hold values of variables: those are not taken.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        kind = try container.decode(AgentKind.self, forKey: .kind)
        command = try container.decode([String].self, forKey: .command)
        model = try container.decodeIfPresent(String.self, forKey: .model)
        environment = [:]
        unknownVariables = try Self.variableNames(in: container)
        passEnvironment = try container.decode([String].self, forKey: .passEnvironment)
        arguments = try container.decode([String].self, forKey: .arguments)
        pricePerMillionTokens = try container.decodeIfPresent(USD.self, forKey: .pricePerMillionTokens)
        prices = try container.decodeIfPresent([String: TokenPrices].self, forKey: .prices)
        fallBackNames = try container.decodeIfPresent([String].self, forKey: .fallBackNames)
    }

    private static func variableNames(in container: KeyedDecodingContainer<CodingKeys>) throws -> Set<String> {
        if let names = try container.decodeIfPresent([String].self, forKey: .variables) { return Set(names) }
        return Set(try container.decode([String: String].self, forKey: .environment).keys)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(kind, forKey: .kind)
        try container.encode(command, forKey: .command)
        try container.encodeIfPresent(model, forKey: .model)
        try container.encode(variableNames, forKey: .variables)
        try container.encode(passEnvironment, forKey: .passEnvironment)
        try container.encode(arguments, forKey: .arguments)
        try container.encodeIfPresent(pricePerMillionTokens, forKey: .pricePerMillionTokens)
        try container.encodeIfPresent(prices, forKey: .prices)
        try container.encodeIfPresent(fallBackNames, forKey: .fallBackNames)
    }
}

/// A variable of an agent whose value is needed and configured no longer.
package struct MissingVariable: Hashable, Sendable, Codable {
    package var agent: String
    package var name: String

    package init(agent: String, name: String) {
        self.agent = agent
        self.name = name
    }
}
