import Commands
import Domain
import ServerClient
import Wire

/// A server, as commands see it.
struct RemoteQueue: TaskQueue {
    let client: ServerClient
    let clock: any Clock<Duration>

    private static let root = "/api/v1"
    /// How long a broken connection is not made again.
    private static let pause = Duration.seconds(1)
    /// So many times in a row it is tried.
    private static let patience = 60

    var address: String { client.address.url }

    func add(_ tasks: [TaskRequest], key: String) async throws -> CreationView {
        var batch = TaskBatchRequest()
        batch.tasks = tasks
        return try await client.post("\(Self.root)/tasks/batch", batch, key: key, as: CreationView.self)
    }

    func tasks() async throws -> [TaskView] {
        var tasks: [TaskView] = []
        var next: String?
        repeat {
            let cursor = next.map { "&after=\($0)" } ?? ""
            let page = try await client.get("\(Self.root)/tasks?limit=200\(cursor)", as: TaskPageView.self)
            tasks += page.tasks
            next = page.next
        } while next != nil
        return tasks
    }

    func task(_ id: TaskID) async throws -> TaskView? {
        try await client.find("\(Self.root)/tasks/\(id)", as: TaskView.self)
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
        _ body: @Sendable (EventView) async throws -> Bool
    ) async throws {
        var last = position
        var (isOver, misses) = (false, 0)
        while !isOver {
            do {
                try await client.follow("\(Self.root)/tasks/\(id)/stream", after: "\(last)") { sent in
                    let event = try APIText.decode(Array(sent.data.utf8), as: EventView.self)
                    (last, misses) = (event.position, 0)
                    isOver = try await !body(event)
                    return !isOver
                }
            } catch ServerClientError.unreachable where last > position && misses < Self.patience {
                // It was there before, and may be started again.
                misses += 1
            }
            if !isOver { try await clock.sleep(for: Self.pause) }
        }
    }

    func makeToken(_ request: TokenRequest) async throws -> TokenView {
        try await client.post("\(Self.root)/tokens", request, key: nil, as: TokenView.self)
    }

    func makeDaemonKnown(_ request: DaemonRequest) async throws {
        _ = try await client.post("\(Self.root)/daemons", request, key: nil, as: DaemonView.self)
    }
}

extension Clock where Duration == Swift.Duration {
    fileprivate func sleep(for time: Duration) async throws {
        try await sleep(until: now.advanced(by: time), tolerance: nil)
    }
}
