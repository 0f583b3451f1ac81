import Settings

/// Reads configurations in tests.
enum Reading {
    static func configuration(
        user: String? = nil,
        repository: String? = nil,
        environment: [String: String] = [:],
        flags: [ConfigurationFlag] = []
    ) throws(ConfigurationError) -> MakimaConfiguration {
        try MakimaConfiguration(
            reading: ConfigurationSources(
                userFile: user.map { ConfigurationFile(path: "config.toml", bytes: Array($0.utf8)) },
                repositoryFile: repository.map { ConfigurationFile(path: "makima.toml", bytes: Array($0.utf8)) },
                environment: environment,
                flags: flags
            )
        )
    }

    /// What is wrong with it; empty when nothing is.
    static func problems(
        user: String? = nil,
        repository: String? = nil,
        environment: [String: String] = [:],
        flags: [ConfigurationFlag] = []
    ) -> [ConfigurationProblem] {
        do throws(ConfigurationError) {
            _ = try configuration(user: user, repository: repository, environment: environment, flags: flags)
            return []
        } catch {
            guard case .invalid(let problems) = error else { return [] }
            return problems
        }
    }

    static func problems(bytes: [UInt8]) -> [ConfigurationProblem] {
        do throws(ConfigurationError) {
            let file = ConfigurationFile(path: "config.toml", bytes: bytes)
            _ = try MakimaConfiguration(reading: ConfigurationSources(userFile: file))
            return []
        } catch {
            guard case .invalid(let problems) = error else { return [] }
            return problems
        }
    }
}

extension [ConfigurationProblem] {
    var texts: [String] { map(\.description) }
}
