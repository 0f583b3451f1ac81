import Commands
import Domain
import ServerClient
import Synchronization
import Wire

/// A server, as commands see it.
final class RemoteQueue: TaskQueue {
    private let current: Mutex<ServerClient>
    let clock: any Clock<Duration>
    /// Finds the server where it is now: one that was started again may have another address.
    private let reopen: @Sendable () throws -> ServerClient?

    private let knownPages: String?

    /// `pages` are where people find the server's, where they are not at its address.
    init(
        client: ServerClient,
        pages: String?,
        clock: any Clock<Duration>,
        reopen: @escaping @Sendable () throws -> ServerClient?
    ) {
        current = Mutex(client)
        knownPages = pages
        self.clock = clock
        self.reopen = reopen
    }

    var client: ServerClient { current.withLock(\.self) }

    static let root = "/api/v1"
    /// How long a broken connection is not made again.
    static let pause = Duration.seconds(1)
    /// How often what was not answered is asked for again.
    private static let repetitions = 3
    /// So long it is tried.
    static let patience = Duration.seconds(600)

    var address: String { client.address.url }
    var pages: String { knownPages ?? address }

    func add(_ tasks: [TaskRequest], key: String) async throws -> CreationView {
        var batch = TaskBatchRequest()
        batch.tasks = tasks
        return try await make(batch, at: "\(Self.root)/tasks/batch", key: key)
    }

    /// Has something made, once.
    func make<Answer: WireRecord>(_ request: some WireRecord, at path: String, key: String) async throws -> Answer {
        var tries = 0
        while true {
            do {
                return try await client.post(path, request, key: key, as: Answer.self)
            } catch let error as ServerClientError where error.isUnreachable && tries < Self.repetitions {
                // It may have it though its answer was lost: the key makes it once.
                tries += 1
                try await clock.sleep(for: Self.pause)
                try lookAgain()
            }
        }
    }

    /// Finds the server where it is by now.
    func lookAgain() throws {
        if let found = try reopen() { current.withLock { $0 = found } }
    }

    func tasks(matching text: String?) async throws -> [TaskView] {
        var tasks: [TaskView] = []
        var next: String?
        let filter = text.map { "&text=\(Self.escaped($0))" } ?? ""
        repeat {
            let cursor = next.map { "&after=\(Self.escaped($0))" } ?? ""
            let page = try await client.get("\(Self.root)/tasks?limit=200\(filter)\(cursor)", as: TaskPageView.self)
            tasks += page.tasks
            next = page.next
        } while next != nil
        return tasks
    }

    func tasks(latest: Int) async throws -> [TaskView] {
        let open: [TaskStatus] = [.initializing, .starting, .running, .waiting, .blocked]
        let path = "\(Self.root)/tasks?limit=\(min(200, latest))"
        let page = try await client.get(path, as: TaskPageView.self)
        // One page with all of them is the whole answer.
        guard page.next != nil else { return page.tasks }
        let statuses = open.map(\.rawValue).joined(separator: ",")
        let known = Set(page.tasks.map(\.taskId))
        var older: [TaskView] = []
        var next: String?
        repeat {
            let cursor = next.map { "&after=\(Self.escaped($0))" } ?? ""
            let more = try await client.get(
                "\(Self.root)/tasks?limit=200&status=\(statuses)\(cursor)",
                as: TaskPageView.self
            )
            older += more.tasks.filter { !known.contains($0.taskId) }
            next = more.next
        } while next != nil && older.count < Self.mostAtWork
        return page.tasks + older
    }

    private static let mostAtWork = 2000

    func task(_ id: TaskID) async throws -> TaskView? {
        try await client.find("\(Self.root)/tasks/\(id)", as: TaskView.self)
    }

    func history(of id: TaskID) async throws -> TaskHistory {
        let path = "\(Self.root)/tasks/\(id)"
        var history = TaskHistory()
        history.document = try await document(of: id)
        history.iterations = try await client.get("\(path)/iterations", as: IterationListView.self).iterations
        history.receipts = try await client.get("\(path)/receipts", as: ReceiptListView.self).receipts
        history.checkpoints = try await client.get("\(path)/checkpoints", as: CheckpointListView.self).checkpoints
        history.questions = try await questions(of: id)
        var next: Int? = 0
        while let after = next {
            let events = "\(path)/events?kinds=status,person,check,note&limit=200&after=\(after)"
            let page = try await client.get(events, as: EventPageView.self)
            history.events += page.events
            next = page.next
        }
        return history
    }

    func document(of id: TaskID) async throws -> SpawnTask? {
        try await client.find("\(Self.root)/tasks/\(id)/document", as: SpawnTask.self)
    }

    func events(of id: TaskID, after position: Int) async throws -> EventPageView {
        // What was printed is told by events of the agent, too.
        let kinds = "agent,status,iteration,checkpoint,check,question,person,note"
        return try await client.get(
            "\(Self.root)/tasks/\(id)/events?kinds=\(kinds)&limit=200&after=\(position)",
            as: EventPageView.self
        )
    }

    func output(of id: TaskID, after position: Int, streams: [OutputStream]) async throws -> OutputPageView {
        let names = streams.map(\.rawValue).joined(separator: ",")
        return try await client.get(
            "\(Self.root)/tasks/\(id)/output?stream=\(names)&limit=200&after=\(position)",
            as: OutputPageView.self
        )
    }

    func questions(of id: TaskID) async throws -> [QuestionView] {
        try await client.get("\(Self.root)/tasks/\(id)/questions", as: QuestionListView.self).questions
    }

    func forget(_ id: TaskID) async throws {
        _ = try await client.delete("\(Self.root)/tasks/\(id)", as: HealthView.self)
    }

    func lastPosition(of id: TaskID) async throws -> Int {
        var position = 0
        var next: Int?
        repeat {
            let path = "\(Self.root)/tasks/\(id)/events?limit=200&after=\(next ?? 0)"
            let page = try await client.get(path, as: EventPageView.self)
            position = page.events.last?.position ?? position
            next = page.next
        } while next != nil
        return position
    }

    func give(_ order: QueueOrder, to id: TaskID) async throws -> OrderView {
        let path = "\(Self.root)/tasks/\(id)"
        switch order {
        case .stop(let force):
            var request = Wire.StopRequest()
            request.force = force
            return try await client.post("\(path)/stop", request, key: nil, as: OrderView.self)
        case .pause:
            return try await client.post("\(path)/pause", PlainRequest(), key: nil, as: OrderView.self)
        case .resume(let request):
            return try await client.post("\(path)/resume", request, key: nil, as: OrderView.self)
        case .say(let text):
            var request = MessageRequest()
            request.text = text
            return try await client.post("\(path)/messages", request, key: nil, as: OrderView.self)
        case .answer(let question, let text):
            var request = AnswerRequest()
            request.question = question
            request.text = text
            return try await client.post("\(path)/answers", request, key: nil, as: OrderView.self)
        }
    }

    func follow(
        _ id: TaskID,
        after position: Int,
        _ body: @Sendable (QueueStep) async throws -> Bool
    ) async throws {
        var (last, isOver) = (position, false)
        var away: (since: Duration, first: ServerClientError)?
        while !isOver {
            do {
                try await client.follow("\(Self.root)/tasks/\(id)/stream", after: "\(last)") { sent in
                    if away != nil { _ = try await body(.back) }
                    away = nil
                    let event = try APIText.decode(Array(sent.data.utf8), as: EventView.self)
                    isOver = try await !body(.event(event))
                    last = event.position
                    return !isOver
                }
            } catch let error as ServerClientError where error.isUnreachable {
                // It was there before, and may be started again.
                let waited = away?.since ?? .zero
                if away == nil { _ = try await body(.away(message: "\(error)")) }
                guard waited < Self.patience else { throw away?.first ?? error }
                away = (waited + Self.pause, away?.first ?? error)
            }
            guard !isOver else { return }
            try await clock.sleep(for: Self.pause)
            if away != nil { try lookAgain() }
        }
    }

    func makeToken(_ request: TokenRequest) async throws -> TokenView {
        try await client.post("\(Self.root)/tokens", request, key: nil, as: TokenView.self)
    }

    func makeLoginCode() async throws -> LoginCodeView {
        try await client.post("\(Self.root)/login-codes", PlainRequest(), key: nil, as: LoginCodeView.self)
    }

    func tokens() async throws -> [TokenView] {
        try await client.get("\(Self.root)/tokens", as: TokenListView.self).tokens
    }

    func revokeToken(_ id: String) async throws -> TokenView {
        try await client.delete("\(Self.root)/tokens/\(Self.escaped(id))", as: TokenView.self)
    }

    func makeDaemonKnown(_ request: DaemonRequest) async throws {
        do {
            _ = try await client.post("\(Self.root)/daemons", request, key: nil, as: DaemonView.self)
        } catch ServerClientError.refused(409, "exists", _, _) {}
    }

    func daemons() async throws -> [DaemonView] {
        try await client.get("\(Self.root)/daemons", as: DaemonListView.self).daemons
    }

    func drain(_ daemon: String, _ request: DrainRequest) async throws -> DaemonView {
        let path = "\(Self.root)/daemons/\(Self.escaped(daemon))/drain"
        return try await client.post(path, request, key: nil, as: DaemonView.self)
    }

    func removeDaemon(_ daemon: String) async throws {
        _ = try await client.delete("\(Self.root)/daemons/\(Self.escaped(daemon))", as: HealthView.self)
    }
}

extension RemoteQueue {
    /// As a query takes it.
    static func escaped(_ text: String) -> String {
        text.utf8
            .map { byte in
                let scalar = Unicode.Scalar(byte)
                let isPlain = byte < 0x80 && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte))
                guard !isPlain, !"-._~".unicodeScalars.contains(scalar) else { return String(scalar) }
                let digits = String(byte, radix: 16, uppercase: true)
                return "%" + (digits.count == 1 ? "0" : "") + digits
            }
            .joined()
    }
}

extension Clock where Duration == Swift.Duration {
    func sleep(for time: Duration) async throws {
        try await sleep(until: now.advanced(by: time), tolerance: nil)
    }
}
