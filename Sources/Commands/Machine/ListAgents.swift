import ArgumentParser
import Domain
import LoopCore

/// `makima agents`: the agents that are configured, and what they can do.
struct ListAgents: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents",
        abstract: "List the configured agents and what they can do"
    )

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let directory = environment.currentDirectory
        let repository = try await environment.machine.inspectRepository(at: directory, base: nil)
        let defaults = try await environment.machine.loadSettings(for: repository).tasks
        let agents = defaults.agents.sorted { $0.name < $1.name }
        let rows = Array(zip(agents, await environment.machine.reports(on: agents)))
        let printer = environment.answers
        if format.json {
            printer.print(json: .list(rows.map { Self.json($0, $1, isDefault: $0.name == defaults.defaultAgent) }))
        } else {
            let table = table(of: rows, defaultAgent: defaults.defaultAgent)
            printer.print(table.lines(columns: printer.columns))
            printer.print(rows.compactMap { agent, report in report.remark.map { StyledLine("\(agent.name): \($0)") } })
        }
        return .success
    }

    private func table(of rows: [(AgentConfiguration, AgentReport)], defaultAgent: String) -> Table {
        var table = Table(
            header: ["AGENT", "KIND", "RESUMES", "COST", "TOKENS", "TOOL CALLS", "PERMISSIONS", "PROGRAM"],
            flexibleColumn: 7
        )
        for (agent, report) in rows {
            let isDefault = agent.name == defaultAgent
            let program = report.program.map { path in
                StyledLine(path + (report.version.map { " (\($0))" } ?? ""))
            }
            table.add([
                StyledLine(agent.name + (isDefault ? " *" : ""), .strong), StyledLine(agent.kind.rawValue),
                Self.mark(report.continuesSessions),
                Self.mark(Self.tellsCost(agent, report), mayBe: Self.mayBePriced(agent, report)),
                Self.mark(report.reportsTokens, mayBe: report.mayReportTokens), Self.mark(report.reportsToolCalls),
                StyledLine(report.permissions.map(\.rawValue).joined(separator: " ")),
                program ?? StyledLine("not found", .warning),
            ])
        }
        return table
    }

    /// `mayBe` where it depends on what its program prints.
    private static func mark(_ can: Bool, mayBe: Bool = false) -> StyledLine {
        if can { return StyledLine("yes", .good) }
        return mayBe ? StyledLine("if told") : StyledLine("no", .faint)
    }

    private static func tellsCost(_ agent: AgentConfiguration, _ report: AgentReport) -> Bool {
        report.reportsCost || report.reportsTokens && agent.hasPrice(ofAnyModel: false)
    }

    private static func mayBePriced(_ agent: AgentConfiguration, _ report: AgentReport) -> Bool {
        report.mayReportTokens && agent.hasPrice(ofAnyModel: true)
    }

    private static func json(_ agent: AgentConfiguration, _ report: AgentReport, isDefault: Bool) -> JSONValue {
        .fields([
            ("name", .text(agent.name)), ("kind", .text(agent.kind.rawValue)), ("default", .flag(isDefault)),
            ("command", .texts(SecretMask.arguments(agent.command))), ("model", .text(agent.model)),
            ("program", .text(report.program)),
            ("version", .text(report.version)), ("continuesSessions", .flag(report.continuesSessions)),
            ("reportsCost", .flag(report.reportsCost)), ("reportsTokens", .flag(report.reportsTokens)),
            ("mayReportTokens", .flag(report.mayReportTokens)),
            ("reportsToolCalls", .flag(report.reportsToolCalls)),
            ("permissions", .texts(report.permissions.map(\.rawValue))), ("remark", .text(report.remark)),
        ])
    }
}
