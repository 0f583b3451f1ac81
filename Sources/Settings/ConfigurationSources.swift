/// Everything a configuration is read from, given as values: reading touches nothing else.
package struct ConfigurationSources: Hashable, Sendable {
    /// The file of the person who runs makima.
    package var userFile: ConfigurationFile?
    /// `makima.toml` as the base commit has it; only what a repository may set is taken from it.
    package var repositoryFile: ConfigurationFile?
    /// The process environment.
    package var environment: [String: String]
    /// What the command line says, in its order.
    package var flags: [ConfigurationFlag]
    /// What the files hold that ``namedTemplates`` lists; one that is not there is not in it.
    package var templates: [TemplateReference: [UInt8]] = [:]

    package init(
        userFile: ConfigurationFile? = nil,
        repositoryFile: ConfigurationFile? = nil,
        environment: [String: String] = [:],
        flags: [ConfigurationFlag] = []
    ) {
        self.userFile = userFile
        self.repositoryFile = repositoryFile
        self.environment = environment
        self.flags = flags
    }

    /// Where the user's file is: the one `MAKIMA_CONFIG` names, or makima's own in the configuration home.
    ///
    /// A relative `MAKIMA_CONFIG` begins at the current directory; a relative `XDG_CONFIG_HOME` does not count, as the
    /// XDG specification has it. `isNamed` says that a person named it, so that its absence is an error.
    package static func userFile(
        environment: [String: String],
        home: String
    ) -> (path: String, isNamed: Bool) {
        if let named = environment["MAKIMA_CONFIG"], !named.isEmpty { return (named, true) }
        if let directory = environment["XDG_CONFIG_HOME"], directory.hasPrefix("/") {
            return ("\(directory)/makima/config.toml", false)
        }
        return ("\(home)/.config/makima/config.toml", false)
    }
}

/// A file that was read, and what people call it.
package struct ConfigurationFile: Hashable, Sendable {
    /// As shown in messages.
    package var path: String
    package var bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// A setting named on the command line.
package struct ConfigurationFlag: Hashable, Sendable {
    /// As typed: `--max-cost-usd`.
    package var name: String
    /// The setting it stands for: `autonomous_loop.max_cost_usd`.
    package var key: String
    /// Written as in a variable.
    package var value: String

    package init(name: String, key: String, value: String) {
        self.name = name
        self.key = key
        self.value = value
    }
}

/// Where a value comes from.
package enum ConfigurationOrigin: Hashable, Sendable, CustomStringConvertible {
    /// Nobody set it.
    case builtIn
    /// `line` counts from 1; `nil` where it is not known.
    case file(path: String, line: Int?)
    case variable(String)
    case flag(String)

    /// Of a file.
    var line: Int? {
        if case .file(_, let line) = self { return line }
        return nil
    }

    package var description: String {
        switch self {
        case .builtIn: "default"
        case .file(let path, let line): line.map { "\(path):\($0)" } ?? path
        case .variable(let name): name
        case .flag(let name): name
        }
    }
}
