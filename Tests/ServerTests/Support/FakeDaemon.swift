import Domain
import Fleet
import NIOCore
import NIOPosix
import Synchronization
import WebSockets
import Wire

/// A daemon that does what a test says: it speaks the protocol, and runs nothing.
struct FakeDaemon: Sendable {
    let port: Int
    let token: String
    var id = "anna"
    var outbox = "o1"
    var slots = 2
    var lastNumber = 0
    var held: [WireHeldAttempt] = []

    var hello: Hello {
        var hello = Hello()
        hello.daemonId = id
        hello.daemonName = id
        hello.outboxId = outbox
        hello.lastNumber = lastNumber
        hello.makimaVersion = "test"
        hello.platform = "linux-x86_64"
        hello.at = Timestamp(millisecondsSince1970: 1_772_000_000_000)
        hello.capacity.slots = slots
        hello.capacity.freeSlots = slots
        hello.tasks = held
        return hello
    }

    func client(_ options: WebSocketOptions = WebSocketOptions()) -> WebSocketClient {
        let endpoint = WebSocketClient.Endpoint(
            host: "127.0.0.1",
            port: port,
            path: "/api/v1/daemons/connect",
            headers: [("Authorization", "Bearer \(token)")]
        )
        return WebSocketClient(endpoint, options: options, group: .singletonMultiThreadedEventLoopGroup)
    }

    /// Connects, says hello, and talks once it is welcome.
    func connect<Result: Sendable>(
        _ body: (inout Talk, Welcome) async throws -> Result
    ) async throws -> Result {
        try await client()
            .connect { messages, sender in
                var talk = Talk(iterator: messages.makeAsyncIterator(), sender: sender)
                try await talk.send(hello)
                guard case .welcome(let welcome)? = try await talk.next() else { throw NotWelcome(said: talk.last) }
                talk.session = welcome.session
                return try await body(&talk, welcome)
            }
    }

    /// What the server says to a first message.
    func firstAnswer(_ message: any WireMessage) async throws -> ToDaemon? {
        try await client()
            .connect { messages, sender in
                var talk = Talk(iterator: messages.makeAsyncIterator(), sender: sender)
                try await talk.send(message)
                return try await talk.next()
            }
    }

    struct NotWelcome: Error {
        let said: ToDaemon?
    }

    struct Talk {
        var iterator: WebSocketConnection.Messages.AsyncIterator
        let sender: WebSocketConnection.Sender
        var session = 0
        private(set) var last: ToDaemon?
        private(set) var closed: WebSocketCloseCode?

        init(iterator: WebSocketConnection.Messages.AsyncIterator, sender: WebSocketConnection.Sender) {
            self.iterator = iterator
            self.sender = sender
        }

        func send(_ messages: any WireMessage...) async throws {
            try await sender.send(messages.map { ByteBuffer(bytes: try Frame.encode($0)) })
        }

        func send(text: String) async throws { try await sender.send(ByteBuffer(string: text)) }

        /// `nil` when the server has closed.
        mutating func next() async throws -> ToDaemon? {
            while let message = try await iterator.next() {
                switch message {
                case .text(let text):
                    last = try Frame.decode(Array(text.readableBytesView))
                    return last
                case .close(let code, _):
                    closed = code
                    return nil
                case .binary: break
                }
            }
            return nil
        }

        /// The next that `body` makes something of; what comes before is passed over.
        mutating func next<Value>(_ body: (ToDaemon) -> Value?) async throws -> Value? {
            while let message = try await next() { if let value = body(message) { return value } }
            return nil
        }

        /// The acknowledgement of everything up to a number.
        mutating func acknowledged(_ number: Int) async throws -> Bool {
            try await next { message -> Bool? in
                guard case .ack(let ack) = message, ack.upTo >= number else { return nil }
                return true
            } ?? false
        }

        mutating func spawned() async throws -> SpawnTask? {
            try await next { if case .spawnTask(let spawn) = $0 { spawn } else { nil } }
        }
    }
}

/// Messages of one attempt, numbered as they are made.
struct Reports: Sendable {
    let task: TaskID
    let attempt: Int
    var number: Int
    var sequence = 0

    init(_ spawn: SpawnTask, after number: Int = 0) {
        self.init(spawn.head, after: number)
    }

    init(_ head: CommandHead, after number: Int = 0) {
        guard let id = TaskID(rawValue: head.taskId) else { preconditionFailure("A command names a task.") }
        task = id
        attempt = head.attempt
        self.number = number
    }

    private static let then = Timestamp(millisecondsSince1970: 1_772_000_000_000)

    private mutating func stamp() -> Stamp {
        number += 1
        sequence += 1
        return Stamp(number: number, task: task, attempt: attempt, sequence: sequence)
    }

    mutating func output(_ text: String, at offset: Int = 0) -> TaskOutput {
        var output = TaskOutput()
        output.stamp = stamp()
        output.iteration = 1
        output.take(Array(text.utf8), at: offset)
        return output
    }

    mutating func status(_ status: TaskStatus) -> StatusChange {
        var change = StatusChange()
        change.stamp = stamp()
        (change.at, change.status, change.iteration) = (Self.then, status, 1)
        return change
    }

    mutating func iteration(_ number: Int = 1, tokens: Int = 10) -> IterationEnded {
        var report = IterationEnded()
        report.stamp = stamp()
        (report.iteration, report.startedAt, report.endedAt) = (number, Self.then, Self.then)
        report.end.code = "ok"
        report.counted = true
        report.gate.reading = "missing"
        report.standing.iterations = number
        report.standing.runs = 1
        report.standing.usage.tokens = tokens
        return report
    }

    mutating func part(_ part: PatchPart) -> ReportPart {
        var report = ReportPart()
        (report.stamp, report.part) = (stamp(), part)
        return report
    }

    mutating func checkpoint(_ number: Int, _ patch: WirePatch?) -> CheckpointReport {
        var report = CheckpointReport()
        report.stamp = stamp()
        report.checkpoint.number = number
        report.checkpoint.commit = String(repeating: "a", count: 40)
        report.checkpoint.tree = String(repeating: "b", count: 40)
        report.checkpoint.cause = .iterationEnded
        report.checkpoint.iteration = 1
        report.checkpoint.takenAt = Self.then
        report.patch = patch
        return report
    }

    mutating func question(_ number: Int) -> QuestionReport {
        var report = QuestionReport()
        report.stamp = stamp()
        (report.question, report.text, report.iteration, report.askedAt) = (number, "Which?", 1, Self.then)
        return report
    }

    mutating func complete(_ status: TaskStatus = .done, _ code: String = "verified") -> TaskComplete {
        var report = TaskComplete()
        report.stamp = stamp()
        (report.at, report.status) = (Self.then, status)
        report.reason.code = code
        report.reason.message = "It is over."
        report.branch = "makima/x"
        report.standing.iterations = 1
        report.standing.runs = 1
        return report
    }
}
