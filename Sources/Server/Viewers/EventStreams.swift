import Domain
import Fleet
import HTTPTypes
import HummingbirdCore
import NIOCore
import Store
import WebSockets
import Wire

/// Sends events as they come, as Server-Sent Events.
struct EventStreams: Sendable {
    let store: any TaskStore
    let viewers: ViewerHub
    let surroundings: Surroundings

    /// So many events are read and sent at once.
    private static let page = 256

    private static let fields: HTTPFields = [
        .contentType: Endpoint.Content.events.rawValue, .cacheControl: "no-store",
    ]

    /// The events of a task that come after a position, and go on.
    func events(of id: TaskID, after position: Int, kinds: Set<EventKind>?, for caller: Caller?) throws -> Answer {
        let bell = try open(.task(id), for: caller)
        return .stream(Self.fields) { writer, channel in
            let pace = WritePace(channel)
            var last = position
            // A pulse without anything to see finds out whether somebody looks.
            func send() async throws {
                var isFirst = true
                while !isOver(for: caller) {
                    let events = try await store.events(of: id, after: last, kinds: kinds, limit: Self.page)
                    if events.isEmpty, !isFirst { return }
                    isFirst = false
                    let text = events.isEmpty ? ":\n\n" : events.map { Self.frame($0, of: id) }.joined()
                    let buffer = ByteBuffer(string: text)
                    try await writer.write(buffer)
                    try await pace.keep(buffer.readableBytes)
                    last = events.last?.position ?? last
                    if events.count < Self.page { return }
                }
            }
            try await send()
            for await _ in bell.rings {
                if isOver(for: caller) { return }
                try await send()
                if try await store.task(id) == nil { return try await writer.write(Self.deletion(of: id)) }
            }
        } end: {
            viewers.close(bell, .task(id))
        }
    }

    /// What rings when there may be something new; whoever gets it closes it.
    private func open(_ subject: ViewerHub.Subject, for caller: Caller?) throws -> Bell {
        switch viewers.open(subject, tokenID: caller?.token.id ?? "") {
        case .open(let bell): return bell
        case .full: throw APIError.tooManyViewers
        case .fullForToken: throw APIError.tooManyViewersOfToken
        case .finished: throw APIError.unavailable
        }
    }

    /// Whether whoever looks on may not any more; a token that is revoked ends the bell.
    private func isOver(for caller: Caller?) -> Bool {
        caller?.token.expiresAt.map { surroundings.now() >= $0 } ?? false
    }

    /// Has no id: it is no position, and no time.
    private static func deletion(of id: TaskID) -> ByteBuffer {
        ByteBuffer(string: "event: deleted\ndata: {\"taskId\":\"\(id)\"}\n\n")
    }

    private static func frame(_ event: FleetEvent, of id: TaskID) -> String {
        // Bodies are JSON on one line: a line break in a text is an escape there.
        """
        id: \(event.position)
        event: \(event.event.kind.rawValue)
        data: {"taskId":"\(id)","position":\(event.position),"attempt":\(event.attempt),\
        "kind":"\(event.event.kind.rawValue)","at":\(event.event.at.millisecondsSince1970),"body":\(body(event))}


        """
    }

    private static func body(_ event: FleetEvent) -> String {
        let body = event.event.body
        guard body.utf8.contains(0x0A) || body.utf8.contains(0x0D) || body.isEmpty else { return body }
        return EventBody.value(body).map { JSONWriter.write($0) } ?? "null"
    }

    /// All tasks that have changed since a time, and those that change from now on, each as it is; and the ids of
    /// contracts that change from now on.
    ///
    /// The id of an event is the task's time of change: what changed in the same moment, or shortly before, is sent again.
    func tasks(since time: Timestamp?, for caller: Caller?) throws -> Answer {
        let bell = try open(.all, for: caller)
        return .stream(Self.fields) { writer, channel in
            let pace = WritePace(channel)
            var seen = TaskChanges(since: time ?? surroundings.now())
            var told = Told(viewers)
            func send() async throws {
                for news in told.next(of: viewers) { try await writer.write(news) }
                seen.look(at: surroundings.now())
                var (time, last) = (seen.since, TaskID?.none)
                var isSilent = true
                while true {
                    let tasks = try await store.changed(since: time, after: last, limit: Self.page)
                    let changed = seen.note(tasks)
                    if !changed.isEmpty || isSilent && tasks.count < Self.page {
                        let text = changed.isEmpty ? ":\n\n" : try changed.map { try Self.frame($0) }.joined()
                        let buffer = ByteBuffer(string: text)
                        try await writer.write(buffer)
                        try await pace.keep(buffer.readableBytes)
                        isSilent = false
                    }
                    guard tasks.count == Self.page, let newest = tasks.last else { return }
                    (time, last) = (newest.updatedAt, newest.id)
                }
            }
            try await send()
            for await _ in bell.rings {
                if isOver(for: caller) { return }
                try await send()
            }
        } end: {
            viewers.close(bell, .all)
        }
    }

    /// What was told of what is no task as it is.
    private struct Told {
        private var deletion: Int
        private var contract: Int

        init(_ viewers: ViewerHub) {
            deletion = viewers.deletions(since: 0).next
            contract = viewers.contracts(since: 0).next
        }

        mutating func next(of viewers: ViewerHub) -> [ByteBuffer] {
            let deleted = viewers.deletions(since: deletion)
            let changed = viewers.contracts(since: contract)
            (deletion, contract) = (deleted.next, changed.next)
            return deleted.tasks.map { EventStreams.deletion(of: $0) } + EventStreams.contracts(changed.changed)
        }
    }

    /// Have no id, as deletions; where it is not known which have changed, one without a contract says so.
    private static func contracts(_ changed: [ContractID]?) -> [ByteBuffer] {
        guard let changed else { return [ByteBuffer(string: "event: contract\ndata: {}\n\n")] }
        return changed.map { ByteBuffer(string: "event: contract\ndata: {\"contractId\":\"\($0)\"}\n\n") }
    }

    private static func frame(_ task: FleetTask) throws -> String {
        let data = String(decoding: try APIText.encode(TaskView(task)), as: UTF8.self)
        return "id: \(task.updatedAt.millisecondsSince1970)\nevent: task\ndata: \(data)\n\n"
    }
}

/// Which changes of tasks somebody has seen.
struct TaskChanges: Hashable, Sendable {
    /// Servers may write a little out of order, and a clock may be set back a little.
    private static let overlap = Duration.seconds(5)

    /// What has changed before was seen.
    private(set) var since: Timestamp
    private var latest: Timestamp?
    private var revisions: [TaskID: Seen] = [:]

    private struct Seen: Hashable, Sendable {
        var revision: Int
        var at: Timestamp
    }

    init(since time: Timestamp) {
        since = time + .zero - Self.overlap
    }

    /// Goes back with a clock that was set back: what changes from now on has changed before what was seen last.
    ///
    /// What was seen of the time that comes again may be told again.
    mutating func look(at now: Timestamp) {
        latest = now
        since = min(since, now - Self.overlap)
    }

    /// Those that are new, in the order of their changes; what is read in pages is noted page by page.
    mutating func note(_ tasks: [FleetTask]) -> [FleetTask] {
        let new = tasks.filter { revisions[$0.id]?.revision != $0.revision }
            .sorted { ($0.updatedAt, $0.id.rawValue) < ($1.updatedAt, $1.id.rawValue) }
        guard let last = new.last else { return [] }
        // What has changed before the clock was set back is of a time that is still to come.
        since = max(since, min(last.updatedAt, latest ?? last.updatedAt) - Self.overlap)
        for task in new { revisions[task.id] = Seen(revision: task.revision, at: task.updatedAt) }
        // What is older than the overlap is not asked for again.
        revisions = revisions.filter { $0.value.at >= since }
        return new
    }
}

/// Bodies of events as values.
enum EventBody {
    static func value(_ text: String) -> JSONValue? {
        do throws(JSONError) {
            return try JSONParser.parse(text)
        } catch { return nil }
    }
}

extension Timestamp {
    fileprivate static func - (lhs: Timestamp, rhs: Duration) -> Timestamp {
        Timestamp(millisecondsSince1970: lhs.millisecondsSince1970 - rhs.milliseconds)
    }
}
