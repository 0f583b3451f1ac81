import Domain
import Runner
import Synchronization
import TestSupport

@testable import Commands

/// A machine without a machine: everything a command may ask of it, chosen by the test.
struct FakeMachine: Machine {
    var service: FakeTaskService
    var repository: RepositoryFacts? = RepositoryFacts(path: "/home/me/project", base: Sample.base, baseBranch: "main")
    var settings = Sample.settings
    var uncommittedChanges = CheckoutChanges()
    var diagnoses: [Diagnosis] = []
    var standardInput: [UInt8] = []
    var missingPaths: Set<String> = []
    var agentsTakeTools = true
    /// Those of other vendors, too.
    var agentsTellCosts = false
    /// `nil` where every branch is there.
    var branches: Set<String>?

    func loadSettings(for repository: RepositoryFacts?) async throws -> Settings { settings }
    func makeService() async throws -> any TaskService { service }
    func inspectRepository(at path: String, base: String?) async throws -> RepositoryFacts? { repository }
    func isThere(_ path: String) -> Bool { !missingPaths.contains(path) }
    func canMerge(into branch: String, in repository: RepositoryFacts) async throws -> Bool {
        branches?.contains(branch) ?? true
    }
    func countUncommittedChanges(in repository: RepositoryFacts) async throws -> CheckoutChanges { uncommittedChanges }
    func diagnose() async -> [Diagnosis] { diagnoses }

    func report(on agent: AgentConfiguration) async -> AgentReport {
        var report = AgentReport(
            program: agent.kind == .claude ? "/usr/bin/claude" : nil,
            continuesSessions: agent.kind == .claude,
            reportsCost: agentsTellCosts || agent.kind == .claude,
            reportsTokens: agentsTellCosts || agent.kind == .claude,
            reportsToolCalls: agent.kind == .claude
        )
        report.takesTools = agentsTakeTools
        return report
    }

    func reports(on agents: [AgentConfiguration]) async -> [AgentReport] {
        var reports: [AgentReport] = []
        for agent in agents { reports.append(await report(on: agent)) }
        return reports
    }

    func makeTranscriptReader(for agent: AgentKind) -> any TranscriptReader { LineReader() }
    var queue: FakeQueue?
    var attempts: [TaskID: LocalAttempt] = [:]
    var sleeping: Int?
    var daemon: String?
    var takesWishes = false

    var notifier: (any RunNotifier)?
    var targets: [NotificationTarget] = []
    var unreachableTargets: [String: String] = [:]

    func openNotifier() throws -> (any RunNotifier)? { notifier }
    func notificationTargets() throws -> [NotificationTarget] { targets }
    func sendTest(to target: NotificationTarget) async -> String? { unreachableTargets[target.name] }

    func openQueue() async throws -> (any TaskQueue)? { queue }
    func tasksOfSleepingServer() async throws -> Int? { sleeping }
    func leaveWish(_ wish: LocalWish, for task: TaskID) async throws -> Bool { takesWishes }
    func ownDaemon() async throws -> String? { daemon }
    func attempt(of task: TaskID) async throws -> LocalAttempt? { attempts[task] }
    func serve(_ options: ServerOptions, _ following: FleetFollowing) async throws {}
    func work(_ options: DaemonOptions, _ following: FleetFollowing) async throws {}
    func callTool(_ call: ToolCallWish, by service: ToolService) async throws -> ToolCallAnswer {
        ToolCallAnswer(text: "\(call.tool) \(call.arguments) \(service.replies ?? "")", isError: call.tool == "refused")
    }

    func serveTools(_ service: ToolService) async throws {}
    func playScenario(at path: String) async throws -> Int32 { 42 }
    func readStandardInput(upTo limit: Int) throws -> [UInt8] { Array(standardInput.prefix(limit)) }
}

/// Takes every line for something the agent said.
struct LineReader: TranscriptReader {
    private var rest: [UInt8] = []

    mutating func consume(_ bytes: [UInt8]) -> [AgentEvent] {
        var parts = (rest + bytes).split(separator: 0x0A, omittingEmptySubsequences: false)
        rest = Array(parts.popLast() ?? [])
        return parts.map { .text(String(decoding: $0, as: UTF8.self)) }
    }

    mutating func finish() -> [AgentEvent] {
        rest.isEmpty ? [] : [.text(String(decoding: rest, as: UTF8.self))]
    }
}

/// Runs commands and keeps what they wrote.
struct TestBench {
    var machine: FakeMachine
    let output: MemorySink
    let errors: MemorySink
    let clock = ManualClock()
    let terminal = FakeTerminal()
    var variables: [String: String] = [:]

    init(
        service: FakeTaskService = FakeTaskService(),
        outputTerminal: TerminalSize? = nil,
        errorTerminal: TerminalSize? = nil
    ) {
        machine = FakeMachine(service: service)
        output = MemorySink(terminal: outputTerminal)
        errors = MemorySink(terminal: errorTerminal)
    }

    func environment(_ arguments: [String]) -> CommandEnvironment {
        CommandEnvironment(
            invocation: .init(
                arguments: arguments,
                variables: variables,
                currentDirectory: "/home/me/project",
                makeTaskID: {
                    var generator = SeededGenerator(seed: 1)
                    return TaskID(using: &generator)
                }
            ),
            streams: .init(output: output, error: errors, terminal: terminal),
            time: .init(wallClock: ManualWallClock(Sample.time + .seconds(1200)), clock: clock),
            machine: machine,
            listenForStops: { StopRequests() }
        )
    }

    func run(_ arguments: String...) async -> ExitStatus {
        await CommandLineProgram.run(in: environment(arguments))
    }
}
