package import Domain
package import Processes

/// Asks known programs for their versions: confined, without a network, with a home that is gone after, and not for long.
package struct VersionProbe: Sendable {
    private let host: AgentHost
    private let launcher: any CommandLauncher
    private let sandbox: (any Sandbox)?
    private let patience: Duration

    /// Without a sandbox no program is started.
    ///
    /// Some take seconds to begin, and more on a machine that is busy.
    package init(
        host: AgentHost,
        launcher: any CommandLauncher,
        sandbox: (any Sandbox)?,
        patience: Duration = .seconds(10)
    ) {
        self.host = host
        self.launcher = launcher
        self.sandbox = sandbox
        self.patience = patience
    }

    /// What came of it.
    package enum Answer: Hashable, Sendable {
        case version(ProgramVersion, VersionJudgement)
        /// Why it is not known.
        case unknown(String)
    }

    /// Asks all at the same time, and returns what came of each, in their order; `nil` for a program that is not known, or
    /// not there.
    package func ask(_ agents: [AgentConfiguration]) async -> [Answer?] {
        await withTaskGroup(of: (Int, Answer?).self) { group in
            for (index, agent) in agents.enumerated() { group.addTask { (index, await ask(agent)) } }
            var answers = [Answer?](repeating: nil, count: agents.count)
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
    }

    private func ask(_ agent: AgentConfiguration) async -> Answer? {
        guard let known = KnownProgram(of: agent), let command = command(of: agent),
            let invocation = invocation(of: agent)
        else { return nil }
        guard let sandbox else { return .unknown("There is no sandbox to ask it in.") }
        do {
            let confined = sandbox.confine(command.started(as: invocation), Self.profile(invocation))
            let result = try await launcher.run(confined, timeout: patience, outputCap: 1 << 16)
            let text = [result.output, result.errorOutput].map { String(decoding: $0, as: UTF8.self) }
            guard let version = text.lazy.compactMap({ ProgramVersion(printed: $0) }).first else {
                return .unknown("It does not tell its version.")
            }
            return .version(version, known.judge(version))
        } catch ProcessError.timedOut {
            return .unknown("It did not tell its version within \(patience.formatted).")
        } catch {
            return .unknown("It could not be asked for its version: \(error)")
        }
    }

    private func invocation(of agent: AgentConfiguration) -> AgentInvocation? {
        let request = AgentRequest(lookingAt: agent)
        // A program that is not there is told of by whoever looks for it.
        return try? AgentCatalog(host: host).agent(of: agent.kind).invocation(request)
    }

    /// What is called: the invocation itself may start it by way of another program.
    private func command(of agent: AgentConfiguration) -> VersionCommand? {
        guard let name = agent.command.first, let path = try? ProgramFinder(host: host).find(name) else { return nil }
        // The further words of a known program of the protocol only say that it is to speak that.
        let words = agent.kind == .acp ? [] : Array(agent.command.dropFirst())
        return VersionCommand(program: path, arguments: words + ["--version"])
    }

    private static func profile(_ invocation: AgentInvocation) -> SandboxProfile {
        SandboxProfile(
            binds: invocation.readablePaths.map { SandboxProfile.Bind($0, optional: true) },
            temporaryDirectories: [AgentSite.confined.home],
            network: .none
        )
    }
}

/// The program and its arguments, as it is asked.
private struct VersionCommand {
    let program: String
    let arguments: [String]

    func started(as invocation: AgentInvocation) -> Command {
        // No key is needed for this.
        let environment = invocation.environment.filter { ["PATH", "HOME", "LANG"].contains($0.key) }
        return Command(program, arguments, environment: environment, directory: "/")
    }
}
