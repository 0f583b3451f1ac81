import ArgumentParser
import Domain
import Runner
import Wire

/// `makima report`: what became of the tasks in the last hours.
struct MakeReport: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Tell what got done, what stopped and why, what needs you, and what it cost",
        discussion: """
            From what is recorded alone. What needs you and what is at work is told, however old it is. Iterations and cost are those of \
            the time.
            """
    )

    enum Form: String, ExpressibleByArgument, CaseIterable {
        case text
        case markdown
        case html
    }

    @Option(
        help: ArgumentHelp("How far it looks back (default: 24h)", valueName: "time"),
        transform: DurationArgument.parse
    )
    var since: DurationArgument?

    @Option(help: "How it is written: text, markdown or html")
    var form = Form.text

    @OptionGroup var format: FormatOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let now = environment.wallClock.now()
        let from = now + (.zero - (since?.duration ?? .seconds(86_400)))
        let found = try await findings(since: from, in: environment)
        let report = Report(of: found.dossiers, contracts: found.contracts, from: from, to: now)
        let printer = environment.answers
        if format.json {
            printer.print(json: report.json)
            return .success
        }
        switch form {
        case .text: printer.print(report.lines(columns: printer.columns))
        case .markdown: printer.write(Array(report.markdown.utf8))
        case .html: printer.write(Array(report.html.utf8))
        }
        return .success
    }

    /// What is known of tasks, and the contracts of those.
    private struct Findings {
        var dossiers: [TaskDossier]
        var contracts: [ContractView] = []
    }

    /// Those of this machine, and those of the server that are elsewhere; each once.
    private func findings(since from: Timestamp, in environment: CommandEnvironment) async throws -> Findings {
        let service = try await TaskLookup(environment: environment).service()
        var found: [TaskDossier] = []
        let server = try await QueueList.read(in: environment)
        let known = Dictionary((server?.views ?? []).map { ($0.taskId, $0) }) { first, _ in first }
        for task in try await service.list(latest: nil).tasks where isWanted(task.status, task.updatedAt, from) {
            if let view = known[task.id.rawValue], view.status != task.status { continue }
            var dossier = try await service.dossier(task.id)
            let goesOn = try await environment.machine.attempt(of: task.id)?.goesOn ?? false
            if known[task.id.rawValue] == nil, !goesOn { dossier.told = dossier.toldWithoutServer }
            found.append(dossier)
        }
        guard let queue = try await environment.machine.openQueue(), server != nil else {
            return Findings(dossiers: found)
        }
        let taken = Set(found.map(\.task.id.rawValue))
        for (id, view) in known where !taken.contains(id) && isWanted(view.status, view.updatedAt, from) {
            guard let taskID = TaskID(rawValue: id) else { continue }
            let history = try await queue.history(of: taskID)
            let dossier = ServerDossier(view: view, history: history, callName: taskID.short).dossier
            if let dossier { found.append(dossier) }
        }
        var contracts: [ContractView] = []
        for id in Set(found.compactMap { known[$0.task.id.rawValue]?.contractId }).sorted() {
            if let contract = try await queue.contract(id) { contracts.append(contract) }
        }
        return Findings(dossiers: found, contracts: contracts)
    }

    private func isWanted(_ status: TaskStatus, _ updatedAt: Timestamp, _ from: Timestamp) -> Bool {
        updatedAt >= from || status.isActive || status == .blocked || status == .pending
    }
}
