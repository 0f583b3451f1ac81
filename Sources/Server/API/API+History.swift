import Domain
import Fleet
import HTTPTypes
import HummingbirdCore
import NIOCore
import Store
import WebSockets
import Wire

extension API {
    var history: [Endpoint] {
        [
            listEvents, streamEvents, streamTasks, listOutput, listIterations, listSpending, listReceipts,
            listCheckpoints, getPatch,
        ]
    }

    private static let kinds = Endpoint.Parameter(
        name: "kinds",
        kind: .words(EventKind.allCases.map(\.rawValue)),
        meaning: "Only those of these kinds."
    )

    private func known(_ call: Call) async throws -> TaskID {
        let id = try call.taskID()
        guard try await store.task(id) != nil else { throw APIError.missing("task", id.rawValue) }
        return id
    }

    private func kinds(_ call: Call) -> Set<EventKind>? {
        call.query["kinds"].map { Set($0.split(separator: ",").compactMap { EventKind(rawValue: String($0)) }) }
    }

    private var listEvents: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tasks/{taskId}/events",
            name: "listEvents",
            summary: "List what has happened to a task",
            scope: .viewer,
            query: [Self.limitParameter, Self.afterParameter, Self.kinds],
            success: Endpoint.Success(record: EventPageView.self, meaning: "Some of the events.")
        ) { call in
            let id = try await known(call)
            let limit = call.integer("limit") ?? 50
            let after = call.integer("after") ?? 0
            let events = try await store.events(of: id, after: after, kinds: kinds(call), limit: limit)
            var page = EventPageView()
            page.events = events.map { EventView($0, of: id) }
            page.next = events.count == limit ? events.last?.position : nil
            return try .json(page)
        }
    }

    private var streamEvents: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tasks/{taskId}/stream",
            name: "streamEvents",
            summary: "Look on: events of a task as they come; `Last-Event-ID` is a position",
            scope: .viewer,
            query: [Self.afterParameter, Self.kinds],
            success: Endpoint.Success(content: .events, meaning: "Server-Sent Events, each an `event`.")
        ) { call in
            let id = try await known(call)
            let last = try lastEvent(call) ?? Int64(call.integer("after") ?? 0)
            return try streams.events(of: id, after: Int(last), kinds: kinds(call), for: call.caller)
        }
    }

    private var streamTasks: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/events",
            name: "streamTasks",
            summary: "Look on: all tasks and contracts that change; `Last-Event-ID` is a time in milliseconds",
            scope: .viewer,
            success: Endpoint.Success(
                content: .events,
                meaning:
                    "Server-Sent Events: a `task` as it is, the id of one that is `deleted`, of a `contract` that changed."
            )
        ) { call in
            let since = try lastEvent(call).map { Timestamp(millisecondsSince1970: $0) }
            return try streams.tasks(since: since, for: call.caller)
        }
    }

    private func lastEvent(_ call: Call) throws -> Int64? {
        guard let text = call.headers[.lastEventID] else { return nil }
        guard let number = Int64(text), (0...253_402_300_799_999).contains(number) else {
            throw APIError(400, "malformed_event_id", "'Last-Event-ID' is no id of an event.", field: "Last-Event-ID")
        }
        return number
    }

    /// So many times 200 pieces of output are looked at for one request.
    private static let outputPages = 20

    private var listOutput: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tasks/{taskId}/output",
            name: "listOutput",
            summary: "Show what programs of a task have printed",
            scope: .viewer,
            query: [
                Self.limitParameter, Self.afterParameter,
                Endpoint.Parameter(name: "attempt", kind: .integer(1...1_000_000), meaning: "Only of this attempt."),
                Endpoint.Parameter(name: "iteration", kind: .integer(0...1_000_000), meaning: "Only of this one."),
                Endpoint.Parameter(
                    name: "stream",
                    kind: .words(OutputStream.allCases.map(\.rawValue)),
                    meaning: "Only of these streams."
                ),
                Endpoint.Parameter(
                    name: "offset",
                    kind: .integer(0...9_007_199_254_740_991),
                    meaning: "Only what ends after this byte of its stream."
                ),
            ],
            success: Endpoint.Success(record: OutputPageView.self, meaning: "Some of the output.")
        ) { call in
            let id = try await known(call)
            let limit = call.integer("limit") ?? 50
            var page = OutputPageView()
            var last = call.integer("after") ?? 0
            var isAtEnd = false
            // Where little of it fits, the next request goes on.
            for _ in 0..<Self.outputPages where page.pieces.count < limit && !isAtEnd {
                let events = try await store.events(of: id, after: last, kinds: [.output], limit: 200)
                isAtEnd = events.count < 200
                for event in events where page.pieces.count < limit {
                    last = event.position
                    guard let piece = OutputView(event), piece.fits(call) else { continue }
                    page.pieces.append(piece)
                }
                if page.pieces.count == limit { isAtEnd = false }
            }
            page.next = isAtEnd ? nil : last
            return try .json(page)
        }
    }

    private var listIterations: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tasks/{taskId}/iterations",
            name: "listIterations",
            summary: "List the iterations of a task",
            scope: .viewer,
            success: Endpoint.Success(record: IterationListView.self, meaning: "All of them.")
        ) { call in
            var view = IterationListView()
            view.iterations = try await store.iterations(of: try await known(call)).map { IterationView($0) }
            return try .json(view)
        }
    }

    private var listReceipts: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tasks/{taskId}/receipts",
            name: "listReceipts",
            summary: "List the receipts of a task's checks",
            scope: .viewer,
            success: Endpoint.Success(record: ReceiptListView.self, meaning: "All of them.")
        ) { call in
            var view = ReceiptListView()
            view.receipts = try await store.receipts(of: try await known(call)).map { ReceiptView($0) }
            return try .json(view)
        }
    }

    private var listCheckpoints: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tasks/{taskId}/checkpoints",
            name: "listCheckpoints",
            summary: "List the checkpoints of a task",
            scope: .viewer,
            success: Endpoint.Success(record: CheckpointListView.self, meaning: "All of them.")
        ) { call in
            var view = CheckpointListView()
            view.checkpoints = try await store.checkpoints(of: try await known(call)).map { CheckpointView($0) }
            return try .json(view)
        }
    }

    private var getPatch: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tasks/{taskId}/checkpoints/{attempt}/{number}/patch",
            name: "getPatch",
            summary: "Download the work of a checkpoint, as the daemon has sent it",
            scope: .viewer,
            success: Endpoint.Success(content: .bytes, meaning: "A bundle or a patch.")
        ) { call in
            let id = try await known(call)
            let (attempt, number) = (try call.number("attempt"), try call.number("number"))
            let entries = try await store.checkpoints(of: id)
            guard let entry = entries.first(where: { ($0.attempt, $0.number) == (attempt, number) }), entry.isStored,
                let blob = entry.blob
            else { throw APIError.missing("work of checkpoint", "\(attempt)/\(number)") }
            return download(blob, of: id, name: "\(id)-\(attempt)-\(number)")
        }
    }

    private func download(_ blob: BlobKey, of id: TaskID, name: String) -> Answer {
        let fields: HTTPFields = [
            .contentType: Endpoint.Content.bytes.rawValue, .contentLength: "\(blob.size)",
            .contentDisposition: "attachment; filename=\"\(name).patch\"",
        ]
        return .stream(fields) { [store] writer, channel in
            let pace = WritePace(channel)
            var offset = 0
            while offset < blob.size {
                let bytes = try await store.readBlob(blob.digest, of: id, at: offset, limit: 256 << 10) ?? []
                // It was deleted while it was sent: the answer is cut.
                guard !bytes.isEmpty else { throw CancellationError() }
                try await writer.write(ByteBuffer(bytes: bytes))
                try await pace.keep(bytes.count)
                offset += bytes.count
            }
        }
    }
}

extension EventView {
    init(_ event: FleetEvent, of id: TaskID) {
        self.init()
        taskId = id.rawValue
        position = event.position
        attempt = event.attempt
        kind = event.event.kind.rawValue
        at = event.event.at
        body = EventBody.value(event.event.body) ?? .null
    }
}

extension OutputView {
    /// `nil` for an event of a later version.
    fileprivate init?(_ event: FleetEvent) {
        guard let json = EventBody.value(event.event.body), let text = json["text"]?.string,
            let stream = json["stream"]?.string.flatMap(OutputStream.init(rawValue:))
        else { return nil }
        self.init()
        position = event.position
        attempt = event.attempt
        iteration = json["iteration"]?.int ?? 0
        tryNumber = json["tryNumber"]?.int ?? 1
        self.stream = stream
        check = json["check"]?.string
        offset = json["offset"]?.int ?? 0
        byteCount = json["byteCount"]?.int ?? 0
        self.text = text
    }

    fileprivate func fits(_ call: Call) -> Bool {
        if let wanted = call.integer("attempt"), wanted != attempt { return false }
        if let wanted = call.integer("iteration"), wanted != iteration { return false }
        if let wanted = call.query["stream"], !wanted.split(separator: ",").contains(stream.rawValue[...]) {
            return false
        }
        return call.integer("offset").map { offset + byteCount > $0 } ?? true
    }
}

extension IterationView {
    fileprivate init(_ entry: IterationEntry) {
        self.init()
        (attempt, number, tryNumber) = (entry.attempt, entry.number, entry.turn)
        (startedAt, endedAt) = (entry.startedAt, entry.endedAt)
        report = EventBody.value(entry.document) ?? .null
    }
}

extension ReceiptView {
    fileprivate init(_ entry: ReceiptEntry) {
        self.init()
        (attempt, iteration, check, at) = (entry.attempt, entry.iteration, entry.check, entry.at)
        receipt = EventBody.value(entry.document) ?? .null
    }
}

extension CheckpointView {
    fileprivate init(_ entry: CheckpointEntry) {
        self.init()
        (attempt, number, takenAt) = (entry.attempt, entry.number, entry.takenAt)
        (sha256, size, stored) = (entry.blob?.digest.description, entry.blob?.size, entry.isStored)
        report = EventBody.value(entry.document) ?? .null
    }
}
