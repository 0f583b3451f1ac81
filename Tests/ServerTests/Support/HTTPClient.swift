import Domain
import NIOCore
import NIOHTTP1
import NIOPosix

/// A plain client of the API, one connection for each request.
struct HTTPClient: Sendable {
    let port: Int
    var token: String?

    struct Reply: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]

        var json: JSONValue { (try? JSONParser.parse(body)) ?? .null }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func open() async throws -> Channel {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Channel(wrappingChannelSynchronously: channel)
                }
            }
    }

    func head(_ method: HTTPMethod, _ path: String, _ changes: [(String, String?)], length: Int?) -> HTTPRequestHead {
        var headers = HTTPHeaders([("Host", "127.0.0.1:\(port)")])
        if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let length {
            headers.add(name: "Content-Length", value: "\(length)")
            headers.add(name: "Content-Type", value: "application/json")
        }
        for (name, value) in changes {
            headers.remove(name: name)
            if let value { headers.add(name: name, value: value) }
        }
        return HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
    }

    func ask(
        _ method: HTTPMethod,
        _ path: String,
        _ body: String? = nil,
        headers: [(String, String?)] = []
    ) async throws -> Reply {
        let head = head(method, path, headers, length: body?.utf8.count)
        return try await open()
            .executeThenClose { inbound, outbound in
                try await outbound.write(.head(head))
                if let body { try await outbound.write(.body(.byteBuffer(ByteBuffer(string: body)))) }
                try await outbound.write(.end(nil))
                var reply: Reply?
                for try await part in inbound {
                    switch part {
                    case .head(let head):
                        reply = Reply(status: Int(head.status.code), headers: head.headers, body: [])
                    case .body(let buffer): reply?.body += buffer.readableBytesView
                    case .end:
                        guard let reply else { throw ChannelError.eof }
                        return reply
                    }
                }
                throw ChannelError.eof
            }
    }

    /// Sends the beginning of a body; the status of the answer, or `nil` where there was none.
    func askHalf(_ path: String, sent: @escaping @Sendable () async -> Void) async throws -> Int? {
        let head = head(.POST, path, [], length: 10)
        return try await open()
            .executeThenClose { inbound, outbound in
                try await outbound.write(.head(head))
                try await outbound.write(.body(.byteBuffer(ByteBuffer(string: "{"))))
                await sent()
                for try await part in inbound { if case .head(let head) = part { return Int(head.status.code) } }
                return nil
            }
    }

    /// Asks, and does not wait for the answer.
    func askAndGo(_ path: String) async throws {
        let head = head(.GET, path, [], length: nil)
        try await open()
            .executeThenClose { _, outbound in
                try await outbound.write(.head(head))
                try await outbound.write(.end(nil))
            }
    }

    /// Sends a body in pieces until the connection is closed, or so many bytes were taken.
    func pour(_ path: String, upTo limit: Int) async throws -> (sent: Int, status: Int?, connection: [String]) {
        let head = head(.GET, path, [("Transfer-Encoding", "chunked")], length: nil)
        return try await open()
            .executeThenClose { inbound, outbound in
                try await outbound.write(.head(head))
                let piece = ByteBuffer(repeating: 0x20, count: 64 << 10)
                var answer: HTTPResponseHead?
                for try await part in inbound {
                    guard case .head(let head) = part else { continue }
                    answer = head
                    break
                }
                var sent = 0
                do {
                    while sent < limit {
                        try await outbound.write(.body(.byteBuffer(piece)))
                        sent += piece.readableBytes
                    }
                } catch {
                    // Closed, as it is to be.
                }
                return (sent, answer.map { Int($0.status.code) }, answer?.headers["Connection"] ?? [])
            }
    }

    func get(_ path: String) async throws -> Reply { try await ask(.GET, path) }
    func post(_ path: String, _ body: String = "{}") async throws -> Reply { try await ask(.POST, path, body) }

    /// Looks at a stream of events; `body` gets each event as (id, event, data), without comments.
    func stream<Result: Sendable>(
        _ path: String,
        lastEvent: String? = nil,
        _ body: (inout EventReader) async throws -> Result
    ) async throws -> Result {
        let head = head(.GET, path, [("Last-Event-ID", lastEvent)], length: nil)
        return try await open()
            .executeThenClose { inbound, outbound in
                try await outbound.write(.head(head))
                try await outbound.write(.end(nil))
                var reader = EventReader(iterator: inbound.makeAsyncIterator())
                return try await body(&reader)
            }
    }

    struct Event: Hashable, Sendable {
        var id = ""
        var name = ""
        var data = ""

        var json: JSONValue { (try? JSONParser.parse(data)) ?? .null }
    }

    struct EventReader {
        var iterator: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
        private var text = ""
        private(set) var hasEnded = false

        init(iterator: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator) {
            self.iterator = iterator
        }

        /// Of the answer, before anything else was read.
        mutating func status() async throws -> Int {
            guard case .head(let head)? = try await iterator.next() else { throw ChannelError.eof }
            return Int(head.status.code)
        }

        mutating func next() async throws -> Event? {
            while true {
                if let end = text.range(of: "\n\n") {
                    let block = text[..<end.lowerBound]
                    text = String(text[end.upperBound...])
                    if let event = Self.event(block) { return event }
                    continue
                }
                guard let part = try await iterator.next() else { return nil }
                switch part {
                case .head: break
                case .body(let buffer): text += String(buffer: buffer)
                case .end:
                    hasEnded = true
                    return nil
                }
            }
        }

        private static func event(_ block: Substring) -> Event? {
            var event = Event()
            for line in block.split(separator: "\n") where !line.hasPrefix(":") {
                let parts = line.split(separator: ": ", maxSplits: 1)
                guard parts.count == 2 else { continue }
                switch parts[0] {
                case "id": event.id = String(parts[1])
                case "event": event.name = String(parts[1])
                default: event.data = String(parts[1])
                }
            }
            return event.data.isEmpty ? nil : event
        }
    }
}

extension String {
    fileprivate func range(of other: String) -> Range<String.Index>? { firstRange(of: other) }
}
