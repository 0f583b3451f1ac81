import Domain
import Runner
import Synchronization
import Wire

@testable import Commands

/// A server without a server: what it knows is chosen by the test, and orders are kept.
final class FakeQueue: TaskQueue {
    struct State {
        var tasks: [TaskView] = []
        var history = TaskHistory()
        var steps: [QueueStep] = []
        var output: [OutputView] = []
        var outcome = OrderOutcome.told
        var orders: [QueueOrder] = []
        var requests: [TaskRequest] = []
        var forgotten: [TaskID] = []
        var daemons: [DaemonView] = []
        var failure: (any Error)?
        var contracts: [ContractView] = []
        var timeline: [TimelineEntryView] = []
        var contractSteps: [ContractStep] = []
        var contractRequests: [ContractRequest] = []
        var stoppedContracts: [String] = []
        var resumes: [ContractResumeRequest] = []
    }

    let address = "http://127.0.0.1:7420"
    let pages = "https://makima.example.org"
    let state: Mutex<State>

    init(_ state: sending State = State()) {
        self.state = Mutex(state)
    }

    private func read<Value: Sendable>(_ body: (inout sending State) throws -> sending Value) throws -> Value {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            return try body(&state)
        }
    }

    func add(_ tasks: [TaskRequest], key: String) async throws -> CreationView {
        try read { state in
            state.requests += tasks
            var creation = CreationView()
            creation.tasks = tasks.map { request in
                var view = TaskView()
                view.taskId = request.taskId ?? ""
                view.taskName = request.spawn.taskName
                view.dependencies = request.dependencies
                return view
            }
            return creation
        }
    }

    func tasks(matching text: String?) async throws -> [TaskView] {
        try read { state in
            state.tasks.filter { view in
                text.map { (view.taskId + view.taskName).lowercased().contains($0.lowercased()) } ?? true
            }
        }
    }

    func tasks(latest: Int) async throws -> [TaskView] { try read { Array($0.tasks.prefix(latest)) } }

    func task(_ id: TaskID) async throws -> TaskView? {
        try read { state in state.tasks.first { $0.taskId == id.rawValue } }
    }

    func document(of id: TaskID) async throws -> SpawnTask? { try read { $0.history.document } }
    func history(of id: TaskID) async throws -> TaskHistory { try read { $0.history } }

    func events(of id: TaskID, after position: Int) async throws -> EventPageView {
        try read { state in
            var page = EventPageView()
            page.events = state.steps.compactMap { step in
                if case .event(let event) = step, event.position > position { event } else { nil }
            }
            return page
        }
    }

    func output(of id: TaskID, after position: Int, streams: [OutputStream]) async throws -> OutputPageView {
        try read { state in
            var page = OutputPageView()
            // In pages of two, so that whoever reads has to go on.
            let left = state.output.filter { $0.position > position && streams.contains($0.stream) }
            page.pieces = Array(left.prefix(2))
            page.next = left.count > 2 ? page.pieces.last?.position : nil
            return page
        }
    }
    func questions(of id: TaskID) async throws -> [QuestionView] { try read { $0.history.questions } }
    func forget(_ id: TaskID) async throws { try read { $0.forgotten.append(id) } }
    func lastPosition(of id: TaskID) async throws -> Int { 0 }

    func give(_ order: QueueOrder, to id: TaskID) async throws -> OrderView {
        try read { state in
            state.orders.append(order)
            var answer = OrderView()
            answer.outcome = state.outcome
            answer.task = state.tasks.first { $0.taskId == id.rawValue } ?? TaskView()
            return answer
        }
    }

    func follow(_ id: TaskID, after position: Int, _ body: @Sendable (QueueStep) async throws -> Bool) async throws {
        for step in try read(\.steps) {
            guard try await body(step) else { return }
        }
        // Nothing more happens, as long as somebody looks on.
        for await _ in AsyncStream<Never>.makeStream().stream {}
    }

    func makeToken(_ request: TokenRequest) async throws -> TokenView { TokenView() }
    func makeLoginCode() async throws -> LoginCodeView {
        var view = LoginCodeView()
        view.code = "abc123"
        return view
    }
    func tokens() async throws -> [TokenView] { [] }
    func revokeToken(_ id: String) async throws -> TokenView { TokenView() }
    func makeDaemonKnown(_ request: DaemonRequest) async throws {}
    func daemons() async throws -> [DaemonView] { try read { $0.daemons } }

    func drain(_ daemon: String, _ request: DrainRequest) async throws -> DaemonView {
        try read { state in
            guard let index = state.daemons.firstIndex(where: { $0.daemonId == daemon }) else { return DaemonView() }
            state.daemons[index].draining = request.draining
            return state.daemons[index]
        }
    }

    func removeDaemon(_ daemon: String) async throws {
        try read { $0.daemons.removeAll { $0.daemonId == daemon } }
    }
}

extension FakeQueue {
    func makeContract(_ request: ContractRequest, key: String) async throws -> ContractView {
        try read { state in
            state.contractRequests.append(request)
            if let made = state.contracts.first { return made }
            var view = ContractView()
            view.contractId = request.contractId ?? ""
            view.name = request.template.spawn.taskName
            view.goal = request.template.spawn.plan
            view.targets = request.targets
            return view
        }
    }

    func contracts(matching text: String?) async throws -> ContractPageView {
        try read { state in
            var page = ContractPageView()
            page.contracts = state.contracts.filter { view in
                text.map { view.contractId.hasPrefix($0) || Self.lowered(view.name).contains(Self.lowered($0)) } ?? true
            }
            return page
        }
    }

    /// As a server does it: letters of ASCII alone.
    private static func lowered(_ text: String) -> String {
        String(text.map { $0.isASCII ? Character($0.lowercased()) : $0 })
    }

    func contracts(latest: Int) async throws -> ContractPageView {
        try read { state in
            var page = ContractPageView()
            page.contracts = Array(state.contracts.prefix(latest))
            page.next = state.contracts.count > latest ? "next" : nil
            return page
        }
    }

    func contract(_ id: String) async throws -> ContractView? {
        try read { state in state.contracts.first { $0.contractId == id } }
    }

    func timeline(of id: String, after position: Int) async throws -> TimelineView {
        try read { state in
            var page = TimelineView()
            // In pages of one, so that whoever reads has to go on.
            page.entries = Array(state.timeline.filter { $0.position > position }.prefix(1))
            page.next = page.entries.last?.position
            return page
        }
    }

    func stopContract(_ id: String) async throws -> ContractView {
        try read { state in
            state.stoppedContracts.append(id)
            return state.contracts.first { $0.contractId == id } ?? ContractView()
        }
    }

    func resumeContract(_ id: String, _ request: ContractResumeRequest) async throws -> ContractView {
        try read { state in
            state.resumes.append(request)
            return state.contracts.first { $0.contractId == id } ?? ContractView()
        }
    }

    func followContract(
        _ id: String,
        after position: Int,
        _ body: @Sendable (ContractStep) async throws -> Bool
    ) async throws {
        for step in try read(\.contractSteps) {
            guard try await body(step) else { return }
        }
        // Nothing more happens, as long as somebody looks on.
        for await _ in AsyncStream<Never>.makeStream().stream {}
    }
}
