import AsyncHTTPClient
import Domain
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
package import Wire

/// Asks a server, as `docs/SERVER.md` has it.
package struct ServerClient: Sendable {
    package let address: ClientAddress
    private let http: HTTPClient

    /// How long an answer may take to begin; a stream has no such end.
    private static let patience = TimeAmount.seconds(30)
    /// How long the body of an answer may take, which may be large and the way slow.
    var bodyPatience = Duration.seconds(300)
    /// Of an answer, in bytes.
    private static let mostBytes = 64 << 20

    /// Throws where the address names an authority that cannot be read.
    package init(_ address: ClientAddress, by connections: ServerConnections) throws(ServerClientError) {
        self.address = address
        http = try connections.client(trusting: address.authority)
    }

    package func get<Answer: WireRecord>(_ path: String, as answer: Answer.Type) async throws -> Answer {
        try await read(send(request(.GET, path)), path)
    }

    /// As ``get(_:as:)``; `nil` where there is no such thing.
    package func find<Answer: WireRecord>(_ path: String, as answer: Answer.Type) async throws -> Answer? {
        do {
            return try await get(path, as: answer)
        } catch ServerClientError.refused(404, _, _, _) {
            return nil
        }
    }

    /// A repeated request with the same `key` has the same effect as one.
    package func post<Answer: WireRecord>(
        _ path: String,
        _ body: some WireRecord,
        key: String?,
        as answer: Answer.Type
    ) async throws -> Answer {
        var request = request(.POST, path)
        request.headers.add(name: "Content-Type", value: "application/json")
        if let key { request.headers.add(name: "Idempotency-Key", value: key) }
        request.body = .bytes(ByteBuffer(bytes: try APIText.encode(body)))
        return try await read(send(request), path)
    }

    package func delete<Answer: WireRecord>(_ path: String, as answer: Answer.Type) async throws -> Answer {
        try await read(send(request(.DELETE, path)), path)
    }

    /// Calls `body` with events as they come; `last` is the id of the one before the first.
    ///
    /// Returns where the server ends the stream, or `body` returns false; throws where the connection breaks. A broken stream
    /// is to be opened again after what came last.
    package func follow(
        _ path: String,
        after last: String?,
        _ body: (ServerSentEvent) async throws -> Bool
    ) async throws {
        var request = request(.GET, path)
        request.headers.add(name: "Accept", value: "text/event-stream")
        if let last { request.headers.add(name: "Last-Event-ID", value: last) }
        let answer = try await execute(request, within: .hours(24 * 365))
        guard answer.status == .ok else { throw try await problem(answer) }
        var reader = EventReader()
        var chunks = answer.body.makeAsyncIterator()
        while let chunk = try await next(&chunks) {
            for event in reader.take(chunk.readableBytesView) {
                guard try await body(event) else { return }
            }
        }
    }

    /// A stream that breaks is a server that cannot be reached, whatever broke it.
    private func next(_ chunks: inout HTTPClientResponse.Body.AsyncIterator) async throws -> ByteBuffer? {
        do {
            return try await chunks.next()
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch {
            throw ServerClientError.unreachable(address.url, message: Self.words(for: error))
        }
    }

    // MARK: - Requests

    private func request(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address.url + path)
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(address.token)")
        request.headers.add(name: "User-Agent", value: "makima")
        return request
    }

    private func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let answer = try await execute(request, within: Self.patience)
        guard (200..<300).contains(Int(answer.status.code)) else { throw try await problem(answer) }
        return answer
    }

    private func execute(_ request: HTTPClientRequest, within time: TimeAmount) async throws -> HTTPClientResponse {
        do {
            return try await http.execute(request, timeout: time)
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch {
            throw ServerClientError.unreachable(address.url, message: Self.words(for: error))
        }
    }

    /// The client's own time-out ends with the head of an answer.
    private func body(of answer: HTTPClientResponse) async throws -> [UInt8] {
        let end = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(bodyPatience)) {}
        do {
            return try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
                group.addTask { try await answer.body.collect(upTo: Self.mostBytes) }
                group.addTask {
                    try await withTaskCancellationHandler {
                        try await end.futureResult.get()
                    } onCancel: {
                        end.cancel()
                    }
                    return nil
                }
                defer { group.cancelAll() }
                guard let bytes = try await group.next() ?? nil else { throw HTTPClientError.deadlineExceeded }
                return Array(buffer: bytes)
            }
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch let error as NIOTooManyBytesError {
            throw error
        } catch {
            try Task.checkCancellation()
            throw ServerClientError.unreachable(address.url, message: Self.words(for: error))
        }
    }

    private static let timeouts: [HTTPClientError] = [.connectTimeout, .deadlineExceeded, .readTimeout]

    private static func words(for error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where timeouts.contains(error): "it does not answer in time"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "it closed the connection"
        case HTTPParserError.invalidEOFState: "it closed the connection"
        case let error as IOError: words(forSystem: error.errnoCode)
        case let error as NIOConnectionError: words(for: error)
        case is NIOSSLError, is BoringSSLError:
            "its certificate is not accepted: it is of an authority that is not known here, for another name, or too old"
        default: "\(error)"
        }
    }

    private static func words(for error: NIOConnectionError) -> String {
        if error.connectionErrors.isEmpty { return "its name '\(error.host)' is not known" }
        return error.connectionErrors.last.map { words(for: $0.error) } ?? ""
    }

    /// `code` is an errno.
    private static func words(forSystem code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "nobody listens there"
        case ECONNRESET, EPIPE: "it closed the connection"
        case ENETUNREACH, EHOSTUNREACH: "no way leads there"
        default: String(cString: strerror(code))
        }
    }

    private func problem(_ answer: HTTPClientResponse) async throws -> ServerClientError {
        let bytes = try await body(of: answer)
        let status = Int(answer.status.code)
        do {
            let problem = try APIText.decode(bytes, as: Problem.self)
            return .refused(status: status, code: problem.code, message: problem.message, hint: problem.hint)
        } catch {
            // Something between here and the server may have answered.
            return .refused(
                status: status,
                code: "",
                message: "'\(address.url)' answers with status \(status).",
                hint: nil
            )
        }
    }

    private func read<Answer: WireRecord>(_ answer: HTTPClientResponse, _ path: String) async throws -> Answer {
        let bytes = try await body(of: answer)
        do {
            return try APIText.decode(bytes, as: Answer.self)
        } catch {
            throw ServerClientError.unreadableAnswer(address.url + path, message: "\(error)")
        }
    }
}
