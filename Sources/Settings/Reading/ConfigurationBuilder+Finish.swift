import Domain
import LoopCore

extension ConfigurationBuilder {
    /// Judges the configuration as a whole: what no value shows by itself.
    mutating func finish() {
        finishAgents()
        judgeDefaultAgent()
        judgeOtherAgent()
        judgeFallBacks()
        judgePaths()
        judgeNetwork()
        judgeRedaction()
        judgeCheckNetworks()
        judgeLimits()
        judgeNotificationTargets()
        judgeForge()
    }

    private mutating func judgeForge() {
        if let name = configuration.forge.tokenVariable, !StrictValue.isVariableName(name) {
            refuse("forge.token_variable", "\(Shown.text(name)) is no name for a variable.")
        }
        if let url = configuration.forge.apiURL, ForgeAddress(url) == nil {
            refuse(
                "forge.api_url",
                "It must be a URL with https, or with http on this machine, without a login, as https://github.example.com/api/v3."
            )
        }
    }

    private mutating func finishAgents() {
        for index in configuration.agents.indices {
            let agent = configuration.agents[index]
            if agent.command.isEmpty {
                configuration.agents[index].command = BuiltInAgents.defaultCommand(
                    of: agent.kind,
                    named: agent.name
                )
            }
            if !configuration.prices.isEmpty { configuration.agents[index].prices = configuration.prices }
            judge(configuration.agents[index])
        }
    }

    private mutating func judge(_ agent: AgentConfiguration) {
        // The built-in `command` waits for its program until somebody chooses it.
        if agent.lacksProgram, agent.name != AgentKind.command.rawValue {
            refuse("agents.\(agent.name).command", "it is missing. \(AgentKeys.programAdvice(agent.name))")
        }
        for name in agent.passEnvironment where !StrictValue.isVariableName(name) {
            refuse("agents.\(agent.name).pass_env", "\(Shown.text(name)) is no name for a variable.")
        }
    }

    private mutating func judgeDefaultAgent() {
        do throws(ConfigurationError) {
            _ = try configuration.agent()
        } catch {
            let name = Shown.text(configuration.defaultAgent)
            refuse("agent", value: name, error.description)
        }
    }

    private mutating func judgeOtherAgent() {
        guard let name = configuration.otherAgent else {
            if configuration.onStall == .otherAgent {
                refuse("autonomous_loop.on_stall", "It needs 'other_agent', the name of the agent that takes over.")
            }
            return
        }
        do throws(ConfigurationError) {
            let other = try configuration.agent(named: name)
            if other.name == configuration.defaultAgent, configuration.onStall == .otherAgent {
                refuse("autonomous_loop.other_agent", value: Shown.text(name), "It is the agent itself, see 'agent'.")
            }
        } catch {
            refuse("autonomous_loop.other_agent", value: Shown.text(name), error.description)
        }
    }

    private mutating func judgePaths() {
        for (key, paths) in [
            ("sandbox.read", configuration.sandbox.read), ("sandbox.write", configuration.sandbox.write),
        ] {
            for path in paths where !path.hasPrefix("/") {
                refuse(key, "\(Shown.text(path)) is no absolute path; begin it with '/'.")
            }
        }
        for pattern in configuration.copyFiles where Self.leaves(pattern) {
            refuse("workspace.copy_files", "\(Shown.text(pattern)) leaves the repository.")
        }
    }

    private mutating func judgeNetwork() {
        let limits = configuration.sandbox.limits
        for (key, value) in [
            ("max_processes", limits.processes), ("max_open_files", limits.openFiles), ("max_file_mib", limits.fileMiB),
            ("max_disk_mib", limits.diskMiB), ("max_memory_mib", limits.memoryMiB),
        ] where value.map({ !(1...ProcessLimits.greatest).contains($0) }) == true {
            refuse("sandbox.\(key)", "It must be above zero, and not beyond 2^30.")
        }
        for host in configuration.sandbox.allowHosts where AllowedHost(host) == nil {
            refuse(
                "sandbox.allow_hosts",
                "\(Shown.text(host)) is no host; write it as api.example.com, *.example.com or 127.0.0.1:8080."
            )
        }
        if configuration.sandbox.mode == .off, configuration.sandbox.network != .full {
            refuse("sandbox.network", "The network can be narrowed in a sandbox only, and `sandbox.mode` is off.")
        }
    }

    private mutating func judgeRedaction() {
        for name in configuration.redactedVariables where !StrictValue.isVariableName(name) {
            refuse("redact.variables", "\(Shown.text(name)) is no name for a variable.")
        }
    }

    private mutating func judgeCheckNetworks() {
        let limit = configuration.sandbox.network
        for check in configuration.checks {
            guard let network = check.network, limit.isNarrower(than: network) else { continue }
            problems.append(
                ConfigurationProblem(
                    key: "check.network",
                    value: Shown.text(network.rawValue),
                    origin: configuration.origin(of: "check.\(check.name)"),
                    explanation:
                        "A check sees no more of the network than the task, because what the agent wrote runs in it, "
                        + "and `sandbox.network` is \(limit.rawValue)."
                )
            )
        }
    }

    private static func leaves(_ pattern: String) -> Bool {
        pattern.hasPrefix("/") || pattern.contains("\n") || pattern.split(separator: "/").contains("..")
    }

    /// The loop's own rules, so that nothing gets through here that it would refuse later.
    private mutating func judgeLimits() {
        let limits = configuration.limits
        do throws(LimitError) {
            _ = try LimitResolution.maxIterations(
                wish: nil,
                default: limits.maxIterations,
                ceiling: limits.ceiling
            )
            try LimitResolution.validate(
                noChangeThreshold: limits.noChangeThreshold,
                sameErrorThreshold: limits.sameErrorThreshold
            )
            try LimitResolution.validate(configuration.budgets)
        } catch {
            problems.append(
                ConfigurationProblem(key: "autonomous_loop", origin: .builtIn, explanation: error.description)
            )
        }
    }

    mutating func refuse(_ key: String, value: String? = nil, _ explanation: String) {
        problems.append(
            ConfigurationProblem(
                key: key,
                value: value,
                origin: origin(near: key),
                explanation: explanation
            )
        )
    }

    /// Where `key` is set, or else another setting of the same table.
    private func origin(near key: String) -> ConfigurationOrigin {
        if let origin = configuration.origins[key] { return origin }
        let table = key.prefix(through: key.lastIndex(of: ".") ?? key.startIndex)
        let neighbours = configuration.origins.filter { table.count > 1 && $0.key.hasPrefix(table) }
        return neighbours.min { $0.key < $1.key }?.value ?? .builtIn
    }
}
