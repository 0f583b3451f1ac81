import Agents
import Commands
import Domain

/// Looks whether an agent's program is there, and what it can do.
///
/// Starts nothing but known programs that are asked for their versions.
struct AgentInspection: Sendable {
    let host: AgentHost

    func reports(on agents: [AgentConfiguration], asking probe: VersionProbe) async -> [AgentReport] {
        let answers = await probe.ask(agents)
        return zip(agents, answers).map { report(on: $0, with: $1) }
    }

    private func report(on agent: AgentConfiguration, with answer: VersionProbe.Answer?) -> AgentReport {
        var report = report(on: agent)
        switch answer {
        case .version(let version, let judgement):
            report.version = version.description
            if report.remark == nil, let words = judgement.words {
                report.remark = [
                    "Version \(version) is installed, \(words).", judgement.hint,
                ]
                .compactMap { $0 }.joined(separator: " ")
            }
        case .unknown(let why): report.remark = report.remark ?? why
        case nil: break
        }
        return report
    }

    func report(on agent: AgentConfiguration) -> AgentReport {
        let capabilities = AgentCatalog(host: host).capabilities(of: agent)
        var report = AgentReport(
            program: program(of: agent),
            continuesSessions: capabilities.resumes,
            reportsCost: capabilities.reportsCost,
            reportsTokens: capabilities.reportsTokens,
            reportsToolCalls: capabilities.streams
        )
        report.permissions = PermissionMode.allCases.filter { capabilities.supports($0, isConfined: true) }
        report.takesTools = capabilities.takesTools
        report.mayReportTokens = capabilities.mayReportTokens
        report.remark = remark(on: agent, program: report.program)
        return report
    }

    private func program(of agent: AgentConfiguration) -> String? {
        guard agent.kind != .script, let name = agent.command.first else { return nil }
        // Not found is the answer here, not an error.
        return try? ProgramFinder(host: host).find(name)
    }

    private func notice(on agent: AgentConfiguration, _ program: String) -> ProgramNotice? {
        ProgramNotice(on: program) ?? ProgramNotice(onProtocolOf: agent.command)
    }

    private func remark(on agent: AgentConfiguration, program: String?) -> String? {
        switch agent.kind {
        case .script: "Plays a scenario file. No artificial intelligence."
        case .command where agent.command.isEmpty, .acp where agent.command.isEmpty:
            "No program is configured: set 'command' under [agents.\(agent.name)]."
        case .claude, .codex, .command: program == nil ? "The program is not installed." : nil
        case .acp: program.map { notice(on: agent, $0)?.text } ?? "The program is not installed."
        }
    }
}

/// Reads a spool for people.
struct SpoolTranscript: TranscriptReader {
    private var reader: any AgentOutputReader

    init(host: AgentHost, kind: AgentKind) {
        let request = AgentRequest(lookingAt: AgentConfiguration(name: kind.rawValue, kind: kind, command: []))
        reader = AgentCatalog(host: host).agent(of: kind).makeReader(for: request)
    }

    mutating func consume(_ bytes: [UInt8]) -> [AgentEvent] { reader.consume(bytes) }

    mutating func finish() -> [AgentEvent] { reader.finish() }
}
