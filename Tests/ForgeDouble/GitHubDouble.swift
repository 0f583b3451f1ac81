import Domain
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A double of GitHub's API on loopback: the few endpoints that makima asks, for one repository.
package final class GitHubDouble: Sendable {
    package struct Request: Hashable, Sendable {
        package var method: String
        package var path: String
        package var authorization: String?
        package var knownTag: String?
        package var body: String
    }

    package struct Answer: Sendable {
        package var status = 200
        package var headers: [(String, String)] = []
        package var body = ""

        package init(status: Int = 200, headers: [(String, String)] = [], body: String = "") {
            self.status = status
            self.headers = headers
            self.body = body
        }
    }

    package struct State: Sendable {
        package var requests: [Request] = []
        /// Given before anything else, in their order.
        package var troubles: [Answer] = []
        package var pullRequests: [String] = []
        /// What is told of pull request 1.
        package var standing = "open"
        package var checkRuns = "[]"
        package var statuses = "[]"
        package var reviews = "[]"
        package var comments = "[]"
        package var notes = "[]"
        package var mayAskForUser = true
    }

    private let state = Mutex(State())
    private let channel: Mutex<(any Channel)?> = Mutex(nil)
    package let port: Int

    package init() async throws {
        let box = Box()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Responder(box))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        port = channel.localAddress?.port ?? 0
        self.channel.withLock { $0 = channel }
        box.take { [weak self] in self?.answer($0) ?? Answer(status: 500) }
    }

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { state.withLock(\.requests) }
    package var pullRequests: [String] { state.withLock(\.pullRequests) }

    package func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    /// Does nothing where it is closed.
    package func close() async throws {
        let open = channel.withLock { channel in
            defer { channel = nil }
            return channel
        }
        try await open?.close().get()
    }

    private func answer(_ request: Request) -> Answer {
        state.withLock { state in
            state.requests.append(request)
            if !state.troubles.isEmpty { return state.troubles.removeFirst() }
            return state.answer(request)
        }
    }
}

extension GitHubDouble.State {
    fileprivate mutating func answer(_ request: GitHubDouble.Request) -> GitHubDouble.Answer {
        let path = request.path.split(separator: "?")[0].split(separator: "/").map(String.init)
        if path == ["user"] {
            return mayAskForUser
                ? found(#"{"login":"Makima-User"}"#, request)
                : GitHubDouble.Answer(status: 403, body: #"{"message":"Resource not accessible"}"#)
        }
        guard path.prefix(3) == ["repos", "ada", "engine"] else { return missing }
        switch (request.method, Array(path.dropFirst(3))) {
        case ("GET", ["pulls"]): return found("[\(pullRequests.joined(separator: ","))]", request)
        case ("POST", ["pulls"]): return open(request)
        case ("PATCH", ["pulls", "1"]): return found(pullRequest, request)
        case ("GET", ["pulls", "1"]): return found(pullRequest, request)
        case ("GET", ["pulls", "1", "reviews"]): return found(reviews, request)
        case ("GET", ["pulls", "1", "comments"]): return found(comments, request)
        case ("GET", ["issues", "1", "comments"]): return found(notes, request)
        case ("GET", let rest) where rest.last == "check-runs": return found(#"{"check_runs":\#(checkRuns)}"#, request)
        case ("GET", let rest) where rest.last == "statuses": return found(statuses, request)
        default: return missing
        }
    }

    private var missing: GitHubDouble.Answer { GitHubDouble.Answer(status: 404, body: #"{"message":"Not Found"}"#) }

    private var pullRequest: String {
        let merged = standing == "merged"
        return #"{"number":1,"html_url":"https://github.com/ada/engine/pull/1","user":{"login":"makima-user"},"#
            + #""state":"\#(merged ? "closed" : standing)","merged":\#(merged),"head":{"ref":"\#(head)"}}"#
    }

    private var head: String {
        pullRequests.first.flatMap { try? JSONParser.parse($0) }?["head"]?["ref"]?.string ?? ""
    }

    private mutating func open(_ request: GitHubDouble.Request) -> GitHubDouble.Answer {
        let asked = try? JSONParser.parse(request.body)
        guard let head = asked?["head"]?.string, pullRequests.isEmpty else {
            return GitHubDouble.Answer(
                status: 422,
                body: #"{"message":"Validation Failed","errors":[{"message":"A pull request already exists."}]}"#
            )
        }
        let made =
            #"{"number":1,"html_url":"https://github.com/ada/engine/pull/1","user":{"login":"makima-user"},"#
            + #""state":"open","head":{"ref":"\#(head)"}}"#
        pullRequests = [made]
        return GitHubDouble.Answer(status: 201, body: made)
    }

    /// What is known already is not sent again.
    private func found(_ body: String, _ request: GitHubDouble.Request) -> GitHubDouble.Answer {
        let tag = "\"\(body.utf8.reduce(into: UInt64(5381)) { $0 = $0 &* 33 &+ UInt64($1) })\""
        if request.knownTag == tag { return GitHubDouble.Answer(status: 304, headers: [("ETag", tag)]) }
        return GitHubDouble.Answer(headers: [("ETag", tag)], body: body)
    }
}

private final class Box: Sendable {
    private let answering = Mutex<(@Sendable (GitHubDouble.Request) -> GitHubDouble.Answer)?>(nil)

    func take(_ answer: @escaping @Sendable (GitHubDouble.Request) -> GitHubDouble.Answer) {
        answering.withLock { $0 = answer }
    }

    func answer(_ request: GitHubDouble.Request) -> GitHubDouble.Answer {
        answering.withLock(\.self)?(request) ?? .init(status: 500)
    }
}

private final class Responder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let box: Box
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ box: Box) {
        self.box = box
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
            guard let head else { return }
            let answer = box.answer(
                GitHubDouble.Request(
                    method: head.method.rawValue,
                    path: String(head.uri.drop { $0 == "/" }),
                    authorization: head.headers.first(name: "Authorization"),
                    knownTag: head.headers.first(name: "If-None-Match"),
                    body: body
                )
            )
            var headers = HTTPHeaders(answer.headers)
            headers.add(name: "Content-Length", value: "\(answer.body.utf8.count)")
            let status = HTTPResponseStatus(statusCode: answer.status)
            let response = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(wrapOutboundOut(.head(response)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            if head.headers.first(name: "Connection") == "close" { context.close(promise: nil) }
        }
    }
}
